//! A small disk of its own, in memory.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

/// A mounted disk of a given size; unmounted when dropped.
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts it over a folder, which is made.
    ///
    /// # Errors
    /// When this user may not mount.
    pub fn mount(at: &Path, megabytes: u32) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        let size = format!("size={megabytes}m,mode=0711");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "rapport-prove"]).arg(at))?;
        Ok(Self { at: at.into() })
    }

    /// Makes it larger or smaller while it is used.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn resize(&self, megabytes: u32) -> Result<()> {
        run(Command::new("mount").args(["-o", &format!("remount,size={megabytes}m")]).arg(&self.at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.at));
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "a small disk needs the right to mount (root): {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
