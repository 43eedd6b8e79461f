//! Portals over the API.

use axum::response::Response;
use conversations::{Message, NewMessage};
use jiff::Timestamp;
use rapport_base::{Cursor, Limit, Page, Refusal, Result, Total};
use rapport_db::TenantTx;
use rapport_web::{Cx, IfMatch, Json, Query, created, versioned};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{NewPortal, Portal, PortalChange, PortalId, PortalView, actions, store};
use crate::visits::store::{AccessRow, log_list};

/// Which portals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `draft`, `active` or `archived`; all but archived when left out.
    pub(crate) status: Option<String>,
    /// Of one client.
    pub(crate) client_id: Option<Uuid>,
    /// Beginning of the title or the client's name.
    pub(crate) search: Option<String>,
    /// Rows on the page, 1 to 200.
    pub(crate) limit: Option<u32>,
    /// Cursor of the page before.
    pub(crate) after: Option<String>,
    /// A dialog of the page.
    #[param(ignore)]
    pub(crate) dialog: Option<String>,
}

/// Where in a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// Rows on the page, 1 to 200.
    limit: Option<u32>,
    /// Cursor of the page before.
    after: Option<String>,
}

/// A message to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PortalMessageInput)]
pub struct MessageInput {
    /// What it says.
    content: String,
    /// Only the team reads it.
    #[serde(default)]
    is_internal: bool,
}

/// GET /api/portals
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<PortalView>>> {
    let tx = cx.read().await?;
    Ok(axum::Json(page_of(&cx, &tx, &query).await?.map(PortalView::from)))
}

/// POST /api/portals
pub async fn create(cx: Cx, Json(input): Json<NewPortal>) -> Result<Response> {
    let id = actions::create(&cx, input).await?;
    let tx = cx.read().await?;
    Ok(created(&format!("/api/portals/{id}"), &PortalView::from(store::get(&tx, id).await?)))
}

/// GET /api/portals/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let portal = actions::seen(&cx, &tx, cx.id("id")?).await?;
    let version = portal.version;
    Ok(versioned(&PortalView::from(portal), version))
}

/// PATCH /api/portals/{id}
pub async fn update(cx: Cx, IfMatch(version): IfMatch, Json(change): Json<PortalChange>) -> Result<Response> {
    let portal = actions::update(&cx, cx.id("id")?, change, version).await?;
    let version = portal.version;
    Ok(versioned(&PortalView::from(portal), version))
}

/// GET /api/portals/{id}/messages
pub async fn messages(cx: Cx, Query(query): Query<MessagesQuery>) -> Result<axum::Json<Page<Message>>> {
    let (limit, before) = place(&query)?;
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (seen, thread, rows) = futures::join!(
        actions::seen(&cx, &tx, id),
        conversations::of_portal(&tx, id.uuid(), cx.member.id),
        conversations::list_for_portal(&tx, id.uuid(), before, limit.fetch()),
    );
    seen?;
    let total = Total::capped(thread?.map_or(0, |thread| thread.message_count.into()));
    Ok(axum::Json(Page::cut(rows?, limit, total, |row| Cursor::pack(&(row.created_at, row.id)))))
}

/// POST /api/portals/{id}/messages
pub async fn send_message(cx: Cx, Json(input): Json<MessageInput>) -> Result<Response> {
    let id: PortalId = cx.id("id")?;
    let tx = cx.begin().await?;
    let portal = actions::seen(&cx, &tx, id).await?;
    let conversation =
        conversations::open_for_portal_in(&tx, id.uuid(), portal.client_id, &portal.title).await?;
    let message = NewMessage {
        conversation,
        body: input.content,
        is_internal: input.is_internal,
        attachments: Vec::new(),
    };
    let written = conversations::post_in(&tx, message).await?;
    let newest = conversations::list(&tx, conversation, None, 50).await?;
    tx.commit().await?;
    let message = newest.into_iter().find(|message| message.id == written).ok_or_else(Refusal::not_found)?;
    Ok(created(&format!("/api/portals/{id}/messages"), &message))
}

/// GET /api/portals/{id}/activity
pub async fn activity(cx: Cx, Query(query): Query<MessagesQuery>) -> Result<axum::Json<Page<AccessRow>>> {
    let (limit, before) = place(&query)?;
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (seen, rows) = futures::join!(actions::seen(&cx, &tx, id), log_list(&tx, id, before, limit.fetch()));
    seen?;
    let rows = rows?;
    let total = Total::exact(i64::try_from(rows.len().min(limit.rows())).unwrap_or(i64::MAX));
    let mut page = Page::cut(rows, limit, total, |row| Cursor::pack(&(row.at, row.id)));
    page.total_is_at_least = page.next.is_some();
    Ok(axum::Json(page))
}

fn place(query: &MessagesQuery) -> Result<(Limit, Option<(Timestamp, Uuid)>)> {
    Ok((Limit::try_new(query.limit)?, query.after.as_deref().map(Cursor::unpack).transpose()?))
}

/// A page of the portals a member may see.
pub(crate) async fn page_of(cx: &Cx, tx: &TenantTx, query: &ListQuery) -> Result<Page<Portal>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(Timestamp, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    if query.status.as_deref().is_some_and(|status| !matches!(status, "draft" | "active" | "archived")) {
        return Err(Refusal::field("status", "unknown", "Choose draft, active or archived.").into());
    }
    let filter = store::Filter {
        status: query.status.clone(),
        client_id: query.client_id,
        search: query.search.clone(),
    };
    let (rows, total) = store::list(tx, actions::reach(cx), &filter, after, limit).await?;
    Ok(Page::cut(rows, limit, total, |row| Cursor::pack(&(row.created_at, row.id))))
}
