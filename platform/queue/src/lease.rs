//! The table of jobs, as workers use it.

use std::time::Duration;

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{Db, is_unique_violation, row};
use serde_json::Value;
use uuid::Uuid;

use crate::rules::Ended;

/// How long a lease lasts without a heartbeat.
pub(crate) const LEASE_SECONDS: i32 = 40;
/// A lease that would last longer is of a clock that has been set back since, and has lapsed.
const LONGEST_SECONDS: i32 = 2 * LEASE_SECONDS;
/// How often leases are renewed and lapsed ones taken back; with [`LEASE_SECONDS`]
/// a killed worker's jobs run again within a minute.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(10);

/// A job held under a lease.
#[derive(Clone)]
pub(crate) struct Leased {
    pub workspace: WorkspaceId,
    pub id: i64,
    pub name: String,
    pub payload: Value,
    pub attempt: i16,
    pub max_attempts: i16,
    pub waited: f64,
}

row! {
    struct LeaseRow {
        workspace_id: WorkspaceId,
        id: Option<i64>,
        name: Option<String>,
        payload: Option<Value>,
        attempt: Option<i16>,
        max_attempts: Option<i16>,
        waited: Option<f64>,
        circle: Option<bool>,
    }
}

impl LeaseRow {
    fn job(self) -> Option<Leased> {
        Some(Leased {
            workspace: self.workspace_id,
            id: self.id?,
            name: self.name?,
            payload: self.payload?,
            attempt: self.attempt?,
            max_attempts: self.max_attempts?,
            waited: self.waited?,
        })
    }
}

/// One taker of jobs: a worker process, or a drain.
pub(crate) struct Taker {
    pub id: Uuid,
    names: Vec<String>,
    since: WorkspaceId,
}

impl Taker {
    pub(crate) fn new(names: impl Iterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.collect();
        names.sort();
        Self { id: Uuid::now_v7(), names, since: WorkspaceId(Uuid::nil()) }
    }

    /// Takes up to `batch` jobs; the workspaces take turns.
    pub(crate) async fn take(&mut self, db: &Db, now: Timestamp, batch: usize) -> Result<Vec<Leased>> {
        let batch = i32::try_from(batch).unwrap_or(i32::MAX);
        loop {
            let (jobs, whole_circle) = match self.round(db, now, batch).await {
                Err(error) if is_unique_violation(&error) => continue,
                other => other?,
            };
            if whole_circle || !jobs.is_empty() {
                return Ok(jobs);
            }
        }
    }

    async fn round(&mut self, db: &Db, now: Timestamp, batch: i32) -> Result<(Vec<Leased>, bool)> {
        let tx = db.system().await?;
        let rows: Vec<LeaseRow> = tx
            .query(
                "select workspace_id, id, name, payload, attempt, max_attempts, waited, circle
                 from queue.lease($1, $2, $3, $4, $5, make_interval(secs => $6::int4))",
                &[&self.id, &self.names, &self.since, &batch, &now, &LEASE_SECONDS],
            )
            .await?;
        tx.commit().await?;
        let mut whole_circle = true;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(circle) = row.circle {
                self.since = row.workspace_id;
                whole_circle = circle;
            }
            jobs.extend(row.job());
        }
        Ok((jobs, whole_circle))
    }
}

/// Removes finished jobs, as far as `taker` still holds them.
pub(crate) async fn remove(db: &Db, taker: Uuid, done: &[(WorkspaceId, i64, i16)]) -> Result<()> {
    let workspaces: Vec<WorkspaceId> = done.iter().map(|d| d.0).collect();
    let ids: Vec<i64> = done.iter().map(|d| d.1).collect();
    let attempts: Vec<i16> = done.iter().map(|d| d.2).collect();
    let tx = db.system().await?;
    tx.execute(
        "delete from queue.jobs j
         using unnest($2::uuid[], $3::int8[], $4::int2[]) as done(workspace_id, id, attempt)
         where j.workspace_id = done.workspace_id and j.id = done.id and j.attempt = done.attempt
           and j.state = 'running' and j.leased_by = $1",
        &[&taker, &workspaces, &ids, &attempts],
    )
    .await?;
    tx.commit().await
}

/// Where a job that did not finish goes.
pub(crate) struct Back<'a> {
    pub state: &'a str,
    pub run_at: Option<Timestamp>,
    pub error: Option<&'a str>,
    /// Whether the attempt counts.
    pub counts: bool,
    /// Only if its lease has lapsed.
    pub lapsed: bool,
}

