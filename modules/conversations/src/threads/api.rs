//! Threads over the API.

use axum::response::Response;
use jiff::Timestamp;
use rapport_base::{Cursor, Limit, Page, Refusal, Result};
use rapport_web::{Cx, Json, Query, nothing};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Conversation, ConversationId, Reader, actions, store};
use crate::{access, messages};

/// Which threads.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `open` or `closed`.
    pub(crate) status: Option<String>,
    /// Of one client.
    pub(crate) client_id: Option<Uuid>,
    /// `true`: only those with something unread.
    pub(crate) unread: Option<bool>,
    /// Rows on the page, 1 to 200.
    pub(crate) limit: Option<u32>,
    /// Cursor of the page before.
    pub(crate) after: Option<String>,
}

/// What of a thread may change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationChange {
    /// `open` or `closed`.
    status: String,
}

/// GET /api/conversations
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Conversation>>> {
    let tx = cx.read().await?;
    page_of(&cx, &tx, &query).await.map(axum::Json)
}

/// GET /api/conversations/{id}
pub async fn show(cx: Cx) -> Result<axum::Json<Conversation>> {
    let tx = cx.read().await?;
    access::seen(&cx, &tx, cx.id("id")?).await.map(axum::Json)
}

/// PATCH /api/conversations/{id}
pub async fn update(cx: Cx, Json(input): Json<ConversationChange>) -> Result<axum::Json<Conversation>> {
    let id: ConversationId = cx.id("id")?;
    actions::set_status(&cx, id, &input.status).await?;
    let tx = cx.read().await?;
    access::seen(&cx, &tx, id).await.map(axum::Json)
}

/// POST /api/conversations/{id}/read
pub async fn read(cx: Cx) -> Result<Response> {
    mark_read(&cx).await?;
    Ok(nothing())
}

/// Notes that the member has read the thread of the path.
pub(crate) async fn mark_read(cx: &Cx) -> Result<()> {
    let tx = cx.begin().await?;
    let thread = access::seen(cx, &tx, cx.id("id")?).await?;
    messages::actions::mark_read_in(&tx, thread.id, thread.portal_id, Reader::Member(cx.member.id)).await?;
    tx.commit().await
}

/// A page of the inbox.
pub(crate) async fn page_of(
    cx: &Cx,
    tx: &rapport_db::TenantTx,
    query: &ListQuery,
) -> Result<Page<Conversation>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(Timestamp, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let status = match query.status.as_deref() {
        None => None,
        Some("open") => Some("open"),
        Some("closed") => Some("closed"),
        Some(_) => return Err(Refusal::field("status", "unknown", "Choose open or closed.").into()),
    };
    let filter =
        store::Filter { status, client_id: query.client_id, unread: query.unread.unwrap_or_default() };
    let visible = access::visible_portals(cx, tx).await?;
    let (rows, total) = store::list(tx, cx.member.id, visible, &filter, after, limit).await?;
    Ok(Page::cut(rows, limit, total, |row| Cursor::pack(&(row.last_message_at, row.id))))
}
