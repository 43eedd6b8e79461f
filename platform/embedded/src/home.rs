//! The folder of the cluster: who may come in, what lies where, and the lock
//! that keeps a second instance out.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::rules::fits_a_socket;

/// Where the cluster goes when its user cannot come into the data folder.
const ELSEWHERE: &str = "/var/lib/rapport";
const POINTER: &str = "location";
const SOCKET_POINTER: &str = "socket";
const SOCKET_PREFIX: &str = "rapport-pg-";
const SOCKET: &str = ".s.PGSQL.5432";
const LOCK_TRIES: u32 = 10;

/// The locked folder of one cluster.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    account: Account,
    _locks: Vec<File>,
}

impl Home {
    /// Opens or makes the folder, locks it, and decides whose it is.
    pub(crate) fn open(data: &Path) -> Result<Home> {
        let data = make_outer(data)?;
        let mut locks = vec![lock(&data)?];
        let account = Account::choose(existing(&data.join("cluster")))?;
        let root = match read_pointer(&data.join(POINTER)) {
            Some(elsewhere) => elsewhere,
            None if account.enters(&data) => data.clone(),
            None => {
                let elsewhere = Path::new(ELSEWHERE).join(format!("cluster-{}", random()));
                write_pointer(&data.join(POINTER), &elsewhere)?;
                elsewhere
            }
        };
        if root == data {
            return Ok(Home { root, account, _locks: locks });
        }
        let root = make_outer(&root)?;
        locks.push(lock(&root)?);
        let account = Account::choose(existing(&root.join("cluster")))?;
        if !account.enters(&root) {
            bail!(
                "the user of the database can come neither into {} nor into {}",
                data.display(),
                root.display()
            );
        }
        tracing::warn!(
            data = %data.display(), cluster = %root.display(),
            "the database's user cannot come into the data folder, so the database lies elsewhere"
        );
        Ok(Home { root, account, _locks: locks })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// The data directory of PostgreSQL.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    /// What the server says before its log is open.
    pub(crate) fn startup_log(&self) -> PathBuf {
        self.root.join("startup.log")
    }

    /// The major version of the existing database, if there is one.
    pub(crate) fn major(&self) -> Result<Option<u32>> {
        let cluster = self.cluster();
        let Some(path) = existing(&cluster) else {
            return Ok(None);
        };
        let file = path.join("PG_VERSION");
        let text = fs::read_to_string(&file)
            .with_context(|| format!("{} is not a PostgreSQL data directory", path.display()))?;
        let major = text.trim().parse().with_context(|| format!("{} holds no version", file.display()))?;
        Ok(Some(major))
    }

    /// A new empty folder, private to the database's user, beside the cluster.
    pub(crate) fn make_private(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        make_private(&path, &self.account)?;
        Ok(path)
    }

    /// A new private folder for the socket: here if the path is short enough,
    /// else in a temporary one that the next start removes.
    pub(crate) fn make_socket_folder(&self) -> Result<PathBuf> {
        let pointer = self.root.join(SOCKET_POINTER);
        if let Some(old) = read_pointer(&pointer) {
            self.remove_socket_folder(&old);
        }
        let inside = self.root.join("run");
        let folder = if fits_a_socket(&inside) {
            inside
        } else {
            let folder = Path::new("/tmp").join(format!("{SOCKET_PREFIX}{}", random()));
            write_pointer(&pointer, &folder)?;
            folder
        };
        if folder.exists() {
            self.remove_socket_folder(&folder);
        }
        make_private(&folder, &self.account)?;
        Ok(folder)
    }

    /// Removes a socket folder of ours with what a killed server left there.
    pub(crate) fn remove_socket_folder(&self, folder: &Path) {
        let named_by_us = folder == self.root.join("run")
            || folder
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(SOCKET_PREFIX));
        let ours = fs::symlink_metadata(folder).is_ok_and(|it| it.is_dir() && self.account.owns(&it));
        if named_by_us && ours {
            let _ = fs::remove_dir_all(folder);
            let _ = fs::remove_file(self.root.join(SOCKET_POINTER));
        }
    }

    /// Writes a file inside the cluster in one step, for the database's user.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<()> {
        let partial = path.with_extension("partial");
        let _ = fs::remove_file(&partial);
        let attempt = || -> Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            self.account.own_open(&file)?;
            fs::rename(&partial, path)?;
            Ok(())
        };
        attempt().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Makes sure a rename in this folder survives a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot sync {}", folder.display()))
}

/// The path, if it is a folder with something in it.
fn existing(path: &Path) -> Option<&Path> {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()).then_some(path)
}

fn make_outer(path: &Path) -> Result<PathBuf> {
    // As root another user must be able to come through; nothing can be listed.
    let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    if !path.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(path)
            .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
    }
    path.canonicalize().with_context(|| format!("cannot open the folder {}", path.display()))
}

fn make_private(path: &Path, account: &Account) -> Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))?;
    account.own(path)
}

/// The socket's folder of a cluster that another process runs, if one does.
pub(crate) fn socket_of_another(data: &Path) -> Option<PathBuf> {
    let data = data.canonicalize().ok()?;
    let lock = OpenOptions::new().write(true).open(data.join("lock")).ok()?;
    if !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let root = read_pointer(&data.join(POINTER)).unwrap_or(data);
    let folder = read_pointer(&root.join(SOCKET_POINTER)).unwrap_or_else(|| root.join("run"));
    folder.join(SOCKET).exists().then_some(folder)
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(50)),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
    bail!("another instance already runs on {}", folder.display())
}

fn read_pointer(path: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(path).ok()?;
    let target = PathBuf::from(text.strip_suffix('\n')?);
    target.is_absolute().then_some(target)
}

fn write_pointer(path: &Path, target: &Path) -> Result<()> {
    let attempt = || -> Result<()> {
        let partial = path.with_extension("partial");
        let text = target.to_str().context("the path is not UTF-8")?;
        let mut file = File::create(&partial)?;
        file.write_all(format!("{text}\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        Ok(())
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

/// A name nobody can foresee.
pub(crate) fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
