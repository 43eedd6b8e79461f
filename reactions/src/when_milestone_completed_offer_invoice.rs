//! When a milestone with an amount is reached, those who write invoices are offered to bill it.

use invoicing::INVOICES_CREATE;
use notifications::{NewNotice, To, notify};
use projects::MilestoneCompleted;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::{Locale, money};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.milestone_completed_offer_invoice", &["milestone.completed"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let reached: MilestoneCompleted = event.read()?;
    let Some(amount) = reached.amount_cents.filter(|amount| *amount > 0) else { return Ok(()) };
    let notice = NewNotice {
        to: To::PermissionBut(INVOICES_CREATE, people::actor(&event)),
        kind: kinds::MILESTONE,
        title: format!(
            "{} is reached: {} to bill",
            reached.title,
            money(amount, &reached.currency, Locale::default())
        ),
        body: format!("Milestone of {}. Draft the invoice now.", reached.project_name),
        href: format!("invoices/new?client_id={}&project_id={}", reached.client_id, reached.project_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
