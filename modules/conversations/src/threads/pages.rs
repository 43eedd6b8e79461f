//! The inbox.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use rapport_base::{Cursor, Result};
use rapport_db::TenantTx;
use rapport_ui::{FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect, redirect_with};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Conversation, ConversationId, actions,
    api::{self, ListQuery},
};
use crate::{
    Bubble, BubbleFile, CONVERSATIONS_WRITE, Message, access, bubbles,
    messages::{rules, store as messages},
};

/// Messages shown at once.
const MESSAGES: i64 = 50;

#[derive(Template)]
#[template(path = "inbox/index.html")]
pub(crate) struct Inbox {
    shell: Shell,
    list: ListState,
    threads: Vec<Conversation>,
    open: Option<Open>,
    form: FormState,
    may_write: bool,
}

/// The thread that is open.
pub(crate) struct Open {
    thread: Conversation,
    bubbles: Html,
    earlier: Option<String>,
}

/// Where in a thread.
#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    before: Option<String>,
}

/// GET /app/{workspace}/inbox
pub async fn index(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    page(&inbox(&cx, &query, None, FormState::new(), None).await?)
}

/// GET /app/{workspace}/inbox/{id}
pub async fn show(cx: Cx, Query(query): Query<ShowQuery>) -> Result<Response> {
    let before = query.before.as_deref().map(Cursor::unpack).transpose()?;
    page(&inbox(&cx, &ListQuery::default(), Some(cx.id("id")?), FormState::new(), before).await?)
}

/// POST /app/{workspace}/inbox/{id}/read
pub async fn read(cx: Cx) -> Result<Response> {
    api::mark_read(&cx).await?;
    Ok(redirect(&cx.path(&format!("inbox/{}", cx.param("id")))))
}

/// POST /app/{workspace}/inbox/{id}/status
pub async fn set_status(cx: Cx, form: Form) -> Result<Response> {
    let id: ConversationId = cx.id("id")?;
    actions::set_status(&cx, id, form.value("status")).await?;
    let closed = form.value("status") == "closed";
    let to = if closed { cx.path("inbox") } else { cx.path(&format!("inbox/{id}")) };
    Ok(redirect_with(
        &to,
        Toast::success(if closed {
            "Conversation closed. A new message opens it again."
        } else {
            "Conversation open again."
        }),
    ))
}

pub(crate) async fn inbox(
    cx: &Cx,
    query: &ListQuery,
    open: Option<ConversationId>,
    form: FormState,
    before: Option<(Timestamp, Uuid)>,
) -> Result<Inbox> {
    let tx = cx.read().await?;
    let (rows, opened, shell) =
        futures::join!(api::page_of(cx, &tx, query), open_thread(cx, &tx, open, before), cx.shell(&tx));
    let (rows, opened, shell) = (rows?, opened?, shell?);
    let title = opened.as_ref().map_or("Inbox", |open| open.thread.client_name.as_str()).to_owned();
    let mut filters = Vec::new();
    if let Some(status) = &query.status {
        filters.push(("status".to_owned(), status.clone()));
    }
    if query.unread == Some(true) {
        filters.push(("unread".to_owned(), "true".to_owned()));
    }
    let list = ListState {
        path: cx.path("inbox"),
        query: filters,
        shown: rows.data.len(),
        total: u64::try_from(rows.total).unwrap_or_default(),
        total_is_at_least: rows.total_is_at_least,
        next: rows.next,
        noun: ("conversation", "conversations"),
        ..ListState::default()
    };
    let shell = if opened.is_some() { shell.crumb("Inbox", cx.path("inbox")) } else { shell };
    Ok(Inbox {
        shell: shell.titled(title).live("message."),
        list,
        threads: rows.data,
        open: opened,
        form,
        may_write: cx.may(CONVERSATIONS_WRITE),
    })
}

async fn open_thread(
    cx: &Cx,
    tx: &TenantTx,
    id: Option<ConversationId>,
    before: Option<(Timestamp, Uuid)>,
) -> Result<Option<Open>> {
    let Some(id) = id else { return Ok(None) };
    let (thread, messages, files) = futures::join!(
        access::seen(cx, tx, id),
        messages::list(tx, id, before, MESSAGES + 1),
        messages::attachments_of_page(tx, id, before, MESSAGES),
    );
    let (thread, mut messages, files) = (thread?, messages?, files?);
    let more = messages.len() > MESSAGES as usize;
    messages.truncate(MESSAGES as usize);
    let earlier = messages.last().filter(|_| more).map(|last| Cursor::pack(&(last.created_at, last.id)).0);
    let shown: Vec<Bubble> = messages
        .into_iter()
        .rev()
        .map(|message| {
            let files = files
                .iter()
                .filter(|file| file.message_id == message.id)
                .map(|file| BubbleFile {
                    name: file.name.clone(),
                    size: file.byte_size,
                    href: cx.path(&format!("files/{}", file.file_id)),
                    picture: files::IMAGES.contains(&file.content_type.as_str()),
                })
                .collect();
            bubble(cx, message, files)
        })
        .collect();
    Ok(Some(Open { bubbles: bubbles(&shown, &cx.signed_in.session.csrf, &cx.fmt())?, earlier, thread }))
}

fn bubble(cx: &Cx, message: Message, files: Vec<BubbleFile>) -> Bubble {
    let mine = message.author_member_id == Some(cx.member.id.uuid());
    let editable = mine && rules::may_edit(message.created_at, cx.now());
    Bubble {
        id: message.id.to_string(),
        ours: message.author_kind != "guest",
        internal: message.is_internal,
        author: message.author_name,
        content: message.content,
        at: message.created_at,
        edited: message.edited_at.is_some(),
        read_at: message.read_at,
        files,
        edit: editable
            .then(|| cx.path(&format!("inbox/{}/messages/{}", message.conversation_id, message.id))),
    }
}
