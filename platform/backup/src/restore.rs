//! Restoring a backup into a database.

use anyhow::{Context, Result};
use rapport_storage::Store;
use uuid::Uuid;

use crate::{
    files, kept,
    load::{Load, load},
    lock::Credentials,
    manifest::{Envelope, Figure, Manifest, Migrated},
    part,
    place::Place,
    progress::Progress,
    rules::{self, Line, fits, sha256},
};

/// A backup that was opened: its manifest was read with the key.
#[derive(Clone)]
pub struct Source {
    pub(crate) place: Place,
    pub(crate) identity: age::x25519::Identity,
    /// What anyone may know of it.
    pub envelope: Envelope,
    /// Everything.
    pub manifest: Manifest,
}

impl Source {
    /// Opens a backup by its name, and says in words when this program cannot restore it.
    ///
    /// # Errors
    /// When there is none, it is not whole or damaged, the key is wrong, or it is too new.
    pub async fn open(place: &Place, name: &str, credentials: &Credentials) -> Result<Self> {
        let envelope = match kept::is_kept(name) {
            true => kept::find(place, name).await?.with_context(|| format!("nothing is kept as {name}"))?,
            false => place.backup(name).await?,
        };
        let identity = credentials.opening(place, &envelope.key).await?;
        let text = part::unpack_text(place, &envelope.manifest, &identity)
            .await
            .with_context(|| format!("the backup {} cannot be read", envelope.id))?;
        let manifest: Manifest =
            serde_json::from_str(&text).context("the manifest is not one of this program")?;
        anyhow::ensure!(manifest.id == envelope.id, "the manifest belongs to the backup {}", manifest.id);
        fits(&manifest.version, &manifest.migrations, &ours())?;
        Ok(Self { place: place.clone(), identity, envelope, manifest })
    }
}

impl Source {
    /// Puts back files of one workspace that the store lacks; gives how many.
    ///
    /// # Errors
    /// When the place or the store cannot be reached.
    pub async fn put_back_files(&self, store: &Store, workspace: Uuid, progress: &Progress) -> Result<u64> {
        let of = |key: &str| key.starts_with(&format!("{workspace}/"));
        files::put_back(&self.place, &self.manifest.files, &self.identity, store, of, progress).await
    }
}

/// The migrations of this program.
fn ours() -> Vec<Migrated> {
    rapport_db::migrations()
        .map(|migration| Migrated {
            name: migration.name.to_owned(),
            checksum: sha256(migration.sql.as_bytes()),
        })
        .collect()
}

/// What to restore, and where to.
pub struct Restore<'a> {
    /// The backup.
    pub source: &'a Source,
    /// The database as its owner: fresh, or with nothing in it that is to be kept.
    pub owner_url: &'a str,
    /// Where its files go; left alone without.
    pub store: Option<&'a Store>,
    /// Sums to hold against those of the backup.
    pub figures: &'a [Figure],
    /// Statements that run over the rows before anyone sees them.
    pub then: &'a [&'a str],
    /// Where to tell how far it is.
    pub progress: &'a Progress,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Every table and sum, as in the backup and as found.
    pub lines: Vec<Line>,
    /// Files that the store lacked.
    pub files: u64,
    /// Migrations that ran after the rows were in.
    pub migrated: Vec<&'static str>,
}

/// Makes the database what it was: the migrations of then, its rows, then the migrations since.
/// Files come first, so that no row names one that is not there yet.
///
/// # Errors
/// In words; the rows are in whole or not at all.
pub async fn restore(order: Restore<'_>) -> Result<Restored> {
    let Restore { source, progress, .. } = order;
    let files = match order.store {
        Some(store) => {
            progress.step(&format!(
                "{} files, {}",
                source.manifest.files.count,
                rules::size(source.manifest.files.bytes)
            ));
            files::put_back(
                &source.place,
                &source.manifest.files,
                &source.identity,
                store,
                |_| true,
                progress,
            )
            .await?
        }
        None => 0,
    };
    let then = |name: &str| source.manifest.migrations.iter().any(|migrated| migrated.name == name);
    rapport_db::migrate_some(order.owner_url, then).await?;
    progress.step(&format!("{} tables", source.manifest.tables.len()));
    let lines = load(&Load {
        owner_url: order.owner_url,
        place: &source.place,
        manifest: &source.manifest,
        identity: &source.identity,
        figures: order.figures,
        then: order.then,
        progress,
    })
    .await?;
    let migrated = rapport_db::migrate(order.owner_url).await?;
    Ok(Restored { lines, files, migrated })
}
