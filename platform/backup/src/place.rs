//! Where backups lie: a folder or a bucket.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt, buffered::BufWriter, local::LocalFileSystem, path::Path};
use url::Url;

use crate::{
    manifest::Envelope,
    rules::{read_envelope, write_envelope},
};

/// Parts of large uploads.
const PIECE: usize = 8 * 1024 * 1024;
/// Small files are read whole up to this size.
const SMALL: u64 = 1024 * 1024 * 1024;

/// A folder or bucket with backups. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    shown: String,
}

/// Something that lies in the place.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub path: String,
    pub bytes: u64,
    pub modified: jiff::Timestamp,
}

impl Place {
    /// A folder, made when missing, or `s3://key:secret@host/bucket/prefix?region=…`.
    ///
    /// # Errors
    /// When the address makes no sense or the folder cannot be made.
    pub fn open(address: &str) -> Result<Self> {
        if !address.starts_with("s3://") {
            return Self::folder(address.strip_prefix("file://").unwrap_or(address));
        }
        let mut url =
            Url::parse(address).map_err(|_| anyhow::anyhow!("the address of the bucket is no URL"))?;
        let path = url.path().trim_matches('/').to_owned();
        let (bucket, prefix) = path.split_once('/').unwrap_or((&path, ""));
        let shown = format!("s3://{}/{path}", url.host_str().unwrap_or_default());
        url.set_path(bucket);
        let store = rapport_storage::connect_s3(url.as_str()).context("the bucket for backups")?;
        Ok(Self { store: Arc::new(store), prefix: prefix.to_owned(), shown })
    }

    fn folder(path: &str) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        if path.is_empty() {
            bail!("say where backups go");
        }
        let failed = || format!("cannot open the folder {path}");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(failed)?;
        let root = std::path::Path::new(path).canonicalize().with_context(failed)?;
        let shown = root.display().to_string();
        let store = LocalFileSystem::new_with_prefix(&root)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Self { store: Arc::new(store), prefix: String::new(), shown })
    }

    /// The address without secrets.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    fn path(&self, path: &str) -> Path {
        if self.prefix.is_empty() { Path::from(path) } else { Path::from(format!("{}/{path}", self.prefix)) }
    }

    /// Puts something small in one step.
    pub(crate) async fn put(&self, path: &str, bytes: impl Into<Bytes>) -> Result<()> {
        let bytes: Bytes = bytes.into();
        self.store
            .put(&self.path(path), bytes.into())
            .await
            .with_context(|| format!("cannot write {path}"))?;
        Ok(())
    }

    /// Puts something small unless it is there already; says whether it was put.
    pub(crate) async fn claim(&self, path: &str) -> Result<bool> {
        let mode = object_store::PutMode::Create.into();
        match self.store.put_opts(&self.path(path), Bytes::new().into(), mode).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot write {path}")),
        }
    }

    /// Something large, of which nothing is seen before it is whole.
    pub(crate) fn writer(&self, path: &str) -> BufWriter {
        BufWriter::with_capacity(self.store.clone(), self.path(path), PIECE).with_max_concurrency(2)
    }

    /// Something small, if it is there.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<Bytes>> {
        let found = match self.store.get(&self.path(path)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        };
        if found.meta.size > SMALL {
            bail!("{path} is too large to be one of ours");
        }
        Ok(Some(found.bytes().await.with_context(|| format!("cannot read {path}"))?))
    }

    /// Something as a stream.
    pub(crate) async fn stream(&self, path: &str) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
        match self.store.get(&self.path(path)).await {
            Ok(found) => Ok(found.into_stream()),
            Err(object_store::Error::NotFound { .. }) => bail!("{path} is missing"),
            Err(error) => Err(error).with_context(|| format!("cannot read {path}")),
        }
    }

    /// Everything below a folder.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<Thing>> {
        let cut = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        self.store
            .list(Some(&self.path(folder)))
            .map(|meta| {
                let meta = meta?;
                let modified = jiff::Timestamp::from_second(meta.last_modified.timestamp())?;
                let path = meta.location.as_ref().get(cut..).unwrap_or_default().to_owned();
                Ok::<_, anyhow::Error>(Thing { path, bytes: meta.size, modified })
            })
            .try_collect()
            .await
            .with_context(|| format!("cannot list {}", self.shown))
    }

    /// Removes something; gone already is no error.
    pub(crate) async fn delete(&self, path: &str) -> Result<()> {
        match self.store.delete(&self.path(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot remove {path}")),
        }
    }

    /// The names of everything that calls itself a backup, whole or not.
    pub(crate) async fn names(&self) -> Result<Vec<String>> {
        let listed = self
            .store
            .list_with_delimiter(Some(&self.path("backups")))
            .await
            .with_context(|| format!("cannot list {}", self.shown))?;
        let mut names: Vec<String> =
            listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    /// Whole backups, oldest first, and the names of those that are not whole.
    ///
    /// # Errors
    /// When the place cannot be read.
    pub async fn backups(&self) -> Result<(Vec<Envelope>, Vec<String>)> {
        let (mut whole, mut broken) = (Vec::new(), Vec::new());
        for name in self.names().await? {
            match self.find(&envelope_path(&name)).await? {
                None => broken.push(format!("{name}: never finished")),
                Some(bytes) => match read_envelope(&String::from_utf8_lossy(&bytes)) {
                    Ok(envelope) if envelope.id == name => whole.push(envelope),
                    Ok(_) => broken.push(format!("{name}: its last file belongs to another backup")),
                    Err(error) => broken.push(format!("{name}: {error}")),
                },
            }
        }
        whole.sort_by_key(|envelope| envelope.started_at);
        Ok((whole, broken))
    }

    /// A backup by its name, the beginning of it, or `latest`.
    ///
    /// # Errors
    /// In words, when there is none, several could be meant, or it is not whole.
    pub async fn backup(&self, name: &str) -> Result<Envelope> {
        let (whole, broken) = self.backups().await?;
        if name == "latest" {
            return whole
                .into_iter()
                .last()
                .with_context(|| format!("there is no whole backup in {}", self.shown));
        }
        let mut meant = whole.into_iter().filter(|envelope| envelope.id.starts_with(name));
        match (meant.next(), meant.next()) {
            (Some(envelope), None) => Ok(envelope),
            (Some(_), Some(_)) => {
                bail!("several backups begin with {name}; `rapport backup list` names them")
            }
            (None, _) => match broken.iter().find(|text| text.starts_with(name)) {
                Some(text) => bail!("the backup is not whole: {text}"),
                None => {
                    bail!("there is no backup {name} in {}; `rapport backup list` names them", self.shown)
                }
            },
        }
    }

    /// Makes a backup exist.
    pub(crate) async fn finish(&self, envelope: &Envelope) -> Result<()> {
        self.put(&envelope_path(&envelope.id), write_envelope(envelope)?).await
    }
}

/// Where the last file of a backup lies.
pub(crate) fn envelope_path(id: &str) -> String {
    format!("backups/{id}/backup")
}
