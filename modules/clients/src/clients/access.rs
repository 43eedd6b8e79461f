//! Who sees which clients.

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{Client, ClientId, store};
use crate::{CLIENTS_READ_ALL, CLIENTS_REVENUE, ClientReaches, Reach};

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
    match reach? {
        Some(reach) if client.owner_id != Some(cx.member.id) && !reach.clients.contains(&id.uuid()) => {
            Err(Refusal::not_found().into())
        }
        _ => Ok(shown(cx, client)),
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
