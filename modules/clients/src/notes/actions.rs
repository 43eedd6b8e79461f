//! What is done with notes.

use rapport_base::{Refusal, Result, text};
use rapport_web::{Cx, validate};

use super::{NewNote, Note, NoteId, store};
use crate::{
    CLIENTS_DELETE, ClientId, NoteAdded,
    clients::{access, actions::member, store::touch},
    contacts,
};

/// Writes a note down.
///
/// # Errors
/// Invalid; the client is not theirs to see.
pub async fn create(cx: &Cx, client: ClientId, input: NewNote) -> Result<Note> {
    validate(&input)?;
    let Some(body) = text::clean(&input.body) else {
        return Err(Refusal::field("body", "required", "Write something down first.").into());
    };
    let tx = cx.begin().await?;
    access::require_visible(cx, &tx, client).await?;
    if let Some(contact) = input.contact_id
        && contacts::find(&tx, contact).await?.is_none_or(|found| found.client_id != client)
    {
        return Err(Refusal::field("contact_id", "unknown", "Choose a contact of this client.").into());
    }
    let occurred_at = input.occurred_at.unwrap_or_else(|| tx.now());
    if occurred_at > tx.now() {
        return Err(Refusal::field("occurred_at", "in_future", "This lies in the future.").into());
    }
    let (id, kind) = (NoteId::new(), input.kind.unwrap_or_default().as_str());
    let row = store::Row {
        id,
        client,
        contact: input.contact_id,
        kind,
        body: &body,
        author: member(&tx),
        occurred_at,
    };
    store::create(&tx, row).await?;
    touch(&tx, client, occurred_at).await?;
    tx.publish(&NoteAdded { note_id: id.uuid(), client_id: client.uuid(), note_kind: kind.into() });
    let note = store::get(&tx, id).await?;
    tx.commit().await?;
    Ok(note)
}

/// Removes a note: one's own, or any for those who may delete.
///
/// # Errors
/// Not found; forbidden.
pub async fn delete(cx: &Cx, id: NoteId) -> Result<Note> {
    let tx = cx.begin().await?;
    let note = store::get(&tx, id).await?;
    access::require_visible(cx, &tx, note.client_id).await?;
    if note.author_id != Some(cx.member.id) {
        cx.require(CLIENTS_DELETE)?;
    }
    store::delete(&tx, id).await?;
    tx.commit().await?;
    Ok(note)
}
