//! Statements about exports.

use jiff::Timestamp;
use rapport_base::{MemberId, Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx, row};
use uuid::Uuid;

use super::{Export, ExportId};
use crate::watch::Far;

macro_rules! exports {
    ($ending:literal) => {
        concat!(
            "select e.id, e.status, e.requested_by, e.requested_by_name, e.tables_done, e.tables_total, e.rows_done,
               e.files_done, e.byte_size, encode(e.sha256, 'hex') as sha256, e.failure,
               (select count(*) from transfer.downloads d
                where d.workspace_id = e.workspace_id and d.export_id = e.id) as downloads,
               e.created_at, e.ready_at, e.expires_at
             from transfer.exports e where e.workspace_id = $1 ",
            $ending
        )
    };
}

/// The last twenty, newest first.
pub(crate) async fn list(tx: &TenantTx) -> Result<Vec<Export>> {
    const SQL: &str = exports!("order by e.created_at desc, e.id desc limit 20");
    tx.query(SQL, &[&tx.workspace()]).await
}

/// One.
pub(crate) async fn get(tx: &TenantTx, id: ExportId) -> Result<Export> {
    const SQL: &str = exports!("and e.id = $2");
    tx.get(SQL, &[&tx.workspace(), &id]).await
}

/// One that nobody else changes until the transaction ends.
pub(crate) async fn lock(tx: &TenantTx, id: ExportId) -> Result<Export> {
    const SQL: &str = exports!("and e.id = $2 for update of e");
    tx.get(SQL, &[&tx.workspace(), &id]).await
}

/// Where its bytes lie, if it has any, and when that ends.
pub(crate) async fn place(tx: &TenantTx, id: ExportId) -> Result<Option<String>> {
    let found: Option<(Option<String>,)> = tx
        .find(
            "select storage_key from transfer.exports where workspace_id = $1 and id = $2",
            &[&tx.workspace(), &id],
        )
        .await?;
    Ok(found.and_then(|(key,)| key))
}

/// Keeps a new one, unless one is under way.
pub(crate) async fn insert(tx: &TenantTx, id: ExportId, by: MemberId, name: &str) -> Result<bool> {
    let count = tx
        .execute(
            "insert into transfer.exports (workspace_id, id, requested_by, requested_by_name, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5) on conflict do nothing",
            &[&tx.workspace(), &id, &by, &name, &tx.now()],
        )
        .await?;
    Ok(count == 1)
}

row! {
    /// An export as the work begins with it.
    pub(crate) struct Begun {
        pub attempts: i32,
        pub storage_key: Option<String>,
        pub requested_by: MemberId,
    }
}

/// Begins the work, once more perhaps; none when it is not wanted any more.
pub(crate) async fn begin(tx: &TenantTx, id: ExportId) -> Result<Option<Begun>> {
    tx.find(
        "update transfer.exports
         set status = 'running', attempts = attempts + 1, tables_done = 0, rows_done = 0, files_done = 0, updated_at = $3
         where workspace_id = $1 and id = $2 and status in ('waiting', 'running')
         returning attempts, storage_key, requested_by",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await
}

/// Notes where the bytes will lie, before the first is there.
pub(crate) async fn note_place(tx: &TenantTx, id: ExportId, key: &str) -> Result<()> {
    tx.execute(
        "update transfer.exports set storage_key = $3 where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &key],
    )
    .await
    .map(drop)
}

/// Notes how far the work is; says whether it is still wanted.
pub(crate) async fn note_progress(tx: &TenantTx, id: ExportId, far: Far) -> Result<bool> {
    let count = tx
        .execute(
            "update transfer.exports
             set tables_done = $3, tables_total = $4, rows_done = $5, files_done = $6, updated_at = $7
             where workspace_id = $1 and id = $2 and status = 'running'",
            &[&tx.workspace(), &id, &far.tables, &far.of_tables, &far.rows, &far.files, &tx.now()],
        )
        .await?;
    Ok(count == 1)
}

/// Makes it ready; says whether it was still wanted.
pub(crate) async fn finish(
    tx: &TenantTx,
    id: ExportId,
    (bytes, sha256): (i64, &[u8]),
    until: Timestamp,
) -> Result<bool> {
    let count = tx
        .execute(
            "update transfer.exports
             set status = 'ready', byte_size = $3, sha256 = $4, ready_at = $5, updated_at = $5, expires_at = $6,
               failure = null
             where workspace_id = $1 and id = $2 and status = 'running'",
            &[&tx.workspace(), &id, &bytes, &sha256, &tx.now(), &until],
        )
        .await?;
    Ok(count == 1)
}

/// Ends one that is under way without a file; says whether it was.
pub(crate) async fn fail(tx: &TenantTx, id: ExportId, why: &str) -> Result<bool> {
    let count = tx
        .execute(
            "update transfer.exports set status = 'failed', failure = $3, updated_at = $4
             where workspace_id = $1 and id = $2 and status in ('waiting', 'running')",
            &[&tx.workspace(), &id, &why, &tx.now()],
        )
        .await?;
    Ok(count == 1)
}

/// Takes one back.
pub(crate) async fn cancel(tx: &TenantTx, id: ExportId) -> Result<()> {
    tx.execute(
        "update transfer.exports set status = 'cancelled', updated_at = $3, expires_at = null
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await
    .map(drop)
}

/// Notes a download.
pub(crate) async fn log_download(
    tx: &TenantTx,
    id: ExportId,
    by: (MemberId, &str),
    ip: Option<&str>,
) -> Result<()> {
    tx.execute(
        "insert into transfer.downloads (workspace_id, id, export_id, by_id, by_name, ip, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &[&tx.workspace(), &Uuid::now_v7(), &id, &by.0, &by.1, &ip, &tx.now()],
    )
    .await
    .map(drop)
}

row! {
    /// An export whose bytes are no longer wanted.
    pub(crate) struct Over {
        pub workspace_id: WorkspaceId,
        pub id: ExportId,
        pub storage_key: Option<String>,
    }
}

/// Those whose day is over, of all workspaces.
pub(crate) async fn over(tx: &SystemTx, now: Timestamp) -> Result<Vec<Over>> {
    tx.query(
        "select workspace_id, id, storage_key from transfer.exports
         where (status = 'ready' and expires_at <= $1)
            or (status in ('failed', 'cancelled') and storage_key is not null)
         order by workspace_id, id limit 200 for update skip locked",
        &[&now],
    )
    .await
}

/// Notes that its bytes are gone.
pub(crate) async fn gone(tx: &SystemTx, workspace: WorkspaceId, id: ExportId, now: Timestamp) -> Result<()> {
    tx.execute(
        "update transfer.exports
         set storage_key = null, status = case when status = 'ready' then 'expired' else status end, updated_at = $3
         where workspace_id = $1 and id = $2",
        &[&workspace, &id, &now],
    )
    .await
    .map(drop)
}

/// Ends those that nobody has worked on for long, of all workspaces.
pub(crate) async fn fail_stuck(tx: &SystemTx, before: Timestamp, why: &str, now: Timestamp) -> Result<u64> {
    tx.execute(
        "update transfer.exports set status = 'failed', failure = $2, updated_at = $3
         where status in ('waiting', 'running') and updated_at < $1",
        &[&before, &why, &now],
    )
    .await
}
