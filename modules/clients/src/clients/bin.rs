//! The bin: clients of the last 30 days that can still come back.

use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{Client, access, store};

/// Clients in the bin that the member may see, the latest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list(cx: &Cx, tx: &TenantTx) -> Result<Vec<Client>> {
    let (rows, reach) = futures::join!(store::bin(tx), access::reach(cx, tx));
    let reach = reach?;
    let may_see = |client: &Client| {
        reach
            .as_ref()
            .is_none_or(|r| client.owner_id == Some(cx.member.id) || r.clients.contains(&client.id.uuid()))
    };
    Ok(rows?.into_iter().filter(may_see).map(|client| access::shown(cx, client)).collect())
}
