//! What is done with messages.

use files::{NewFile, Purpose, Visibility};
use rapport_base::{Refusal, Result};
use rapport_db::{ActorKind, TenantTx};
use uuid::Uuid;

use super::{MessageId, NewMessage, rules, store};
use crate::{ConversationId, MessageRead, MessageSent, Reader, threads};

/// Writes a message within the caller's transaction, in the name of whoever it acts for.
///
/// # Errors
/// Nothing was written; too long; not found.
pub async fn post_in(tx: &TenantTx, message: NewMessage) -> Result<MessageId> {
    let body = rules::body(&message.body, message.attachments.len())?;
    let excerpt = rules::excerpt(&body, message.attachments.len());
    let origin = tx.origin().clone();
    let is_internal = message.is_internal && origin.kind != ActorKind::Guest;
    let id = MessageId::new();
    let written = store::Written {
        id,
        conversation: message.conversation,
        body: &body,
        excerpt: &excerpt,
        is_internal,
        by: origin.kind,
        author: origin.id,
        author_name: origin.name.as_deref().unwrap_or("Rapport"),
    };
    let (client_id, portal_id) = store::insert(tx, &written).await?;
    let mut attached: Vec<Uuid> = Vec::new();
    for received in message.attachments {
        let file = NewFile {
            visibility: if is_internal { Visibility::Internal } else { Visibility::Client },
            client_id: Some(client_id),
            portal_id,
            ..NewFile::new(received, Purpose::Attachment)
        };
        attached.push(files::create_in(tx, file).await?.uuid());
    }
    if !attached.is_empty() {
        store::attach(tx, id, &attached).await?;
    }
    if let Some(reader) = reader(tx) {
        threads::store::mark_read(tx, message.conversation, reader).await?;
    }
    tx.publish(&MessageSent {
        message_id: id.uuid(),
        conversation_id: message.conversation.uuid(),
        client_id,
        portal_id,
        by: origin.kind.as_str().into(),
        author_id: origin.id,
        is_internal,
        excerpt,
    });
    Ok(id)
}

/// Changes a message within five minutes of its writing; only its author may.
///
/// # Errors
/// Not found; too late; empty.
pub async fn edit_in(tx: &TenantTx, message: MessageId, typed: &str) -> Result<ConversationId> {
    let author = tx.origin().id.ok_or_else(Refusal::not_found)?;
    let body = rules::body(typed, 0)?;
    let since = tx.now() - rules::EDIT_WINDOW;
    if let Some(conversation) = store::edit(tx, message, author, &body, since).await? {
        return Ok(conversation);
    }
    store::own(tx, message, author).await?.ok_or_else(Refusal::not_found)?;
    Err(Refusal::conflict(
        "conversations.edit_window_over",
        "A message can be changed for five minutes. Write another one instead.",
    )
    .into())
}

/// Notes that a reader has seen everything in a thread so far.
///
/// # Errors
/// A bug when the database refuses.
pub async fn mark_read_in(
    tx: &TenantTx,
    conversation: ConversationId,
    portal: Option<Uuid>,
    reader: Reader,
) -> Result<()> {
    if threads::store::mark_read(tx, conversation, reader).await? > 0 {
        let (by, _) = reader.parts();
        tx.publish(&MessageRead { conversation_id: conversation.uuid(), portal_id: portal, by: by.into() });
    }
    Ok(())
}

fn reader(tx: &TenantTx) -> Option<Reader> {
    let origin = tx.origin();
    match origin.kind {
        ActorKind::Member => origin.id.map(|id| Reader::Member(id.into())),
        ActorKind::Guest => origin.id.map(Reader::Guest),
        ActorKind::System | ActorKind::Provider => None,
    }
}
