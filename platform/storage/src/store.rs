//! The store itself.

use crate::guard::Guard;
use crate::space::{KEEP_FREE, Space};
use crate::upload::Upload;
use crate::{Key, StorageError, connect};
use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use std::error::Error;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use uuid::Uuid;

/// Parts of a folder's uploads: small, for memory's sake.
const LOCAL_PART: usize = 1024 * 1024;
/// Parts of a bucket's uploads: the least S3 accepts.
const S3_PART: usize = 5 * 1024 * 1024;

/// Where files rest. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    objects: Arc<dyn ObjectStore>,
    guard: Guard,
    space: Option<Space>,
    part_size: usize,
}

/// What an upload came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// An object on its way out.
pub struct Download {
    /// Size of the whole object.
    pub size: u64,
    /// The bytes that `stream` will deliver.
    pub range: Range<u64>,
    /// The content.
    pub stream: BoxStream<'static, Result<Bytes, StorageError>>,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: Key,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Store {
    /// A folder by path or `file://` address, or a bucket by `s3://` address.
    pub fn open(address: &str) -> Result<Self, StorageError> {
        if address.starts_with("s3://") {
            return Self::s3(address);
        }
        Self::local(address.strip_prefix("file://").unwrap_or(address))
    }

    /// A folder on this machine, made when missing, readable by this user only.
    pub fn local(root: impl AsRef<FilePath>) -> Result<Self, StorageError> {
        Self::local_keeping_free(root, KEEP_FREE)
    }

