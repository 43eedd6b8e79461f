//! Making a backup.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use rapport_base::Clock;
use rapport_storage::Store;
use tokio_postgres::Client;

use crate::{
    archive,
    catalogue::{self, Table},
    database, files,
    lock::{Closing, Credentials},
    manifest::{Envelope, FORMAT, Figure, Manifest, TablePart},
    part,
    place::Place,
    progress::Progress,
    rules::{new_id, size},
    snapshot::{self, Snapshot},
    transactions,
};

const READERS: usize = 2;

/// What to back up, and where to.
pub struct Order<'a> {
    /// The database as its owner.
    pub owner_url: &'a str,
    /// The files.
    pub store: &'a Store,
    /// Where to.
    pub place: &'a Place,
    /// Who may read it.
    pub credentials: &'a Credentials,
    /// Sums to take.
    pub figures: &'a [Figure],
    /// What the program wants to know again at restore.
    pub notes: BTreeMap<String, String>,
    /// The version of the program.
    pub version: &'a str,
    /// The clock.
    pub clock: &'a Clock,
    /// Copy the private cluster, too, so that its log leads on from there to any instant.
    pub base: bool,
    /// Where to tell how far it is.
    pub progress: &'a Progress,
}

/// A backup that was made.
#[derive(Debug)]
pub struct Done {
    /// What anyone may know of it.
    pub envelope: Envelope,
    /// Everything.
    pub manifest: Manifest,
    /// Files that an earlier backup already had.
    pub reused: u64,
}

/// Makes a backup of one instant. Until the last file is written it does not exist.
///
/// # Errors
/// In words, when something cannot be read or written.
pub async fn backup(order: Order<'_>) -> Result<Done> {
    let Order { place, progress, .. } = order;
    let closing = order.credentials.closing(place).await?;
    let snapshot = Snapshot::take(order.owner_url).await?;
    let started_at = order.clock.now();
    let id = new_id(started_at, rand::random());
    progress.step(&format!("backup {id} to {}", place.shown()));

    let tables = read_tables(&order, &snapshot, &closing, &id).await?;
    let leader = &snapshot.leader;
    let server = leader.query_one("select current_setting('server_version')", &[]).await?.get(0);
    let migrations = catalogue::migrations(leader).await?;
    let partitions = catalogue::partitions(leader).await?;
    let figures = snapshot::figures(leader, order.figures).await?;
    leader.batch_execute("commit").await?;

    // What moves on by itself is read after the rows: it may be ahead of them, never behind.
    let after = database::connect(order.owner_url).await?;
    let sequences = catalogue::sequences(&after).await?;
    let transaction = transactions::counter(&after).await?;
    // Files after the rows: each that a row names is there, unless it was deleted since.
    let copied = files::copy(order.store, place, &closing, &id, progress).await?;

    let base = match order.base {
        true => Some(archive::take_base(order.owner_url, place, &closing, &id, progress).await?),
        false => None,
    };

    let manifest = Manifest {
        format: FORMAT,
        id: id.clone(),
        version: order.version.to_owned(),
        server,
        taken_at: started_at,
        migrations,
        transaction,
        tables,
        sequences,
        partitions,
        figures,
        files: copied.list,
        notes: order.notes,
    };
    let path = format!("backups/{id}/manifest");
    let text = serde_json::to_string_pretty(&manifest)?;
    let part = part::pack_text(place, &path, &closing.recipient, text).await?;
    let parts = manifest.tables.iter().filter_map(|table| table.part.as_ref());
    let envelope = Envelope {
        format: FORMAT,
        id,
        version: order.version.to_owned(),
        started_at,
        finished_at: order.clock.now(),
        key: closing.print.clone(),
        index_sha256: copied.index_sha256,
        stored_bytes: parts.map(|part| part.stored_bytes).sum::<u64>() + part.stored_bytes,
        manifest: part,
        files: manifest.files.count,
        files_stored_bytes: copied.stored_bytes,
        base,
    };
    place.finish(&envelope).await?;
    Ok(Done { envelope, manifest, reused: copied.reused })
}

/// Every table, the largest first, by several readers of the same instant.
async fn read_tables(
    order: &Order<'_>,
    snapshot: &Snapshot,
    closing: &Closing,
    id: &str,
) -> Result<Vec<TablePart>> {
    let all = snapshot.tables.len();
    let mut waiting = snapshot.tables.clone();
    waiting.sort_by_key(|table| table.bytes);
    let waiting = Mutex::new(waiting);
    let bytes = AtomicU64::new(0);
    let done = Mutex::new(Vec::with_capacity(all));
    let work = async || -> Result<()> {
        let reader = snapshot.reader().await?;
        loop {
            let Some(table) = waiting.lock().expect("no panic under the lock").pop() else {
                return Ok(());
            };
            let part = read_table(order.place, closing, id, &reader, &table).await?;
            let stored = part.part.as_ref().map_or(0, |part| part.stored_bytes);
            let bytes = bytes.fetch_add(stored, Ordering::Relaxed) + stored;
            let mut done = done.lock().expect("no panic under the lock");
            done.push(part);
            order.progress.far(|| format!("tables: {} of {all}, {} stored", done.len(), size(bytes)));
        }
    };
    futures::future::try_join_all((0..READERS).map(|_| work())).await?;
    let mut done = done.into_inner().expect("no panic under the lock");
    // Only now: in a folder, removing the last part takes the folder away from whoever writes the next.
    for table in done.iter_mut().filter(|table| table.sum.rows == 0) {
        if let Some(part) = table.part.take() {
            order.place.delete(&part.path).await?;
        }
    }
    done.sort_by(|a, b| (&a.schema, &a.table).cmp(&(&b.schema, &b.table)));
    Ok(done)
}

async fn read_table(
    place: &Place,
    closing: &Closing,
    id: &str,
    reader: &Client,
    table: &Table,
) -> Result<TablePart> {
    let path = format!("backups/{id}/tables/{}.{}", table.schema, table.table);
    let rows = snapshot::rows(reader, table).await?;
    let (part, sum) = part::pack(place, &path, &closing.recipient, rows).await?;
    Ok(TablePart {
        schema: table.schema.clone(),
        table: table.table.clone(),
        columns: table.columns.clone(),
        sum,
        part: Some(part),
    })
}
