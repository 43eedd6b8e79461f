//! One upload: a stream in, a counted and hashed object out, or nothing at all.

use crate::guard::Guard;
use crate::space::Space;
use crate::{Key, StorageError, Stored};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use object_store::{
    Attribute, Attributes, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;

/// The free room is looked at again after this many bytes.
const LOOK_EVERY: u64 = 16 * 1024 * 1024;

pub(crate) struct Upload<'a> {
    pub(crate) objects: &'a Arc<dyn ObjectStore>,
    pub(crate) guard: &'a Guard,
    pub(crate) space: Option<&'a Space>,
    pub(crate) part_size: usize,
}

impl Upload<'_> {
    pub(crate) async fn run<S, E>(self, key: &Key, stream: S, limit: u64) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut stream = pin!(stream);
        let mut hash = Sha256::new();
        let mut bytes = 0u64;
        let mut looked_at = 0u64;
        let mut part = Part::default();
        let mut parts: Option<Parts> = None;
        if let Some(space) = self.space {
            space.check(0).await?;
        }
        while let Some(chunk) = stream.next().await {
            let mut chunk = chunk.map_err(|error| StorageError::Interrupted(error.into()))?;
            bytes += chunk.len() as u64;
            if bytes > limit {
                return Err(StorageError::TooLarge { limit });
            }
            if let Some(space) = self.space
                && bytes - looked_at >= LOOK_EVERY
            {
                space.check(0).await?;
                looked_at = bytes;
            }
            hash.update(&chunk);
            while part.len + chunk.len() >= self.part_size {
                part.push(chunk.split_to(self.part_size - part.len));
                let upload = match &mut parts {
                    Some(parts) => parts,
                    None => parts.insert(self.begin(key).await?),
                };
                self.guard.call(upload.put(part.take())).await?;
            }
            part.push(chunk);
        }
        match parts {
            None => self.put_whole(key, part.take()).await?,
            Some(mut upload) => {
                if part.len > 0 {
                    self.guard.call(upload.put(part.take())).await?;
                }
                self.guard.call(upload.complete()).await?;
            }
        }
        Ok(Stored { bytes, sha256: hash.finalize().into() })
    }

    async fn put_whole(&self, key: &Key, payload: PutPayload) -> Result<(), StorageError> {
        let options = PutOptions { attributes: self.attributes(), ..PutOptions::default() };
        self.guard.call(self.objects.put_opts(&key.path(), payload, options)).await?;
        Ok(())
    }

    async fn begin(&self, key: &Key) -> Result<Parts, StorageError> {
        let options = PutMultipartOptions { attributes: self.attributes(), ..PutMultipartOptions::default() };
        let upload = self.guard.call(self.objects.put_multipart_opts(&key.path(), options)).await?;
        Ok(Parts(Some(upload)))
    }

    /// Should a bucket ever be open to the world, its objects still only download.
    fn attributes(&self) -> Attributes {
        if self.space.is_some() {
            return Attributes::new();
        }
        Attributes::from_iter([
            (Attribute::ContentType, "application/octet-stream"),
            (Attribute::ContentDisposition, "attachment"),
        ])
    }
}

/// Bytes gathered for the next part, kept as they came.
#[derive(Default)]
struct Part {
    chunks: Vec<Bytes>,
    len: usize,
}

impl Part {
    fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.len += chunk.len();
            self.chunks.push(chunk);
        }
    }

    fn take(&mut self) -> PutPayload {
        self.len = 0;
        PutPayload::from_iter(std::mem::take(&mut self.chunks))
    }
}

/// An upload in parts that takes itself back unless it is completed, also when the request that
/// fed it is dropped half-way.
struct Parts(Option<Box<dyn MultipartUpload>>);

impl Parts {
    async fn put(&mut self, payload: PutPayload) -> object_store::Result<()> {
        match &mut self.0 {
            Some(upload) => upload.put_part(payload).await,
            None => Ok(()),
        }
    }

    async fn complete(&mut self) -> object_store::Result<()> {
        if let Some(upload) = &mut self.0 {
            upload.complete().await?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let Some(mut upload) = self.0.take() else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "an unfinished upload could not be taken back");
                }
            });
        }
    }
}
