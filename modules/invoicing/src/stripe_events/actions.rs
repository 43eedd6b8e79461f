//! Working on what Stripe told us.
//!
//! Events come late, twice and in any order. So an event only says where to look: the state of
//! the payment is fetched from Stripe, and what is already as it should be stays. A payment is
//! unique by its id at Stripe, so the same money is never counted twice.

use rapport_base::{Error, Refusal, Result, WorkspaceId};
use rapport_db::{ActorKind, App, Origin};
use rapport_gateways::stripe::{CheckoutSession, Event, StripeError};
use rapport_queue::{Enqueue, Outcome};
use serde_json::Value;
use uuid::Uuid;

use super::store;
use crate::{
    checkout::{self, store::PayLink},
    events::PaymentDisputed,
    invoices::store as invoices,
    jobs::WorkOnStripeEvent,
    payments::{
        Method,
        actions::{Received, receive_in, require_open},
        refund, store as payments,
    },
};

/// Works on one stored event.
pub(crate) async fn work_on(app: &App, id: &str) -> Result<Outcome> {
    let stored = store::find(&app.db.system().await?, id).await?;
    let Some(stored) = stored.filter(|stored| !stored.is_processed) else { return Ok(Outcome::Done) };
    let event: Event = serde_json::from_slice(&stored.body)?;
    match settle(app, &event).await {
        Ok(workspace) => {
            let tx = app.db.system().await?;
            store::processed(&tx, id, workspace).await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        }
        Err(error) => {
            let tx = app.db.system().await?;
            store::failed(&tx, id, &error.to_string()).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// Has a stored event worked on again.
///
/// # Errors
/// Not found when no such event was stored.
pub async fn replay_stripe_event(app: &App, id: &str) -> Result<()> {
    let tx = app.db.system().await?;
    if !store::reopen(&tx, id).await? {
        return Err(Refusal::not_found().into());
    }
    rapport_queue::enqueue_system(&tx, &WorkOnStripeEvent { event_id: id.to_owned() }, Enqueue::key(id))
        .await?;
    tx.commit().await
}

/// Does what the event asks for; the workspace it was about.
async fn settle(app: &App, event: &Event) -> Result<Option<WorkspaceId>> {
    match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => of_session(app, event).await,
        "charge.refunded" => of_refund(app, &event.data).await,
        "charge.dispute.created" => of_dispute(app, &event.data).await,
        _ => Ok(None),
    }
}

fn by_stripe() -> Origin {
    Origin { kind: ActorKind::Provider, name: Some("Stripe".into()), ..Origin::system() }
}

fn uuid_in(metadata: &Value, name: &str) -> Option<Uuid> {
    metadata.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok())
}

async fn of_session(app: &App, event: &Event) -> Result<Option<WorkspaceId>> {
    let Some(session_id) = event.object_id() else { return Ok(None) };
    // The event may be quicker than our own note of which page it is: then it names the page itself.
    let metadata = event.data.get("metadata").cloned().unwrap_or_default();
    let known = checkout::store::workspace_of_session(&app.db.system().await?, session_id).await?;
    let Some(workspace) = known.or_else(|| uuid_in(&metadata, "workspace_id").map(WorkspaceId::from)) else {
        return Ok(None);
    };
    let tx = app.db.begin(workspace, by_stripe()).await?;
    let page = match checkout::store::find_by_session(&tx, session_id).await? {
        Some(page) => Some(page),
        None => match uuid_in(&metadata, "pay_link_id") {
            Some(id) => checkout::store::lock(&tx, id).await?,
            None => None,
        },
    };
    let stripe = checkout::actions::stripe(app, &tx).await?;
    drop(tx);
    let (Some(page), Some((stripe, _))) = (page, stripe) else { return Ok(None) };
    let session = match stripe.checkout(session_id).await {
        Ok(session) => session,
        Err(StripeError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(Error::bug(error)),
    };
    if session.is_paid() {
        record(app, workspace, page.id, &session).await?;
    } else if session.status.as_deref() == Some("expired") {
        let tx = app.db.begin(workspace, by_stripe()).await?;
        checkout::store::end(&tx, page.id, "expired", None).await?;
        tx.commit().await?;
    }
    Ok(Some(workspace))
}

/// Writes down the money of a paid session, once.
async fn record(app: &App, workspace: WorkspaceId, page: Uuid, session: &CheckoutSession) -> Result<()> {
    let paid_as = session.payment_intent.clone().unwrap_or_else(|| session.id.clone());
    let tx = app.db.begin(workspace, by_stripe()).await?;
    let Some(page) = checkout::store::lock(&tx, page).await? else { return Ok(()) };
    let invoice = invoices::lock(&tx, page.invoice_id).await?;
    if let Some(known) = payments::find_by_provider(&tx, &paid_as).await? {
        checkout::store::completed(&tx, page.id, &session.id, known.id).await?;
        return tx.commit().await;
    }
    let zone = rapport_base::clock::zone(&identity::workspaces::get(&tx).await?.timezone);
    let received = Received {
        amount_cents: amount(session, &page),
        method: Method::Card,
        received_on: app.clock.today(&zone),
        reference: invoice.title(),
        notes: String::new(),
        provider_payment_id: Some(paid_as),
    };
    let payment = if require_open(&invoice).is_ok() {
        receive_in(&tx, app, invoice, received, true).await?
    } else {
        // Paid twice, or void meanwhile: the money is the client's credit.
        crate::payments::actions::receive_as_credit_in(&tx, &invoice, received).await?
    };
    checkout::store::completed(&tx, page.id, &session.id, payment).await?;
    tx.commit().await
}

fn amount(session: &CheckoutSession, page: &PayLink) -> i64 {
    session.amount_total.filter(|cents| *cents > 0).unwrap_or(page.amount_cents)
}

/// Money that went back from Stripe's dashboard: what is not known here yet is taken back.
async fn of_refund(app: &App, charge: &Value) -> Result<Option<WorkspaceId>> {
    let Some(intent) = charge.get("payment_intent").and_then(Value::as_str) else { return Ok(None) };
    let refunded = charge.get("amount_refunded").and_then(Value::as_i64).unwrap_or_default();
    let Some(workspace) = payments::workspace_of(&app.db.system().await?, intent).await? else {
        return Ok(None);
    };
    let tx = app.db.begin(workspace, by_stripe()).await?;
    let Some(found) = payments::find_by_provider(&tx, intent).await? else { return Ok(None) };
    let payment = refund::lock(&tx, found.id).await?;
    let more = (refunded - payment.refunded_cents).min(payment.refundable_cents());
    if more > 0 {
        let row = payments::RefundRow {
            id: Uuid::now_v7(),
            payment: payment.id,
            amount_cents: more,
            reason: "Refunded at Stripe",
            status: "succeeded",
            by: None,
        };
        payments::insert_refund(&tx, &row).await?;
        refund::take_back(&tx, &payment, more, "Refunded at Stripe").await?;
    }
    tx.commit().await?;
    Ok(Some(workspace))
}

async fn of_dispute(app: &App, dispute: &Value) -> Result<Option<WorkspaceId>> {
    let Some(intent) = dispute.get("payment_intent").and_then(Value::as_str) else { return Ok(None) };
    let Some(workspace) = payments::workspace_of(&app.db.system().await?, intent).await? else {
        return Ok(None);
    };
    let tx = app.db.begin(workspace, by_stripe()).await?;
    let Some(payment) = payments::find_by_provider(&tx, intent).await? else { return Ok(None) };
    if payments::set_disputed(&tx, payment.id).await? {
        tx.publish(&PaymentDisputed {
            payment_id: payment.id.uuid(),
            client_id: payment.client_id.uuid(),
            amount_cents: payment.amount_cents,
            currency: payment.currency.to_string(),
        });
    }
    tx.commit().await?;
    Ok(Some(workspace))
}
