//! Messages in the portal.

use ::files::Limits;
use askama::Template;
use axum::response::Response;
use conversations::{Bubble, BubbleFile, GuestMessage, NewMessage, Reader, bubbles, may_edit};
use jiff::Timestamp;
use rapport_base::{Cursor, Kind, Refusal, Result};
use rapport_db::TenantTx;
use rapport_ui::{FormState, Html, PortalShell, Toast};
use rapport_web::{Form, GuestCx, Query, Upload, page, redirect, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::sight::{Section, Visit};
use crate::portals::rules::Act;

const MESSAGES: i64 = 50;

#[derive(Template)]
#[template(path = "guest/messages.html")]
struct Thread {
    shell: PortalShell,
    bubbles: Html,
    is_empty: bool,
    unread: bool,
    earlier: Option<String>,
    form: FormState,
    may_write: bool,
}

/// Where in the thread.
#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    before: Option<String>,
}

/// GET /portal/{portal_id}/messages
pub async fn show(cx: GuestCx, Query(query): Query<ShowQuery>) -> Result<Response> {
    let before = query.before.as_deref().map(Cursor::unpack).transpose()?;
    page(&thread(&cx, FormState::new(), before).await?)
}

/// POST /portal/{portal_id}/messages
pub async fn post(cx: GuestCx, mut upload: Upload) -> Result<Response> {
    match write(&cx, &mut upload).await {
        Ok(()) => Ok(redirect(&cx.path("messages"))),
        Err(error) => {
            let form = upload.form().rejected(error)?;
            rejected(&thread(&cx, form, None).await?)
        }
    }
}

/// POST /portal/{portal_id}/messages/read
pub async fn read(cx: GuestCx) -> Result<Response> {
    mark_read(&cx).await?;
    Ok(redirect(&cx.path("messages")))
}

/// POST /portal/{portal_id}/messages/{id}
pub async fn edit(cx: GuestCx, form: Form) -> Result<Response> {
    let back = cx.path("messages");
    let visit = Visit::act(&cx, Section::Messages, Act::Comment).await?;
    match conversations::edit_in(&visit.tx, cx.id("id")?, form.value("content")).await {
        Ok(_) => {
            visit
                .log("changed_message", Some(("message", cx.id::<conversations::MessageId>("id")?.uuid())))
                .await?;
            visit.done().await?;
            Ok(redirect_with(&back, Toast::success("Message changed.")))
        }
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.kind != Kind::NotFound => {
                Ok(redirect_with(&back, Toast::error(&refusal.message)))
            }
            _ => Err(error),
        },
    }
}

/// Writes a message of a guest.
pub(crate) async fn send(
    cx: &GuestCx,
    content: String,
    attachments: Vec<::files::Received>,
) -> Result<conversations::MessageId> {
    let visit = Visit::act(cx, Section::Messages, Act::Comment).await?;
    let title = visit.sight.title.clone();
    let conversation =
        conversations::open_for_portal_in(&visit.tx, cx.guest.portal_id, cx.guest.client_id, &title).await?;
    let id = conversations::post_in(
        &visit.tx,
        NewMessage { conversation, body: content, is_internal: false, attachments },
    )
    .await?;
    visit.log("wrote", Some(("message", id.uuid()))).await?;
    visit.done().await?;
    Ok(id)
}

/// Notes that the guest has read the thread.
pub(crate) async fn mark_read(cx: &GuestCx) -> Result<()> {
    let contact = cx.guest.contact_id.ok_or_else(|| {
        Refusal::new(
            Kind::Forbidden,
            "portal.preview",
            "You are looking as this client: nothing can be changed here.",
        )
    })?;
    let tx = cx.begin().await?;
    if let Some(conversation) = conversations::find_for_portal(&tx, cx.guest.portal_id).await? {
        conversations::mark_read_in(&tx, conversation, Some(cx.guest.portal_id), Reader::Guest(contact))
            .await?;
    }
    tx.commit().await
}

async fn write(cx: &GuestCx, upload: &mut Upload) -> Result<()> {
    drop(Visit::act(cx, Section::Messages, Act::Comment).await?);
    let mut attachments = Vec::new();
    while let Some(field) = upload.next_file().await? {
        attachments.push(::files::receive(&cx.app, cx.guest.workspace_id, field, Limits::default()).await?);
    }
    let content = upload.form().reader().text("content");
    send(cx, content, attachments).await.map(drop)
}

async fn thread(cx: &GuestCx, form: FormState, before: Option<(Timestamp, Uuid)>) -> Result<Thread> {
    let visit = Visit::look(cx, Section::Messages).await?;
    let portal = cx.guest.portal_id;
    let (messages, unread, shell) = futures::join!(
        conversations::guest_list(&visit.tx, portal, before, MESSAGES + 1),
        conversations::unread_for_guest(&visit.tx, portal, cx.guest.contact_id),
        visit.sight.shell(cx, &visit.tx, "Messages")
    );
    let (mut messages, unread, shell) = (messages?, unread?, shell?);
    let more = messages.len() > MESSAGES as usize;
    messages.truncate(MESSAGES as usize);
    let earlier = messages.last().filter(|_| more).map(|last| Cursor::pack(&(last.created_at, last.id)).0);
    let shown = as_bubbles(cx, &visit.tx, messages).await?;
    let thread = Thread {
        bubbles: bubbles(&shown, &cx.guest.csrf, &shell.fmt)?,
        is_empty: shown.is_empty(),
        unread: unread > 0 && !cx.guest.preview,
        earlier,
        form,
        may_write: visit.sight.may(Act::Comment) && !cx.guest.preview,
        shell,
    };
    visit.done().await?;
    Ok(thread)
}

async fn as_bubbles(cx: &GuestCx, tx: &TenantTx, messages: Vec<GuestMessage>) -> Result<Vec<Bubble>> {
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    let files = conversations::attachments(tx, &ids).await?;
    let bubble = |message: GuestMessage| {
        let files = files
            .iter()
            .filter(|file| file.message_id == message.id)
            .map(|file| BubbleFile {
                name: file.name.clone(),
                size: file.byte_size,
                href: cx.path(&format!("files/{}", file.file_id)),
                picture: ::files::IMAGES.contains(&file.content_type.as_str()),
            })
            .collect();
        let mine = cx.guest.contact_id.is_some() && message.author_contact_id == cx.guest.contact_id;
        Bubble {
            id: message.id.to_string(),
            ours: message.author_kind == "guest",
            internal: false,
            author: message.author_name,
            content: message.content,
            at: message.created_at,
            edited: message.edited_at.is_some(),
            read_at: message.read_at,
            files,
            edit: (mine && may_edit(message.created_at, cx.now()))
                .then(|| cx.path(&format!("messages/{}", message.id))),
        }
    };
    Ok(messages.into_iter().rev().map(bubble).collect())
}
