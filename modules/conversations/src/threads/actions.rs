//! What is done with threads.

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;
use uuid::Uuid;

use super::{ConversationId, store};
use crate::access;

/// The thread of a portal, opened when there is none yet.
///
/// # Errors
/// A bug when the database refuses.
pub async fn open_for_portal_in(
    tx: &TenantTx,
    portal: Uuid,
    client: Uuid,
    subject: &str,
) -> Result<ConversationId> {
    store::open_for_portal(tx, portal, client, subject).await
}

/// Closes a thread, or opens it again. A new message of the client opens it by itself.
pub(crate) async fn set_status(cx: &Cx, id: ConversationId, status: &str) -> Result<()> {
    let status = match status {
        "open" => "open",
        "closed" => "closed",
        _ => return Err(Refusal::field("status", "unknown", "Choose open or closed.").into()),
    };
    let tx = cx.begin().await?;
    access::seen(cx, &tx, id).await?;
    store::set_status(&tx, id, status).await?;
    tx.commit().await
}
