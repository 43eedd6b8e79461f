//! When a deliverable is approved, those on its project hear of it.

use notifications::{NewNotice, notify};
use projects::{DeliverableApproved, PROJECTS_MANAGE};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.deliverable_approved_tell_team", &["deliverable.approved"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let approved: DeliverableApproved = event.read()?;
    let notice = NewNotice {
        to: people::of_project(tx, approved.project_id, &event, PROJECTS_MANAGE).await?,
        kind: kinds::APPROVED,
        title: format!("{} approved {}", approved.decided_by, approved.title),
        body: approved.comment,
        href: format!("deliverables/{}", approved.deliverable_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
