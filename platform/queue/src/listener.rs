//! Who listens to events.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use rapport_base::{Error, Result};
use rapport_db::{EventRecord, Params, TenantTx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{JobCx, JobInfo, Outcome, rules};

/// An `async fn(JobCx, EventRecord, &TenantTx) -> Result<()>`.
pub trait Listen<'a>: Send + Sync {
    /// Its future.
    type Future: Future<Output = Result<()>> + Send + 'a;
    /// Calls it.
    fn call(&self, cx: JobCx, event: EventRecord, tx: &'a TenantTx) -> Self::Future;
}

impl<'a, F, Fut> Listen<'a> for F
where
    F: Fn(JobCx, EventRecord, &'a TenantTx) -> Fut + Send + Sync,
    Fut: Future<Output = Result<()>> + Send + 'a,
{
    type Future = Fut;
    fn call(&self, cx: JobCx, event: EventRecord, tx: &'a TenantTx) -> Fut {
        self(cx, event, tx)
    }
}

type ListenerFn =
    Arc<dyn for<'a> Fn(JobCx, EventRecord, &'a TenantTx) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// What an event makes someone do: one background job per event, whose work
/// and whose note that it happened share one transaction. What it writes
/// through that transaction is written once.
#[derive(Clone)]
pub struct Listener {
    /// Frozen name, unique in the house.
    pub name: &'static str,
    /// Kinds of events: whole names, beginnings that end with a dot (`deal.`), or `*`.
    pub kinds: &'static [&'static str],
    run: ListenerFn,
}

impl Listener {
    /// A listener from an `async fn(JobCx, EventRecord, &TenantTx) -> Result<()>`.
    pub fn new<F>(name: &'static str, kinds: &'static [&'static str], run: F) -> Self
    where
        F: for<'a> Listen<'a> + 'static,
    {
        Self { name, kinds, run: Arc::new(move |cx, event, tx| run.call(cx, event, tx).boxed()) }
    }

    /// Whether it listens to that kind.
    #[must_use]
    pub fn hears(&self, kind: &str) -> bool {
        self.kinds.iter().any(|pattern| rules::hears(pattern, kind))
    }

    pub(crate) fn job_name(&self) -> String {
        format!("on:{}", self.name)
    }

    /// The job that delivers one event to it.
    pub(crate) fn job(&self) -> JobInfo {
        let listener = self.clone();
        JobInfo {
            name: self.job_name(),
            time_limit: Duration::from_secs(60),
            run: Arc::new(move |cx, payload| {
                let listener = listener.clone();
                async move { listener.deliver(cx, serde_json::from_value(payload)?).await }.boxed()
            }),
        }
    }

    async fn deliver(&self, cx: JobCx, delivery: Delivery) -> Result<Outcome> {
        let tx = cx.begin().await?;
        let (workspace, id, at) = (tx.workspace(), delivery.event, delivery.at);
        let (noting, finding): (Params, Params) = (&[&workspace, &id, &self.name], &[&workspace, &id, &at]);
        let (noted, event) = futures::join!(
            tx.execute(
                "insert into spine.deliveries (workspace_id, event_id, listener, done_at)
                 values ($1, $2, $3, now()) on conflict do nothing",
                noting,
            ),
            tx.find::<EventRecord>(
                "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id,
                   actor_kind, actor_id, actor_name, payload, at
                 from spine.events where workspace_id = $1 and id = $2 and at = $3",
                finding,
            ),
        );
        let event = event?;
        if noted? == 0 {
            return Ok(Outcome::Done);
        }
        let event = event.ok_or_else(|| Error::message(format!("event {id} is not in the spine")))?;
        (self.run)(cx, event, &tx).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// The payload of a listener's job.
#[derive(Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub event: Uuid,
    pub at: Timestamp,
}
