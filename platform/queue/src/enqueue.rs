//! Putting a job in, with the transaction that wants it.

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};
use serde_json::Value;
use uuid::Uuid;

use crate::Job;

/// How a job is put in. `Enqueue::default()` runs it once as soon as a worker is free.
#[derive(Clone, Debug, Default)]
pub struct Enqueue {
    /// At most one waiting job of its name per key in a workspace. One that
    /// waits already stands for both and is moved up if this one is due sooner;
    /// one that runs already does not count.
    pub key: Option<String>,
    /// Not before.
    pub run_at: Option<Timestamp>,
    /// Smaller goes first within a workspace; 0 unless said.
    pub priority: i16,
}

impl Enqueue {
    /// Once per key.
    #[must_use]
    pub fn key(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }
    /// Not before an instant.
    #[must_use]
    pub fn at(run_at: Timestamp) -> Self {
        Self { run_at: Some(run_at), ..Self::default() }
    }
    /// Not before an instant.
    #[must_use]
    pub fn not_before(mut self, run_at: Timestamp) -> Self {
        self.run_at = Some(run_at);
        self
    }
    /// With a priority; smaller goes first.
    #[must_use]
    pub fn priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }
}

/// Work beyond the workspaces stands under this id.
pub(crate) const NOBODY: WorkspaceId = WorkspaceId(Uuid::max());

// A waiting job with the same key is updated rather than left alone: the row
// lock keeps it from starting before this transaction's changes can be seen.
const PUT_IN: &str = "with put as (
  insert into queue.jobs (workspace_id, name, payload, key, serial, priority, state, run_at, max_attempts)
  select $1, $2, j.payload, j.key, j.serial, $6, case when $7::timestamptz is null then 'ready' else 'later' end,
    coalesce($7, '-infinity'), $8
  from unnest($3::jsonb[], $4::text[], $5::text[]) as j(payload, key, serial)
  on conflict (workspace_id, name, key) where state in ('ready', 'later') and key is not null
  do update set run_at = least(jobs.run_at, excluded.run_at)
  returning 1)
select pg_notify('queue', '') from (select count(*) from put) as counted where $7::timestamptz is null";

struct Batch {
    payloads: Vec<Value>,
    keys: Vec<Option<String>>,
    serials: Vec<Option<String>>,
}

impl Batch {
    fn one<J: Job>(job: &J, key: Option<String>) -> Result<Self> {
        Ok(Self { payloads: vec![serde_json::to_value(job)?], keys: vec![key], serials: vec![job.queue()] })
    }
}

/// Puts a job in for the transaction's workspace. It is there when the
/// transaction commits, and never was when it rolls back.
///
/// # Errors
/// A bug when the database refuses.
pub async fn enqueue<J: Job>(tx: &TenantTx, job: &J, how: Enqueue) -> Result<()> {
    let batch = Batch::one(job, how.key)?;
    let (workspace, run_at, priority) = (tx.workspace(), how.run_at, how.priority);
    tx.query::<rapport_db::Row>(
        PUT_IN,
        &[
            &workspace,
            &J::NAME,
            &batch.payloads,
            &batch.keys,
            &batch.serials,
            &priority,
            &run_at,
            &J::MAX_ATTEMPTS,
        ],
    )
    .await
    .map(drop)
}

/// Puts many jobs of one sort in, in one statement, each with its key or none.
///
/// # Errors
/// A bug when the database refuses, or when a key occurs twice.
pub async fn enqueue_all<J: Job>(tx: &TenantTx, jobs: &[(J, Option<String>)], how: Enqueue) -> Result<()> {
    let batch = Batch {
        payloads: jobs.iter().map(|(job, _)| serde_json::to_value(job)).collect::<Result<_, _>>()?,
        keys: jobs.iter().map(|(_, key)| key.clone()).collect(),
        serials: jobs.iter().map(|(job, _)| job.queue()).collect(),
    };
    let (workspace, run_at, priority) = (tx.workspace(), how.run_at, how.priority);
    tx.query::<rapport_db::Row>(
        PUT_IN,
        &[
            &workspace,
            &J::NAME,
            &batch.payloads,
            &batch.keys,
            &batch.serials,
            &priority,
            &run_at,
            &J::MAX_ATTEMPTS,
        ],
    )
    .await
    .map(drop)
}

/// Puts a job in that belongs to no workspace.
///
/// # Errors
/// A bug when the database refuses.
pub async fn enqueue_system<J: Job>(tx: &SystemTx, job: &J, how: Enqueue) -> Result<()> {
    enqueue_system_for(tx, NOBODY, job, how).await
}

/// Puts a job in for a workspace, from a transaction beyond the workspaces.
///
/// # Errors
/// A bug when the database refuses.
pub async fn enqueue_system_for<J: Job>(
    tx: &SystemTx,
    workspace: WorkspaceId,
    job: &J,
    how: Enqueue,
) -> Result<()> {
    let batch = Batch::one(job, how.key)?;
    put_in(tx, workspace, J::NAME, batch, how.run_at, how.priority, J::MAX_ATTEMPTS).await
}

/// As [`enqueue_system`], for work that is known by name only.
pub(crate) async fn enqueue_named(tx: &SystemTx, name: &str, key: String, max_attempts: i16) -> Result<()> {
    let batch =
        Batch { payloads: vec![Value::Null], keys: vec![Some(key)], serials: vec![Some(name.to_owned())] };
    put_in(tx, NOBODY, name, batch, None, 0, max_attempts).await
}

async fn put_in(
    tx: &SystemTx,
    workspace: WorkspaceId,
    name: &str,
    batch: Batch,
    run_at: Option<Timestamp>,
    priority: i16,
    max_attempts: i16,
) -> Result<()> {
    tx.query::<rapport_db::Row>(
        PUT_IN,
        &[&workspace, &name, &batch.payloads, &batch.keys, &batch.serials, &priority, &run_at, &max_attempts],
    )
    .await
    .map(drop)
}