/// Puts a job back, if `taker` still holds that attempt of it. One whose key
/// has a newer waiting job disappears: the newer one stands for both.
pub(crate) async fn put_back(
    db: &Db,
    taker: Uuid,
    job: (WorkspaceId, i64, i16),
    back: Back<'_>,
) -> Result<()> {
    let less = i16::from(!back.counts);
    loop {
        let tx = db.system().await?;
        let done = tx
            .execute(
                "with mine as (
                   select j.workspace_id, j.id, $5 <> 'dead' and exists (
                     select 1 from queue.jobs o where o.workspace_id = j.workspace_id and o.name = j.name
                       and o.key = j.key and o.state in ('ready', 'later')) as covered
                   from queue.jobs j
                   where j.workspace_id = $2 and j.id = $3 and j.attempt = $4 and j.state = 'running' and j.leased_by = $1
                     and (not $9 or j.leased_until not between clock_timestamp() and clock_timestamp() + make_interval(secs => $10::int4))
                   for update),
                 gone as (
                   delete from queue.jobs j using mine
                   where mine.covered and j.workspace_id = mine.workspace_id and j.id = mine.id)
                 update queue.jobs j
                 set state = $5, run_at = coalesce($6, '-infinity'), last_error = coalesce($7, j.last_error),
                   attempt = j.attempt - $8, leased_by = null, leased_until = null,
                   died_at = case when $5 = 'dead' then now() end
                 from mine where not mine.covered and j.workspace_id = mine.workspace_id and j.id = mine.id",
                &[
                    &taker,
                    &job.0,
                    &job.1,
                    &job.2,
                    &back.state,
                    &back.run_at,
                    &back.error,
                    &less,
                    &back.lapsed,
                    &LONGEST_SECONDS,
                ],
            )
            .await;
        match done {
            Err(error) if is_unique_violation(&error) => continue,
            done => done?,
        };
        return tx.commit().await;
    }
}

/// Writes down how an attempt ended.
pub(crate) async fn settle(db: &Db, now: Timestamp, taker: Uuid, job: &Leased, ended: &Ended) -> Result<()> {
    let held = (job.workspace, job.id, job.attempt);
    match ended {
        Ended::Done => remove(db, taker, &[held]).await,
        Ended::Again { after, error } => {
            let back = Back {
                state: "later",
                run_at: now.checked_add(*after).ok(),
                error: error.as_deref(),
                counts: true,
                lapsed: false,
            };
            put_back(db, taker, held, back).await
        }
        Ended::Dead(reason) => {
            let back = Back { state: "dead", run_at: None, error: Some(reason), counts: true, lapsed: false };
            put_back(db, taker, held, back).await
        }
    }
}

/// Renews the leases of the jobs that really run here.
pub(crate) async fn renew(db: &Db, taker: Uuid, held: &[(WorkspaceId, i64)]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let workspaces: Vec<WorkspaceId> = held.iter().map(|h| h.0).collect();
    let ids: Vec<i64> = held.iter().map(|h| h.1).collect();
    let tx = db.system().await?;
    tx.execute(
        "update queue.jobs j set leased_until = clock_timestamp() + make_interval(secs => $4::int4)
         from unnest($2::uuid[], $3::int8[]) as held(workspace_id, id)
         where j.workspace_id = held.workspace_id and j.id = held.id and j.state = 'running' and j.leased_by = $1",
        &[&taker, &workspaces, &ids, &LEASE_SECONDS],
    )
    .await?;
    tx.commit().await
}

/// Takes back what killed or cut-off workers held; returns how many jobs.
pub(crate) async fn reclaim(db: &Db) -> Result<usize> {
    let tx = db.system().await?;
    let lapsed: Vec<(WorkspaceId, i64, i16, i16, Uuid)> = tx
        .query(
            "select workspace_id, id, attempt, max_attempts, leased_by from queue.jobs
             where state = 'running'
               and leased_until not between clock_timestamp() and clock_timestamp() + make_interval(secs => $1::int4)
             order by leased_until limit 500",
            &[&LONGEST_SECONDS],
        )
        .await?;
    drop(tx);
    for (workspace, id, attempt, max_attempts, holder) in &lapsed {
        let state = if attempt >= max_attempts { "dead" } else { "ready" };
        let error = Some("its worker stopped without a word");
        let back = Back { state, run_at: None, error, counts: true, lapsed: true };
        put_back(db, *holder, (*workspace, *id, *attempt), back).await?;
    }
    Ok(lapsed.len())
}

row! {
    /// How full the queue is, by sort of job.
    #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
    pub struct Load {
        /// The job's frozen name.
        pub name: String,
        /// Due, and not yet taken.
        pub ready: i64,
        /// Not before a later time.
        pub later: i64,
        /// Running now.
        pub running: i64,
        /// Laid aside.
        pub dead: i64,
        /// Seconds the oldest due one has waited.
        pub oldest_seconds: f64,
    }
}

/// How full the queue is, for the operator.
///
/// # Errors
/// A bug when the database refuses.
pub async fn load(db: &Db) -> Result<Vec<Load>> {
    let tx = db.system().await?;
    tx.query(
        "select name, count(*) filter (where state = 'ready') as ready, count(*) filter (where state = 'later') as later,
           count(*) filter (where state = 'running') as running, count(*) filter (where state = 'dead') as dead,
           coalesce(max(extract(epoch from clock_timestamp() - greatest(created_at, run_at)))
             filter (where state = 'ready'), 0)::float8 as oldest_seconds
         from queue.jobs group by name order by name",
        &[],
    )
    .await
}
