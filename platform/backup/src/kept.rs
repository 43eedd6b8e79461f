//! What a swap took out of a workspace: the same parts as a backup's, of its rows alone.
//!
//! ```text
//! kept/<id>/tables/<name>   its rows of a table
//! kept/<id>/manifest        counts, checksums, migrations
//! kept/<id>/backup          written last: without it the rest does not exist
//! ```

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use jiff::Timestamp;

use crate::{
    catalogue::Table,
    lock::Closing,
    manifest::{Envelope, FORMAT, FilesPart, Manifest, Migrated, TablePart},
    part,
    place::Place,
    rows::RowSum,
    rules::{new_id, read_envelope, write_envelope},
};

const PREFIX: &str = "kept-";

/// Whether a name is that of something kept, and not of a backup.
#[must_use]
pub fn is_kept(name: &str) -> bool {
    name.starts_with(PREFIX)
}

pub(crate) fn envelope_path(id: &str) -> String {
    format!("kept/{id}/backup")
}

/// What is being kept.
pub(crate) struct Keeping<'a> {
    place: &'a Place,
    closing: &'a Closing,
    id: String,
    at: Timestamp,
    tables: Vec<TablePart>,
}

impl<'a> Keeping<'a> {
    pub(crate) fn begin(place: &'a Place, closing: &'a Closing, at: Timestamp) -> Self {
        let id = format!("{PREFIX}{}", new_id(at, rand::random()));
        Self { place, closing, id, at, tables: Vec::new() }
    }

    pub(crate) async fn table(
        &mut self,
        table: &Table,
        rows: BoxStream<'static, Result<Bytes>>,
    ) -> Result<()> {
        let path = format!("kept/{}/tables/{}.{}", self.id, table.schema, table.table);
        // Writers wait meanwhile, and most tables have no rows.
        let mut rows = rows.peekable();
        let (part, sum) = match std::pin::Pin::new(&mut rows).peek().await {
            None => (None, RowSum::default()),
            Some(_) => {
                let (part, sum) = part::pack(self.place, &path, &self.closing.recipient, rows).await?;
                (Some(part), sum)
            }
        };
        let (schema, table, columns) = (table.schema.clone(), table.table.clone(), table.columns.clone());
        self.tables.push(TablePart { schema, table, columns, sum, part });
        Ok(())
    }

    /// Makes it exist; gives its name.
    pub(crate) async fn finish(
        self,
        version: &str,
        migrations: Vec<Migrated>,
        notes: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<String> {
        let Self { place, closing, id, at, tables } = self;
        let manifest = Manifest {
            format: FORMAT,
            id: id.clone(),
            version: version.to_owned(),
            server: String::new(),
            taken_at: at,
            migrations,
            transaction: 0,
            tables,
            sequences: Vec::new(),
            partitions: Vec::new(),
            figures: Vec::new(),
            files: FilesPart { count: 0, bytes: 0, gone: 0, part: None },
            notes,
        };
        let text = serde_json::to_string_pretty(&manifest)?;
        let part = part::pack_text(place, &format!("kept/{id}/manifest"), &closing.recipient, text).await?;
        let parts = manifest.tables.iter().filter_map(|table| table.part.as_ref());
        let envelope = Envelope {
            format: FORMAT,
            id: id.clone(),
            version: version.to_owned(),
            started_at: at,
            finished_at: now,
            key: closing.print.clone(),
            index_sha256: String::new(),
            stored_bytes: parts.map(|part| part.stored_bytes).sum::<u64>() + part.stored_bytes,
            manifest: part,
            files: 0,
            files_stored_bytes: 0,
            base: None,
        };
        place.put(&envelope_path(&id), write_envelope(&envelope)?).await?;
        Ok(id)
    }
}

/// Everything kept that is whole, oldest first.
///
/// # Errors
/// When the place cannot be read.
pub async fn list(place: &Place) -> Result<Vec<Envelope>> {
    let mut whole = Vec::new();
    for thing in place.list("kept").await? {
        if let Some(id) = thing.path.strip_prefix("kept/").and_then(|path| path.strip_suffix("/backup"))
            && let Some(envelope) = find(place, id).await?
        {
            whole.push(envelope);
        }
    }
    whole.sort_by_key(|envelope| envelope.started_at);
    Ok(whole)
}

/// What is kept under a name.
pub(crate) async fn find(place: &Place, id: &str) -> Result<Option<Envelope>> {
    let Some(bytes) = place.find(&envelope_path(id)).await? else { return Ok(None) };
    let envelope = read_envelope(&String::from_utf8_lossy(&bytes));
    envelope.map(Some).with_context(|| format!("{id} is not whole"))
}
