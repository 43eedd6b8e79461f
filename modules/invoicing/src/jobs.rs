//! Work after the answer went out.

use jiff::SignedDuration;
use projects::ProjectId;
use rapport_base::{Error, Result};
use rapport_db::App;
use rapport_gateways::stripe::{RefundRequest, StripeError};
use rapport_queue::{Enqueue, Job, JobCx, JobInfo, Outcome, Schedule};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    checkout, documents,
    events::InvoiceOverdue,
    invoices::{InvoiceId, store as invoices},
    payments::{refund, store as payments},
    stripe_events,
};

pub(crate) fn all() -> Vec<JobInfo> {
    vec![
        JobInfo::of::<MakePdf>(),
        JobInfo::of::<NoteOverdue>(),
        JobInfo::of::<ExpireCheckouts>(),
        JobInfo::of::<RefundAtStripe>(),
        JobInfo::of::<WorkOnStripeEvent>(),
    ]
}

pub(crate) fn schedules() -> Vec<Schedule> {
    vec![
        // Days end at another hour in each zone.
        Schedule::new(
            "invoicing.overdue",
            "7 * * * *",
            |cx: JobCx| async move { find_overdue(&cx.app).await },
        )
        .catching_up(),
        Schedule::new("invoicing.sweep", "40 3 * * *", |cx: JobCx| async move {
            let tx = cx.app.db.system().await?;
            stripe_events::store::sweep(&tx, cx.app.clock.now() - SignedDuration::from_hours(24 * 90))
                .await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        }),
    ]
}

async fn find_overdue(app: &App) -> Result<Outcome> {
    // The day is over somewhere up to fourteen hours before it is over in UTC.
    let latest = app.clock.now() + SignedDuration::from_hours(14);
    let tx = app.db.system().await?;
    let day = latest.to_zoned(jiff::tz::TimeZone::UTC).date();
    for (workspace,) in invoices::workspaces_with_due(&tx, day).await? {
        rapport_queue::enqueue_system_for(&tx, workspace, &NoteOverdue {}, Enqueue::key("due")).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

/// Makes and keeps the PDF of an issued invoice.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MakePdf {
    pub invoice_id: InvoiceId,
}

impl Job for MakePdf {
    const NAME: &'static str = "invoicing.make_pdf";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let workspace = cx.workspace.ok_or_else(|| Error::message("an invoice belongs to a workspace"))?;
        documents::ensure(&cx.app, workspace, self.invoice_id).await?;
        Ok(Outcome::Done)
    }
}

/// Tells, once each, that open invoices of a workspace fell due.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NoteOverdue {}

impl Job for NoteOverdue {
    const NAME: &'static str = "invoicing.note_overdue";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        loop {
            let tx = cx.begin().await?;
            let settings = identity::workspaces::get(&tx).await?;
            let today = documents::build::today(&cx.app, &settings.timezone);
            let due = invoices::newly_overdue(&tx, today).await?;
            if due.is_empty() {
                return Ok(Outcome::Done);
            }
            let ids: Vec<InvoiceId> = due.iter().map(|invoice| invoice.id).collect();
            invoices::set_overdue(&tx, &ids).await?;
            for invoice in due {
                tx.publish(&InvoiceOverdue {
                    invoice_id: invoice.id.uuid(),
                    invoice_number: invoice.title(),
                    client_id: invoice.client_id.uuid(),
                    project_id: invoice.project_id.map(ProjectId::uuid),
                    total_cents: invoice.total_cents,
                    currency: invoice.currency.to_string(),
                    due_date: invoice.due_date.unwrap_or(today),
                    open_cents: invoice.open_cents(),
                });
            }
            tx.commit().await?;
        }
    }
}

/// Closes the checkout pages of an invoice on which nobody should pay any more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExpireCheckouts {
    pub invoice_id: InvoiceId,
}

impl Job for ExpireCheckouts {
    const NAME: &'static str = "invoicing.expire_checkouts";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        let (pages, stripe) = (
            checkout::store::to_expire(&tx, self.invoice_id).await?,
            checkout::actions::stripe(&cx.app, &tx).await?,
        );
        drop(tx);
        let Some((stripe, _)) = stripe else { return Ok(Outcome::Done) };
        for page in pages {
            let Some(session) = &page.provider_session_id else { continue };
            match stripe.expire_checkout(session, &format!("expire-{session}")).await {
                Err(error) if error.is_temporary() => return Err(Error::bug(error)),
                // Paid or over already: its event says which.
                Err(_) => {}
                Ok(_) => {
                    let tx = cx.begin().await?;
                    checkout::store::end(&tx, page.id, "expired", None).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(Outcome::Done)
    }
}

/// Has Stripe give money back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RefundAtStripe {
    pub refund_id: Uuid,
}

impl Job for RefundAtStripe {
    const NAME: &'static str = "invoicing.refund_at_stripe";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        let Some(pending) = payments::find_pending_refund(&tx, self.refund_id).await? else {
            return Ok(Outcome::Done);
        };
        let stripe = checkout::actions::stripe(&cx.app, &tx).await?;
        drop(tx);
        let Some((stripe, _)) = stripe else {
            return Ok(Outcome::GiveUp("Stripe is not set up any more".into()));
        };
        let request = RefundRequest {
            payment_intent: pending.provider_payment_id,
            amount_cents: Some(pending.amount_cents),
            reason: Some("requested_by_customer".into()),
            ..RefundRequest::default()
        };
        let made = stripe.create_refund(&request, &format!("refund-{}", self.refund_id)).await;
        let tx = cx.begin().await?;
        match made {
            Ok(made) => payments::end_refund(&tx, self.refund_id, "succeeded", Some(&made.id), None).await?,
            Err(error) if error.is_temporary() || matches!(error, StripeError::Auth(_)) => {
                return Err(Error::bug(error));
            }
            Err(error) => {
                // Nothing went back: what was taken is the client's credit again.
                payments::end_refund(&tx, self.refund_id, "failed", None, Some(&error.to_string())).await?;
                let payment = refund::lock(&tx, pending.payment_id).await?;
                refund::give_up_in(&tx, &payment, pending.amount_cents).await?;
            }
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Works on a stored event of Stripe.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkOnStripeEvent {
    pub event_id: String,
}

impl Job for WorkOnStripeEvent {
    const NAME: &'static str = "invoicing.work_on_stripe_event";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        stripe_events::actions::work_on(&cx.app, &self.event_id).await
    }
}
