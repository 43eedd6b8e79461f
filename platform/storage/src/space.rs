//! Room on the disk under the local store.

use crate::StorageError;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Uploads are refused when less than this would be left, so that the database and the logs,
/// which often share the disk, can go on.
pub(crate) const KEEP_FREE: u64 = 256 * 1024 * 1024;

/// The folder's disk and how much of it stays untouched.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) root: PathBuf,
    pub(crate) keep_free: u64,
}

impl Space {
    /// Bytes an unprivileged process could still write.
    #[allow(clippy::useless_conversion, reason = "the counts are narrower on some systems")]
    pub(crate) async fn free(&self) -> Result<u64, StorageError> {
        let root = self.root.clone();
        let stat = tokio::task::spawn_blocking(move || nix::sys::statvfs::statvfs(&root))
            .await
            .map_err(|error| StorageError::Other(error.into()))?
            .map_err(|error| StorageError::Other(error.into()))?;
        Ok(u64::from(stat.blocks_available()).saturating_mul(u64::from(stat.fragment_size())))
    }

    /// Refuse when `wanted` more bytes would eat into the reserve.
    pub(crate) async fn check(&self, wanted: u64) -> Result<(), StorageError> {
        if self.free().await? < wanted.saturating_add(self.keep_free) {
            return Err(StorageError::StorageFull);
        }
        Ok(())
    }

    /// Remove staged files (`key#n`) that nothing has written to since `older_than`.
    pub(crate) async fn sweep(&self, older_than: Timestamp) -> Result<u64, StorageError> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || sweep(&root, SystemTime::from(older_than)))
            .await
            .map_err(|error| StorageError::Other(error.into()))?
            .map_err(|error| StorageError::Other(error.into()))
    }
}

fn sweep(folder: &Path, older_than: SystemTime) -> std::io::Result<u64> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_dir() {
            removed += sweep(&entry.path(), older_than)?;
        } else if entry.file_name().to_string_lossy().contains('#') && meta.modified()? < older_than {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}
