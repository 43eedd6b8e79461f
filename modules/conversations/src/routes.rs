//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    CONVERSATIONS_READ, CONVERSATIONS_WRITE, Conversation, Message,
    messages::{api as message_api, pages as message_pages},
    threads::{api, pages},
};

/// Ten files of the largest size would be too much at once.
const UPLOAD: usize = 102 * 1024 * 1024;

pub fn routes() -> Routes {
    Routes::new("conversations")
        .get("/app/{workspace}/inbox", CONVERSATIONS_READ, pages::index)
        .get("/app/{workspace}/inbox/{id}", CONVERSATIONS_READ, pages::show)
        .post("/app/{workspace}/inbox/{id}", CONVERSATIONS_WRITE, message_pages::post)
        .body_limit(UPLOAD)
        .post("/app/{workspace}/inbox/{id}/read", CONVERSATIONS_READ, pages::read)
        .post("/app/{workspace}/inbox/{id}/status", CONVERSATIONS_WRITE, pages::set_status)
        .post("/app/{workspace}/inbox/{id}/messages/{message_id}", CONVERSATIONS_WRITE, message_pages::edit)
        .get("/api/conversations", CONVERSATIONS_READ, api::list)
        .doc(Doc::new("List conversations").query::<api::ListQuery>().returns::<Page<Conversation>>(200))
        .get("/api/conversations/{id}", CONVERSATIONS_READ, api::show)
        .doc(Doc::new("Get a conversation").returns::<Conversation>(200))
        .patch("/api/conversations/{id}", CONVERSATIONS_WRITE, api::update)
        .doc(
            Doc::new("Close or reopen a conversation")
                .body::<api::ConversationChange>()
                .returns::<Conversation>(200),
        )
        .post("/api/conversations/{id}/read", CONVERSATIONS_READ, api::read)
        .doc(Doc::new("Mark a conversation as read").answers(204, "Marked"))
        .get("/api/conversations/{id}/messages", CONVERSATIONS_READ, message_api::list)
        .doc(
            Doc::new("List messages")
                .about("Newest first.")
                .query::<message_api::ListQuery>()
                .returns::<Page<Message>>(200),
        )
        .post("/api/conversations/{id}/messages", CONVERSATIONS_WRITE, message_api::create)
        .doc(Doc::new("Write a message").body::<message_api::MessageInput>().returns::<Message>(201))
        .patch("/api/messages/{id}", CONVERSATIONS_WRITE, message_api::update)
        .doc(
            Doc::new("Change a message")
                .about("By its author, within five minutes.")
                .body::<message_api::MessageChange>()
                .returns::<Message>(200),
        )
}