    /// A folder on a disk of which `keep_free` bytes stay untouched.
    pub fn local_keeping_free(root: impl AsRef<FilePath>, keep_free: u64) -> Result<Self, StorageError> {
        let root = root.as_ref();
        let broken = |error: std::io::Error| StorageError::Other(error.into());
        make_private_folder(root).map_err(broken)?;
        let root = root.canonicalize().map_err(broken)?;
        let objects = LocalFileSystem::new_with_prefix(&root)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Self {
            inner: Arc::new(Inner {
                objects: Arc::new(objects),
                guard: Guard::none(),
                space: Some(Space { root, keep_free }),
                part_size: LOCAL_PART,
            }),
        })
    }

    /// A bucket: `s3://key:secret@host:port/bucket?region=…&path_style=1&allow_http=1`.
    pub fn s3(address: &str) -> Result<Self, StorageError> {
        Ok(Self {
            inner: Arc::new(Inner {
                objects: Arc::new(connect::s3(address)?),
                guard: Guard::breaker(),
                space: None,
                part_size: S3_PART,
            }),
        })
    }

    /// Keep a stream of at most `limit` bytes. Memory stays constant; whatever goes wrong, and
    /// also when the caller is dropped half-way, nothing is left under the key.
    pub async fn put_stream<S, E>(&self, key: &Key, stream: S, limit: u64) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let Inner { objects, guard, space, part_size } = &*self.inner;
        let upload = Upload { objects, guard, space: space.as_ref(), part_size: *part_size };
        upload.run(key, stream, limit).await
    }

    /// Keep bytes that are already in memory.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<Stored, StorageError> {
        let limit = bytes.len() as u64;
        self.put_stream(key, stream::iter([Ok::<_, StorageError>(bytes)]), limit).await
    }

    /// Put the pieces of an upload that came in several requests together, in order. The pieces
    /// stay; delete them when the whole is safe.
    pub async fn join(&self, key: &Key, pieces: &[Key], limit: u64) -> Result<Stored, StorageError> {
        let whole = stream::iter(pieces)
            .then(|piece| self.get_stream(piece))
            .map_ok(|download| download.stream)
            .try_flatten();
        self.put_stream(key, whole, limit).await
    }

    /// Read an object.
    pub async fn get_stream(&self, key: &Key) -> Result<Download, StorageError> {
        self.fetch(key, None).await
    }

    /// Read part of an object, as for an HTTP range. The end is cut to the object's size.
    pub async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Download, StorageError> {
        let size = self.size(key).await?;
        let range = range.start..range.end.min(size);
        if range.start >= range.end {
            return Err(StorageError::BadRange { size });
        }
        self.fetch(key, Some(range)).await
    }

    /// Read a small object whole; one of more than `limit` bytes is [`StorageError::TooLarge`].
    pub async fn get_bytes(&self, key: &Key, limit: u64) -> Result<Bytes, StorageError> {
        let mut download = self.get_stream(key).await?;
        if download.size > limit {
            return Err(StorageError::TooLarge { limit });
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = download.stream.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    async fn fetch(&self, key: &Key, range: Option<Range<u64>>) -> Result<Download, StorageError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let inner = &self.inner;
        let result = inner.guard.call(inner.objects.get_opts(&key.path(), options)).await?;
        Ok(Download {
            size: result.meta.size,
            range: result.range.clone(),
            stream: result.into_stream().map_err(StorageError::from).boxed(),
        })
    }

    /// The size of an object in bytes.
    pub async fn size(&self, key: &Key) -> Result<u64, StorageError> {
        let path = key.path();
        Ok(self.inner.guard.call(self.inner.objects.head(&path)).await?.size)
    }

    /// Whether there is an object under the key.
    pub async fn exists(&self, key: &Key) -> Result<bool, StorageError> {
        match self.size(key).await {
            Ok(_) => Ok(true),
            Err(StorageError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Delete an object. One that is gone already is no error.
    pub async fn delete(&self, key: &Key) -> Result<(), StorageError> {
        let path = key.path();
        match self.inner.guard.call(self.inner.objects.delete(&path)).await {
            Ok(()) | Err(StorageError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Everything a workspace keeps, for export, backup and erasure.
    pub fn list(&self, workspace_id: Uuid) -> BoxStream<'static, Result<Object, StorageError>> {
        self.listing(Some(Path::from(workspace_id.to_string())))
    }

    /// Everything in the store, for backup and for finding what nothing points at.
    pub fn list_all(&self) -> BoxStream<'static, Result<Object, StorageError>> {
        self.listing(None)
    }

    fn listing(&self, prefix: Option<Path>) -> BoxStream<'static, Result<Object, StorageError>> {
        self.inner
            .objects
            .list(prefix.as_ref())
            .map_err(StorageError::from)
            .try_filter_map(async |meta| {
                let key = meta.location.as_ref().parse::<Key>().ok();
                Ok(key.map(|key| Object { key, bytes: meta.size }))
            })
            .boxed()
    }

    /// Delete everything a workspace keeps; says how many objects went.
    pub async fn delete_workspace(&self, workspace_id: Uuid) -> Result<u64, StorageError> {
        let objects: Vec<Object> = self.list(workspace_id).try_collect().await?;
        for object in &objects {
            self.delete(&object.key).await?;
        }
        Ok(objects.len() as u64)
    }

    /// Remove what uploads cut off by a crash before `older_than` left in the folder; says how
    /// many. A bucket has a life-cycle rule for that (abort incomplete multipart uploads).
    pub async fn sweep(&self, older_than: Timestamp) -> Result<u64, StorageError> {
        match &self.inner.space {
            Some(space) => space.sweep(older_than).await,
            None => Ok(0),
        }
    }

    /// Free bytes on the folder's disk; nothing for a bucket.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        match &self.inner.space {
            Some(space) => space.free().await.map(Some),
            None => Ok(None),
        }
    }

    /// Refuse early, before a body of known length is read, when there is no room for it.
    pub async fn check_room(&self, bytes: u64) -> Result<(), StorageError> {
        match &self.inner.space {
            Some(space) => space.check(bytes).await,
            None => Ok(()),
        }
    }

    /// Whether the store answers; for the readiness page.
    pub async fn ping(&self) -> Result<(), StorageError> {
        let nothing = Path::from(Uuid::nil().to_string());
        let inner = &self.inner;
        inner.guard.call(async { inner.objects.list(Some(&nothing)).try_next().await.map(drop) }).await
    }

    /// Whether calls are turned away for now because the object store is out.
    pub fn is_resting(&self) -> bool {
        self.inner.guard.is_open()
    }
}

fn make_private_folder(root: &FilePath) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root)
}
