//! Messages over the API.

use axum::response::Response;
use jiff::Timestamp;
use rapport_base::{Cursor, Limit, Page, Result, Total};
use rapport_db::TenantTx;
use rapport_web::{Cx, Json, Query, created};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Message, MessageId, NewMessage, actions, store};
use crate::{ConversationId, access};

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Rows on the page, 1 to 200.
    limit: Option<u32>,
    /// Cursor of the page before.
    after: Option<String>,
}

/// A message to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageInput {
    /// What it says.
    #[schema(max_length = 10_000)]
    content: String,
    /// Only the team reads it.
    #[serde(default)]
    is_internal: bool,
}

/// What of a message may change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageChange {
    /// What it says.
    content: String,
}

/// GET /api/conversations/{id}/messages
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Message>>> {
    let id: ConversationId = cx.id("id")?;
    let limit = Limit::try_new(query.limit)?;
    let before: Option<(Timestamp, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let tx = cx.read().await?;
    let (thread, rows) =
        futures::join!(access::seen(&cx, &tx, id), store::list(&tx, id, before, limit.fetch()));
    let total = Total::capped(thread?.message_count.into());
    Ok(axum::Json(Page::cut(rows?, limit, total, |row| Cursor::pack(&(row.created_at, row.id)))))
}

/// POST /api/conversations/{id}/messages
pub async fn create(cx: Cx, Json(input): Json<MessageInput>) -> Result<Response> {
    let tx = cx.begin().await?;
    let thread = access::seen(&cx, &tx, cx.id("id")?).await?;
    let message = NewMessage {
        conversation: thread.id,
        body: input.content,
        is_internal: input.is_internal,
        attachments: Vec::new(),
    };
    let id = actions::post_in(&tx, message).await?;
    let message = one(&tx, thread.id, id).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/conversations/{}/messages", thread.id), &message))
}

/// PATCH /api/messages/{id}
pub async fn update(cx: Cx, Json(input): Json<MessageChange>) -> Result<axum::Json<Message>> {
    let id: MessageId = cx.id("id")?;
    let tx = cx.begin().await?;
    let conversation = actions::edit_in(&tx, id, &input.content).await?;
    let message = one(&tx, conversation, id).await?;
    tx.commit().await?;
    Ok(axum::Json(message))
}

/// One message of a thread's newest.
async fn one(tx: &TenantTx, conversation: ConversationId, id: MessageId) -> Result<Message> {
    let newest = store::list(tx, conversation, None, 200).await?;
    newest
        .into_iter()
        .find(|message| message.id == id)
        .ok_or_else(|| rapport_base::Refusal::not_found().into())
}
