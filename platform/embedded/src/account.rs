//! The operating-system user the database runs as: us, or, when we are root,
//! an unprivileged one (PostgreSQL refuses to run as root).

use std::fs::{self, File, Metadata};
use std::os::unix::fs::{MetadataExt, chown, fchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::rules::{bits_for, parse_passwd};

const PREFERRED: [&str; 2] = ["postgres", "nobody"];
const READ: u32 = 4;
const ENTER: u32 = 1;

/// A user and whether we have to switch to it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
    switch: bool,
}

impl Account {
    /// The owner of an existing cluster; else ourselves, or as root the first
    /// preferred user that the machine knows.
    pub(crate) fn choose(cluster: Option<&Path>) -> Result<Account> {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let owner = match cluster {
            Some(path) => {
                Some(fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?)
            }
            None => None,
        };
        if uid != 0 {
            if let (Some(owner), Some(path)) = (&owner, cluster)
                && owner.uid() != uid
            {
                bail!(
                    "the database in {} belongs to user {} and this process runs as user {uid}; start it as that user or as root",
                    path.display(),
                    owner.uid()
                );
            }
            return Ok(Account { uid, gid, switch: false });
        }
        let users = parse_passwd(&fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?);
        if let (Some(owner), Some(path)) = (&owner, cluster) {
            if owner.uid() == 0 {
                bail!(
                    "the database in {} belongs to root, and PostgreSQL does not run as root; give it to another user (chown -R)",
                    path.display()
                );
            }
            let gid = users.iter().find(|user| user.uid == owner.uid()).map_or(owner.gid(), |user| user.gid);
            return Ok(Account { uid: owner.uid(), gid, switch: true });
        }
        let user = PREFERRED
            .iter()
            .find_map(|name| users.iter().find(|user| user.name == *name && user.uid != 0))
            .context("started as root, but the machine has neither a user postgres nor a user nobody to run the database as")?;
        Ok(Account { uid: user.uid, gid: user.gid, switch: true })
    }

    /// A command that will run as this user, with nothing of our environment
    /// but what finds libraries, and deaf to the keys of our terminal.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/").process_group(0);
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives an open file to this user, whatever its path names by now.
    pub(crate) fn own_open(&self, file: &File) -> std::io::Result<()> {
        if self.switch { fchown(file, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }

    /// Gives a directory to this user.
    pub(crate) fn own(&self, path: &Path) -> Result<()> {
        if self.switch {
            chown(path, Some(self.uid), Some(self.gid))
                .with_context(|| format!("cannot give {} to user {}", path.display(), self.uid))?;
        }
        Ok(())
    }

    /// Whether the path belongs to this user.
    pub(crate) fn owns(&self, metadata: &Metadata) -> bool {
        metadata.uid() == self.uid
    }

    /// Whether this user can come as far as into this (canonical) directory.
    pub(crate) fn enters(&self, directory: &Path) -> bool {
        !self.switch || directory.ancestors().all(|step| self.may(step, ENTER))
    }

    /// Whether this user can read and run this (canonical) file.
    pub(crate) fn runs(&self, file: &Path) -> bool {
        !self.switch
            || (self.may(file, READ | ENTER) && file.parent().is_some_and(|parent| self.enters(parent)))
    }

    fn may(&self, path: &Path, wanted: u32) -> bool {
        fs::metadata(path)
            .is_ok_and(|it| bits_for(it.mode(), it.uid(), it.gid(), self.uid, self.gid) & wanted == wanted)
    }
}
