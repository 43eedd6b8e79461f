//! The way back to an instant: which base, which pieces, and their content into a folder.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context, Result, bail};
use bytes::{Buf, BytesMut};
use futures::StreamExt;
use jiff::Timestamp;
use rapport_storage::Store;

use super::{Base, Stored, rules};
use crate::{
    files,
    lock::Credentials,
    manifest::{Envelope, Part},
    part,
    place::Place,
    progress::Progress,
    restore::Source,
    rules::size,
    tar::{BLOCK, Entry},
};

/// The way to an instant.
pub struct Way {
    /// The backup whose base it begins with.
    pub source: Source,
    base: Base,
    pieces: Vec<Stored>,
}

/// Finds the way to an instant: from the youngest base before it (or the named one), over
/// log without a gap.
///
/// # Errors
/// In words, with the instants that can be reached.
pub async fn reach(place: &Place, name: &str, credentials: &Credentials, at: Timestamp) -> Result<Way> {
    let envelope = if name == "latest" {
        let (whole, _) = place.backups().await?;
        let with_base: Vec<_> = whole.into_iter().filter(|envelope| envelope.base.is_some()).collect();
        let Some(oldest) = with_base.first() else {
            bail!(
                "no backup in {} holds a copy of the cluster: a point in time is reached from the first one made \
                 while RAPPORT_ARCHIVE_SECONDS is set",
                place.shown()
            );
        };
        let first = oldest.base.as_ref().map(|base| base.whole_at).unwrap_or_default();
        let before = |base: &Base| base.whole_at <= at;
        match with_base.iter().rfind(|envelope| envelope.base.as_ref().is_some_and(before)) {
            Some(envelope) => envelope.clone(),
            None => bail!("{at} lies before the oldest copy of the cluster: {first} is the first instant"),
        }
    } else {
        place.backup(name).await?
    };
    let base = envelope
        .base
        .clone()
        .with_context(|| format!("the backup {} holds no copy of the cluster", envelope.id))?;
    if at < base.whole_at {
        bail!(
            "{at} lies before the copy of the cluster in {}: {} is its first instant",
            envelope.id,
            base.whole_at
        );
    }
    let stored = base.history(&envelope.key).pieces(place).await?;
    let chain = rules::chain(stored.iter().map(|stored| stored.piece.clone()).collect(), base.begins());
    let gap = if chain.gap { " (behind it a piece of the log is missing)" } else { "" };
    match chain.through {
        Some(through) if chain.to >= rules::parse_lsn(&base.to)? => {
            if at > through.max(base.whole_at) {
                bail!(
                    "{at} cannot be reached: the archived log leads from {} to {through}{gap}",
                    base.whole_at
                );
            }
        }
        _ => bail!("nothing can be reached from {}: log that its copy needs is missing", envelope.id),
    }
    let source = Source::open(place, &envelope.id, credentials).await?;
    let pieces = chain
        .pieces
        .iter()
        .filter_map(|piece| stored.iter().find(|stored| stored.piece == *piece).cloned())
        .collect();
    Ok(Way { source, base, pieces })
}

/// The instants that a backup's copy of the cluster and the log behind it lead to, if any.
///
/// # Errors
/// When the place cannot be read.
pub async fn reachable(place: &Place, backup: &Envelope) -> Result<Option<(Timestamp, Timestamp)>> {
    let Some(base) = &backup.base else { return Ok(None) };
    let stored = base.history(&backup.key).pieces(place).await?;
    let chain = rules::chain(stored.into_iter().map(|stored| stored.piece).collect(), base.begins());
    let whole = chain.to >= rules::parse_lsn(&base.to)?;
    Ok(chain.through.filter(|through| whole && *through >= base.whole_at).map(|to| (base.whole_at, to)))
}

impl Way {
    /// Writes the copy of the cluster, and the log since, below an empty folder.
    ///
    /// # Errors
    /// When a part is damaged or the folder cannot be written.
    pub async fn write(&self, folder: &Path, progress: &Progress) -> Result<()> {
        progress.step(&format!("the copy of the cluster, {}", size(self.base.part.bytes)));
        self.write_base(folder, progress).await?;
        let bytes: u64 = self.pieces.iter().map(|stored| stored.piece.to - stored.piece.from).sum();
        progress.step(&format!("{} of log in {} pieces", size(bytes), self.pieces.len()));
        for (at, stored) in self.pieces.iter().enumerate() {
            self.write_piece(folder, stored).await?;
            progress.far(|| format!("log: {} of {} pieces", at + 1, self.pieces.len()));
        }
        Ok(())
    }

    async fn write_base(&self, folder: &Path, progress: &Progress) -> Result<()> {
        let mut input = part::unpack(&self.source.place, &self.base.part, &self.source.identity).await?;
        let mut held = BytesMut::new();
        let mut open: Option<(File, u64, usize)> = None;
        let (mut written, mut ended) = (0, false);
        while let Some(bytes) = input.next().await {
            held.extend_from_slice(&bytes?);
            while !ended {
                if let Some((file, left, padding)) = &mut open {
                    let take = usize::try_from((*left).min(held.len() as u64))?;
                    file.write_all(&held[..take])?;
                    held.advance(take);
                    *left -= take as u64;
                    written += take as u64;
                    if *left > 0 || held.len() < *padding {
                        break;
                    }
                    held.advance(*padding);
                    open = None;
                }
                if held.len() < BLOCK {
                    break;
                }
                let head = held.split_to(BLOCK);
                match Entry::read(head[..].try_into()?)? {
                    None => ended = true,
                    Some(entry) if entry.folder => make(&folder.join(&entry.name))?,
                    Some(entry) => {
                        open = Some((create(&folder.join(&entry.name))?, entry.bytes, entry.padding()));
                    }
                }
                progress.far(|| format!("cluster: {}", size(written)));
            }
        }
        if !ended {
            bail!("the copy of the cluster is cut off");
        }
        Ok(())
    }

    /// When its copy of the cluster was whole, and the end of the log it leads over.
    #[must_use]
    pub fn described(&self) -> String {
        let bytes: u64 = self.pieces.iter().map(|stored| stored.piece.to - stored.piece.from).sum();
        format!("the copy of {} and {} of log", self.base.whole_at, size(bytes))
    }

    /// Puts back every file of its backup that the store lacks; gives how many.
    ///
    /// # Errors
    /// When the place or the store cannot be reached.
    pub async fn put_back_files(&self, store: &Store, progress: &Progress) -> Result<u64> {
        let Source { place, identity, manifest, .. } = &self.source;
        files::put_back(place, &manifest.files, identity, store, |_| true, progress).await
    }

    /// Bytes of the log to where they belong; what is not there yet of a segment is zeros.
    async fn write_piece(&self, folder: &Path, stored: &Stored) -> Result<()> {
        let (base, piece) = (&self.base, &stored.piece);
        let part = Part {
            path: stored.path.clone(),
            bytes: piece.to - piece.from,
            stored_bytes: stored.bytes,
            sha256: String::new(),
        };
        let path = folder.join("pg_wal").join(rules::segment_name(base.timeline, piece.from, base.segment));
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.set_len(base.segment)?;
        let mut at = piece.from % base.segment;
        let mut input = part::unpack(&self.source.place, &part, &self.source.identity).await?;
        while let Some(bytes) = input.next().await {
            let bytes = bytes?;
            file.write_all_at(&bytes, at)?;
            at += bytes.len() as u64;
        }
        Ok(())
    }
}

fn make(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

fn create(path: &Path) -> Result<File> {
    if let Some(parent) = path.parent() {
        make(parent)?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}
