//! Opening a page on which an invoice can be paid.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;
use rapport_base::{Error, Kind, Refusal, Result, WorkspaceId};
use rapport_db::{App, Origin, TenantTx};
use rapport_gateways::stripe::{CheckoutRequest, Stripe, StripeError};
use uuid::Uuid;

use super::store::{self, PayLink};
use crate::{
    deliveries::store::{Recipient, link},
    invoices::{Invoice, InvoiceId, store as invoices},
    payments::actions::require_open,
};

/// Stripe's pages close after a day; ours are taken as closed a little earlier.
const LIFE: SignedDuration = SignedDuration::from_hours(23);

/// Stripe, in the workspace's own account if it has one, with the fee of the platform.
pub(crate) async fn stripe(app: &App, tx: &TenantTx) -> Result<Option<(Stripe, i32)>> {
    let Some(stripe) = app.parts.find::<Stripe>() else { return Ok(None) };
    Ok(Some(match store::account(tx).await? {
        Some((account, fee)) => (stripe.in_account(account), fee),
        None => (stripe, 0),
    }))
}

/// Where an invoice can be paid: a page at Stripe, or our own with the bank details.
///
/// # Errors
/// Conflict when nothing is open; busy when Stripe does not answer.
pub(crate) async fn pay_link(
    app: &App,
    workspace: WorkspaceId,
    origin: Origin,
    id: InvoiceId,
) -> Result<String> {
    let tx = app.db.begin(workspace, origin.clone()).await?;
    let invoice = invoices::lock(&tx, id).await?;
    require_open(&invoice)?;
    let Some((stripe, fee)) = stripe(app, &tx).await? else {
        let nobody = Recipient::stranger("");
        let url = link(&tx, app, id, &nobody).await?;
        tx.commit().await?;
        return Ok(url);
    };
    let (page, replaced) = page_in(&tx, &invoice).await?;
    tx.commit().await?;
    if let Some(url) = page.url {
        return Ok(url);
    }
    let request = request(app, workspace, &invoice, &page, fee);
    let key = format!("pay-link-{}", page.id);
    // Both at once: whoever wants to pay waits for one answer of Stripe's and not for two.
    let (opened, ()) = futures::join!(stripe.create_checkout(&request, &key), close(&stripe, replaced));
    let tx = app.db.begin(workspace, origin).await?;
    match opened {
        Ok(session) => {
            let url = session
                .url
                .clone()
                .ok_or_else(|| Error::message("Stripe opened a checkout without a page"))?;
            store::opened(&tx, page.id, &session.id, &url, page.created_at + LIFE).await?;
            tx.commit().await?;
            Ok(url)
        }
        Err(error) if error.is_temporary() => Err(busy(&error)),
        Err(error) => {
            store::end(&tx, page.id, "failed", Some(&error.to_string())).await?;
            tx.commit().await?;
            Err(Error::bug(error))
        }
    }
}

/// Closes a replaced page. Nobody should pay on it any more; that it stands a while longer is no harm.
async fn close(stripe: &Stripe, replaced: Option<String>) {
    let Some(session) = replaced else { return };
    if let Err(error) = stripe.expire_checkout(&session, &format!("expire-{session}")).await {
        tracing::warn!(%error, "a replaced checkout page could not be closed");
    }
}

/// The page to use: the one that is open if it still fits, else a new one; and the session it replaces.
async fn page_in(tx: &TenantTx, invoice: &Invoice) -> Result<(PayLink, Option<String>)> {
    let mut replaced = None;
    if let Some(page) = store::open(tx, invoice.id).await? {
        let ends = page.expires_at.unwrap_or(page.created_at + LIFE);
        if page.amount_cents == invoice.open_cents() && ends > tx.now() {
            return Ok((page, None));
        }
        store::end(tx, page.id, "expired", None).await?;
        replaced = page.provider_session_id;
    }
    let id = Uuid::now_v7();
    store::insert(tx, id, invoice.id, invoice.open_cents(), invoice.currency).await?;
    Ok((store::get(tx, id).await?, replaced))
}

// The same page must be asked for with the same words, or Stripe refuses the repetition:
// nothing random and nothing of the caller is in here.
fn request(
    app: &App,
    workspace: WorkspaceId,
    invoice: &Invoice,
    page: &PayLink,
    fee_bps: i32,
) -> CheckoutRequest {
    let fee = page.amount_cents * i64::from(fee_bps) / 10_000;
    CheckoutRequest {
        name: format!("Invoice {}", invoice.title()),
        amount_cents: page.amount_cents,
        currency: page.currency.to_string(),
        success_url: app.url("/pay/done"),
        cancel_url: app.url("/pay/cancelled"),
        client_reference_id: Some(invoice.id.to_string()),
        application_fee_cents: (fee > 0).then_some(fee),
        metadata: BTreeMap::from([
            ("workspace_id".into(), workspace.to_string()),
            ("invoice_id".into(), invoice.id.to_string()),
            ("pay_link_id".into(), page.id.to_string()),
        ]),
        ..CheckoutRequest::default()
    }
}

fn busy(error: &StripeError) -> Error {
    let again = if let StripeError::Temporary { retry_after, .. } = error {
        *retry_after
    } else {
        Duration::from_secs(20)
    };
    tracing::warn!(%error, "no checkout page");
    Refusal::new(
        Kind::Busy,
        "payments.unavailable",
        "Online payment does not answer at the moment. Try again shortly.",
    )
    .retry_after(again)
    .into()
}
