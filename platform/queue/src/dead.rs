//! Dead letters: jobs that gave up, until someone decides on them.

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{Db, row};
use serde_json::Value;

row! {
    /// A job that gave up.
    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    pub struct DeadJob {
        /// Whose it was; all ones for work beyond the workspaces.
        pub workspace_id: WorkspaceId,
        /// Its number.
        pub id: i64,
        /// Its frozen name.
        pub name: String,
        /// Its fields.
        pub payload: Value,
        /// Attempts made.
        pub attempt: i16,
        /// Why it gave up.
        pub last_error: Option<String>,
        /// Put in at.
        pub created_at: Timestamp,
        /// Gave up at.
        pub died_at: Timestamp,
    }
}

/// The newest dead letters, after the one numbered `before` when a page continues.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list(db: &Db, before: Option<i64>, limit: i64) -> Result<Vec<DeadJob>> {
    let tx = db.system().await?;
    tx.query(
        "select workspace_id, id, name, payload, attempt, last_error, created_at, died_at from queue.jobs
         where state = 'dead' and ($1::int8 is null or (died_at, id) < (
           select b.died_at, b.id from queue.jobs b where b.state = 'dead' and b.id = $1))
         order by died_at desc, id desc limit $2",
        &[&before, &limit],
    )
    .await
}

const RETRY: &str = "with waiting as (
  delete from queue.jobs j where j.state = 'dead' and ($1::int8 is null or j.id = $1) and exists (
    select 1 from queue.jobs o where o.workspace_id = j.workspace_id and o.name = j.name and o.key = j.key
      and o.state in ('ready', 'later'))
  returning j.workspace_id, j.id),
alive as (
  update queue.jobs j
  set state = 'ready', run_at = '-infinity', attempt = 0, died_at = null,
    key = case when exists (
      select 1 from queue.jobs o where o.workspace_id = j.workspace_id and o.name = j.name and o.key = j.key
        and o.state = 'dead' and o.id < j.id) then null else j.key end
  where j.state = 'dead' and ($1::int8 is null or j.id = $1)
    and not exists (select 1 from waiting w where w.workspace_id = j.workspace_id and w.id = j.id)
  returning 1)
select (select count(*) from waiting) + (select count(*) from alive) as jobs, pg_notify('queue', '')::text";

/// Gives one another life, from its first attempt; false when it is not there.
/// Where a job with its key waits already, that one stands for both.
///
/// # Errors
/// A bug when the database refuses.
pub async fn retry(db: &Db, id: i64) -> Result<bool> {
    Ok(revive(db, Some(id)).await? > 0)
}

/// Gives all of them another life; returns how many.
///
/// # Errors
/// A bug when the database refuses.
pub async fn retry_all(db: &Db) -> Result<u64> {
    revive(db, None).await
}

async fn revive(db: &Db, id: Option<i64>) -> Result<u64> {
    let tx = db.system().await?;
    let (jobs, _): (i64, String) = tx.get(RETRY, &[&id]).await?;
    tx.commit().await?;
    Ok(jobs.unsigned_abs())
}

/// Throws one away; false when it is not there.
///
/// # Errors
/// A bug when the database refuses.
pub async fn discard(db: &Db, id: i64) -> Result<bool> {
    let tx = db.system().await?;
    let gone = tx.execute("delete from queue.jobs where state = 'dead' and id = $1", &[&id]).await?;
    tx.commit().await?;
    Ok(gone > 0)
}
