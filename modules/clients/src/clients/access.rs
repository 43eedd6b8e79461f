//! Who sees which clients.

use rapport_base::{MemberId, Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{Client, ClientId, store};
use crate::{
    CLIENTS_READ_ALL, CLIENTS_REVENUE, ClientReaches, Contact, ContactId, Reach, contacts::store as contacts,
};

/// What the member works on; `None` for those who see every client.
///
/// # Errors
/// A bug when the database refuses.
pub async fn reach(cx: &Cx, tx: &TenantTx) -> Result<Option<Reach>> {
    if cx.may(CLIENTS_READ_ALL) {
        return Ok(None);
    }
    let mut all = Reach::default();
    for part in &cx.app.parts.find::<ClientReaches>().unwrap_or_default().0 {
        let reach = part.0(tx, cx.member.id).await?;
        all.clients.extend(reach.clients);
        all.projects.extend(reach.projects);
    }
    Ok(Some(all))
}

/// A client the member may see, with what they may know of it.
///
/// # Errors
/// Not found, also when it is not theirs to see.
pub async fn visible(cx: &Cx, tx: &TenantTx, id: ClientId) -> Result<Client> {
    let (client, reach) = futures::join!(store::get(tx, id), reach(cx, tx));
    let client = client?;
    require_reach(cx, id, client.owner_id, reach?.as_ref())?;
    Ok(shown(cx, client))
}

/// A contact of a client the member may see.
///
/// # Errors
/// Not found, also when the client is not theirs to see.
pub(crate) async fn visible_contact(cx: &Cx, tx: &TenantTx, id: ContactId) -> Result<Contact> {
    let (contact, owner, reach) =
        futures::join!(contacts::get(tx, id), contacts::client_owner(tx, id), reach(cx, tx));
    let contact = contact?;
    require_reach(cx, contact.client_id, owner?, reach?.as_ref())?;
    Ok(contact)
}

/// Refuses a client that the member neither looks after nor works for.
fn require_reach(cx: &Cx, id: ClientId, owner: Option<MemberId>, reach: Option<&Reach>) -> Result<()> {
    match reach {
        Some(reach) if owner != Some(cx.member.id) && !reach.clients.contains(&id.uuid()) => {
            Err(Refusal::not_found().into())
        }
        _ => Ok(()),
    }
}

/// Refuses those who may not see the client.
///
/// # Errors
/// Not found.
pub async fn require_visible(cx: &Cx, tx: &TenantTx, id: ClientId) -> Result<()> {
    visible(cx, tx, id).await.map(drop)
}

/// The client as this member may see it: money only for those who may, the currency always named.
pub(crate) fn shown(cx: &Cx, mut client: Client) -> Client {
    client.currency = Some(store::currency(&client, cx.workspace().currency));
    if !cx.may(CLIENTS_REVENUE) {
        client.total_revenue_cents = None;
        client.hourly_rate_cents = None;
    }
    client
}
