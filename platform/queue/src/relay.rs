//! From the spine to the listeners.
//!
//! Events are read in the order (txid, seq) and only below the oldest
//! transaction still running: a number drawn early and committed late is
//! never stepped over. The cursor moves in the transaction that puts the jobs in.

use std::time::Duration;

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{App, Db, Params, Wake};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Listener, listener::Delivery};

const BATCH: usize = 500;
const CURSOR: &str = "listeners";

/// What one step of the relay found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// Events passed on.
    pub events: usize,
    /// Whether committed events wait for an older transaction to end.
    pub held_back: bool,
}

/// Makes the relay's place in the spine known.
pub(crate) async fn register(app: &App) -> Result<()> {
    let tx = app.db.system().await?;
    tx.execute(
        "insert into spine.relay (name, txid, seq) values ($1, '0', 0) on conflict do nothing",
        &[&CURSOR],
    )
    .await?;
    tx.commit().await
}

/// Seconds the oldest event has waited that was not passed on yet; 0 when none waits.
///
/// # Errors
/// A bug when the database refuses.
pub async fn behind(db: &Db) -> Result<f64> {
    let tx = db.system().await?;
    let waited: Option<(f64,)> = tx
        .find(
            "select greatest(extract(epoch from clock_timestamp() - e.at), 0)::float8
             from spine.relay r join spine.events e on (e.txid, e.seq) > (r.txid, r.seq)
             where r.name = $1 and e.imported_at is null order by e.txid, e.seq limit 1",
            &[&CURSOR],
        )
        .await?;
    Ok(waited.map_or(0.0, |(seconds,)| seconds))
}

/// Passes one batch of events on.
pub(crate) async fn step(app: &App, listeners: &[Listener]) -> Result<Step> {
    let tx = app.db.system().await?;
    let place: Option<(String, i64)> = tx
        .find("select txid::text, seq from spine.relay where name = $1 for update skip locked", &[&CURSOR])
        .await?;
    let Some((txid, seq)) = place else { return Ok(Step::default()) };
    let place: Params = &[&txid, &seq];
    let (events, newest) = futures::join!(
        tx.query::<(WorkspaceId, Uuid, String, Timestamp, String, i64, bool)>(
            "select e.workspace_id, e.id, e.kind, e.at, e.txid::text, e.seq, e.imported_at is null from spine.events e
             where (e.txid, e.seq) > ($1::text::xid8, $2) and e.txid < pg_snapshot_xmin(pg_current_snapshot())
             order by e.txid, e.seq limit 500",
            place,
        ),
        tx.find::<(String, i64)>(
            "select e.txid::text, e.seq from spine.events e where (e.txid, e.seq) > ($1::text::xid8, $2)
             order by e.txid desc, e.seq desc limit 1",
            place,
        ),
    );
    let (events, newest) = (events?, newest?);
    let Some((.., txid, seq, _)) = events.last().cloned() else {
        return Ok(Step { events: 0, held_back: newest.is_some() });
    };
    let jobs = jobs(listeners, &events)?;
    if !jobs.names.is_empty() {
        tx.query::<rapport_db::Row>(
            "with put as (
               insert into queue.jobs (workspace_id, name, payload, key, max_attempts)
               select j.*, 12 from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[]) as j
               on conflict do nothing returning 1)
             select pg_notify('queue', '') from (select count(*) from put) as counted",
            &[&jobs.workspaces, &jobs.names, &jobs.payloads, &jobs.keys],
        )
        .await?;
    }
    tx.execute(
        "update spine.relay set txid = $2::text::xid8, seq = $3 where name = $1",
        &[&CURSOR, &txid, &seq],
    )
    .await?;
    tx.commit().await?;
    metrics::counter!("relay_events_total").increment(events.len() as u64);
    // What came in with an import happened long ago, and elsewhere.
    if let Some((_, _, _, at, _, _, true)) = events.last() {
        metrics::histogram!("relay_lag_seconds")
            .record(app.clock.now().duration_since(*at).as_secs_f64().max(0.0));
    }
    Ok(Step { events: events.len(), held_back: newest.is_some_and(|newest| newest != (txid, seq)) })
}

#[derive(Default)]
struct Jobs {
    workspaces: Vec<WorkspaceId>,
    names: Vec<String>,
    payloads: Vec<Value>,
    keys: Vec<String>,
}

fn jobs(
    listeners: &[Listener],
    events: &[(WorkspaceId, Uuid, String, Timestamp, String, i64, bool)],
) -> Result<Jobs> {
    let mut jobs = Jobs::default();
    let here = events.iter().filter(|(.., happened_here)| *happened_here);
    for (workspace, id, kind, at, ..) in here {
        for listener in listeners.iter().filter(|listener| listener.hears(kind)) {
            jobs.workspaces.push(*workspace);
            jobs.names.push(listener.job_name());
            jobs.payloads.push(serde_json::to_value(Delivery { event: *id, at: *at })?);
            jobs.keys.push(id.to_string());
        }
    }
    Ok(jobs)
}

/// Passes events on until told to stop.
pub(crate) async fn keep_on(app: App, listeners: Vec<Listener>, mut wake: Wake, stop: CancellationToken) {
    let mut registered = false;
    while !stop.is_cancelled() {
        let stepped = async {
            if !registered {
                register(&app).await?;
            }
            step(&app, &listeners).await
        };
        let pause = match stepped.await {
            Ok(step) => {
                registered = true;
                match step {
                    Step { events: BATCH.., .. } => continue,
                    Step { held_back: true, .. } => Some(Duration::from_millis(20)),
                    Step { .. } => None,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the relay of events stumbled");
                Some(Duration::from_secs(1))
            }
        };
        let rest = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => wake.next().await,
            }
        };
        tokio::select! {
            () = rest => {}
            () = stop.cancelled() => {}
        }
    }
}
