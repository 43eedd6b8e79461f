//! What can go wrong with the store, as callers need to tell it apart.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is no object under that key (HTTP 404).
    #[error("no such object")]
    NotFound,
    /// The stream went past its limit (HTTP 413); nothing was kept.
    #[error("larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The disk is full or nearly so (HTTP 507); reading goes on.
    #[error("not enough room on the disk")]
    StorageFull,
    /// The sender's stream broke off (HTTP 400 or no one left to answer); nothing was kept.
    #[error("the upload broke off: {0}")]
    Interrupted(#[source] Box<dyn Error + Send + Sync>),
    /// The object store does not answer (HTTP 503 with Retry-After).
    #[error("the object store is not reachable")]
    Unavailable {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// A range that lies outside the object (HTTP 416).
    #[error("range outside the object of {size} bytes")]
    BadRange {
        /// The object's size.
        size: u64,
    },
    /// Text that is not a storage key.
    #[error("not a storage key")]
    BadKey,
    /// The address of the store makes no sense.
    #[error("storage address: {0}")]
    Address(String),
    /// Everything else: a defect or a broken disk.
    #[error("storage: {0}")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

impl StorageError {
    /// Whether the same call may succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::StorageFull | Self::Interrupted(_))
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::NotFound;
        }
        if disk_full(&error) {
            return Self::StorageFull;
        }
        Self::Other(Box::new(error))
    }
}

fn disk_full(error: &(dyn Error + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        {
            return true;
        }
        link = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_deep_in_the_chain_is_named_as_such() {
        let error = object_store::Error::Generic {
            store: "local",
            source: Box::new(std::io::Error::from(ErrorKind::StorageFull)),
        };
        assert!(matches!(StorageError::from(error), StorageError::StorageFull));
    }
}
