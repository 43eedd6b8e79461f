//! Conversations: one thread with a client, in a portal or with a contact, and the team's inbox.
//!
//! A thread holds what the client reads and, between it, what only the team reads. Guests
//! are shown [`GuestMessage`]s, which come from a view that knows nothing internal.

mod access;
mod bubbles;
mod erase;
mod events;
mod messages;
mod permissions;
mod personal;
mod routes;
mod threads;

pub use access::VisiblePortals;
pub use bubbles::{Bubble, BubbleFile, bubbles};
pub use events::{MessageRead, MessageSent};
pub use messages::{
    Attachment, GuestMessage, Message, MessageId, NewMessage,
    actions::{edit_in, mark_read_in, post_in},
    rules::{EDIT_WINDOW, MAX_ATTACHMENTS, may_edit},
    store::{attachments, guest_list, list, list_for_portal},
};
pub use permissions::{CONVERSATIONS_READ, CONVERSATIONS_READ_ALL, CONVERSATIONS_WRITE};
pub use threads::{
    Conversation, ConversationId, Reader,
    actions::open_for_portal_in,
    store::{find, find_for_portal, of_portal, unread_for_guest, unread_for_member},
};

use futures::FutureExt;
use rapport_web::{Module, NavEntry, ShellChange};

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        nav: vec![NavEntry {
            section: "Work",
            label: "Inbox",
            icon: "inbox",
            path: "inbox",
            permission: Some(CONVERSATIONS_READ),
            key: Some('i'),
            position: 30,
            primary: true,
        }],
        shell: vec![|cx, tx| {
            async move {
                if !cx.may(CONVERSATIONS_READ) {
                    return Ok(Box::new(|_: &mut rapport_ui::Shell| {}) as ShellChange);
                }
                let visible = access::visible_portals(cx, tx).await?;
                let unread = unread_for_member(tx, cx.member.id, visible.as_deref()).await?;
                let href = cx.path("inbox");
                Ok(Box::new(move |shell: &mut rapport_ui::Shell| {
                    let items = shell.nav.iter_mut().flat_map(|section| &mut section.items);
                    for item in items.filter(|item| item.href == href && unread > 0) {
                        item.badge = Some(if unread > 99 { "99+".into() } else { unread.to_string() });
                    }
                }) as ShellChange)
            }
            .boxed()
        }],
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        personal: personal::TABLES.to_vec(),
        ..Module::new("conversations")
    }
}
