//! A guard outlives us by a moment: when our process ends in any way, the
//! kernel closes the pipe between us, and the guard ends the process it
//! watches. A parent-death signal would do the same on Linux alone, but it is
//! lost when the user changes, and it follows a thread, not the process.

use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use anyhow::{Context, Result};

use crate::account::Account;

const SCRIPT: &str = r#"trap '' HUP INT TERM
read -r signal target || exit 0
read -r _
kill -s "$signal" -- "$target" 2>/dev/null
"#;

/// Watches one process until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    watcher: Child,
    pipe: ChildStdin,
}

/// What the guard does when we are gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LastAct {
    /// Asks the process to shut down in order.
    Interrupt,
    /// Kills the process and all its children.
    KillGroup,
}

impl Guard {
    /// Starts a guard that waits to be told whom to watch.
    pub(crate) fn start(account: &Account) -> Result<Guard> {
        let mut watcher = account
            .command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "rapport-guard"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start /bin/sh to watch over the database")?;
        let pipe = watcher.stdin.take().context("the guard has no pipe")?;
        Ok(Guard { watcher, pipe })
    }

    /// Names the process to watch, which leads a process group of its own.
    pub(crate) fn watch(&mut self, pid: u32, act: LastAct) -> Result<()> {
        let line = match act {
            LastAct::Interrupt => format!("INT {pid}\n"),
            LastAct::KillGroup => format!("KILL -{pid}\n"),
        };
        self.pipe.write_all(line.as_bytes()).context("the guard of the database is gone")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The guard leaves before its pipe closes, so it does nothing.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}
