//! What pulse does in the background.

use clients::ClientId;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{Enqueue, Job, JobCx, JobInfo, Listener, Outcome, Schedule, enqueue, enqueue_system_for};
use serde::{Deserialize, Serialize};

use crate::{
    Cause,
    health::{actions::recalculate_in, store},
};

/// Clients calculated in one transaction.
const BATCH: i64 = 200;

/// What happens to a client and bears on its health.
const KINDS: &[&str] = &[
    "invoice.issued",
    "invoice.paid",
    "invoice.partially_paid",
    "invoice.voided",
    "invoice.overdue",
    "payment.recorded",
    "payment.refunded",
    "message.sent",
    "note.added",
    "feedback.given",
    "portal.visited",
    "portal.link_created",
    "project.created",
    "project.updated",
    "project.status_changed",
    "task.created",
    "task.updated",
    "task.completed",
    "task.deleted",
    "milestone.created",
    "milestone.updated",
    "milestone.completed",
    "deliverable.submitted",
    "deliverable.approved",
    "deliverable.revision_requested",
    "time.logged",
    "time.updated",
    "time.deleted",
    "timesheet.approved",
    "expense.approved",
    "contact.created",
    "client.restored",
    "client.stage_changed",
];

/// Calculates the health of one client. Many events at once make one calculation.
#[derive(Serialize, Deserialize)]
pub(crate) struct Recalculate {
    client_id: ClientId,
    cause: Cause,
}

impl Job for Recalculate {
    const NAME: &'static str = "pulse.recalculate";
    fn queue(&self) -> Option<String> {
        Some(format!("pulse:{}", self.client_id))
    }
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        recalculate_in(&tx, &[self.client_id], self.cause).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Calculates the health of every client of a workspace.
#[derive(Serialize, Deserialize)]
pub(crate) struct RecalculateAll {
    pub cause: Cause,
}

impl Job for RecalculateAll {
    const NAME: &'static str = "pulse.recalculate_all";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let mut after = None;
        loop {
            let tx = cx.begin().await?;
            let clients: Vec<ClientId> =
                store::served(&tx, after, BATCH).await?.into_iter().map(|(id,)| id).collect();
            let Some(last) = clients.last() else { return Ok(Outcome::Done) };
            after = Some(*last);
            recalculate_in(&tx, &clients, self.cause).await?;
            tx.commit().await?;
        }
    }
}

async fn when_it_bears_on_health(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let client = match (event.client_id, event.project_id) {
        (Some(client), _) => Some(client.into()),
        (None, Some(project)) => store::client_of_project(tx, project).await?.map(|(client,)| client),
        (None, None) => None,
    };
    let Some(client_id) = client else { return Ok(()) };
    let job = Recalculate { client_id, cause: Cause::Event(event.id) };
    enqueue(tx, &job, Enqueue::key(client_id.to_string())).await
}

/// The daily look at every client of every workspace.
async fn daily(cx: JobCx) -> Result<Outcome> {
    let tx = cx.app.db.system().await?;
    for (workspace,) in store::workspaces(&tx).await? {
        let job = RecalculateAll { cause: Cause::Daily };
        enqueue_system_for(&tx, workspace, &job, Enqueue::key("daily").priority(10)).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// All of them.
pub(crate) fn all() -> Vec<JobInfo> {
    vec![JobInfo::of::<Recalculate>(), JobInfo::of::<RecalculateAll>()]
}

/// What the clock starts.
pub(crate) fn schedules() -> Vec<Schedule> {
    vec![Schedule::new("pulse.daily", "15 2 * * *", daily).catching_up()]
}

/// Who listens to what.
pub(crate) fn listeners() -> Vec<Listener> {
    vec![Listener::new("pulse.recalculate", KINDS, when_it_bears_on_health)]
}
