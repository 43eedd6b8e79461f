//! Which member may see which thread. This module knows portals only by id; the portal
//! module says which of them a member works on.

use futures::future::BoxFuture;
use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;
use uuid::Uuid;

use crate::{CONVERSATIONS_READ_ALL, Conversation, ConversationId, threads::store};

/// The portals a member works on. One of the parts, put in by the portal module.
#[derive(Clone, Copy)]
pub struct VisiblePortals(pub for<'a> fn(&'a Cx, &'a TenantTx) -> BoxFuture<'a, Result<Vec<Uuid>>>);

/// The portals whose threads the member may see; `None` means all threads.
pub(crate) async fn visible_portals(cx: &Cx, tx: &TenantTx) -> Result<Option<Vec<Uuid>>> {
    if cx.may(CONVERSATIONS_READ_ALL) {
        return Ok(None);
    }
    match cx.app.parts.find::<VisiblePortals>() {
        Some(VisiblePortals(portals)) => portals(cx, tx).await.map(Some),
        None => Ok(Some(Vec::new())),
    }
}

/// A thread that the member may see.
pub(crate) async fn seen(cx: &Cx, tx: &TenantTx, id: ConversationId) -> Result<Conversation> {
    let (thread, visible) = futures::join!(store::get(tx, id, cx.member.id), visible_portals(cx, tx));
    let (thread, visible) = (thread?, visible?);
    let mine = thread.assigned_to == Some(cx.member.id.uuid());
    let in_sight =
        visible.is_none_or(|portals| thread.portal_id.is_some_and(|portal| portals.contains(&portal)));
    if mine || in_sight { Ok(thread) } else { Err(Refusal::not_found().into()) }
}
