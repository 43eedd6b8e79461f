//! Looking at an invoice as the client.

use clients::ClientId;
use projects::ProjectId;
use rapport_base::{Refusal, Result};
use rapport_db::{ActorKind, App, Origin, TenantTx};
use rapport_web::security::rate::{Way, attempt};
use uuid::Uuid;

use super::store::{self, Linked};
use crate::{
    events::InvoiceViewed,
    invoices::{Invoice, InvoiceId, store as invoices},
};

/// Trying links.
const LINK: Way = Way::of_tokens("invoice_link");

/// What a token leads to; one that leads nowhere counts as an attempt.
///
/// # Errors
/// Not found when it leads nowhere any more; too many attempts.
pub(crate) async fn linked(app: &App, token: &str, ip: &str) -> Result<Linked> {
    let well_formed = (40..=64).contains(&token.len()) && token.is_ascii();
    let found = if well_formed { store::find_linked(&app.db.system().await?, token).await? } else { None };
    match found {
        Some(linked) => Ok(linked),
        None => {
            attempt(app, &LINK, ip, None).await?;
            Err(Refusal::not_found().into())
        }
    }
}

/// The client behind a link, for the spine.
pub(crate) fn origin(linked: &Linked, client: &str, ip: &str, request: &str) -> Origin {
    Origin {
        kind: ActorKind::Guest,
        id: linked.contact_id,
        name: Some(client.to_owned()),
        on_behalf_of: None,
        ip: Some(ip.to_owned()),
        request_id: Some(request.to_owned()),
    }
}

/// Notes that the client looked at an issued invoice; the first time is told to the team.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn note_in(
    tx: &TenantTx,
    invoice: &Invoice,
    kind: &'static str,
    contact: Option<Uuid>,
    user_agent: &str,
) -> Result<()> {
    let ip = tx.origin().ip.clone();
    store::log(tx, invoice.id, kind, contact, ip.as_deref(), user_agent).await?;
    if invoices::set_viewed(tx, invoice.id).await? {
        tx.publish(&InvoiceViewed {
            invoice_id: invoice.id.uuid(),
            invoice_number: invoice.title(),
            client_id: invoice.client_id.uuid(),
            project_id: invoice.project_id.map(ProjectId::uuid),
            total_cents: invoice.total_cents,
            currency: invoice.currency.to_string(),
        });
    }
    Ok(())
}

/// Notes that a guest of the client's portal looked at an invoice.
///
/// # Errors
/// Not found when it is not one of the client's issued invoices.
pub async fn note_guest_view_in(
    tx: &TenantTx,
    client: ClientId,
    id: InvoiceId,
    contact: Option<Uuid>,
    user_agent: &str,
) -> Result<()> {
    let invoice = invoices::find_of_client(tx, client, id).await?.ok_or_else(Refusal::not_found)?;
    note_in(tx, &invoice, "guest", contact, user_agent).await
}
