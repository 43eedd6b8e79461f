//! When a guest writes, those who look after the client hear of it; when the team writes to the
//! client, the portal's guests get it by mail with the way back.

use conversations::{CONVERSATIONS_READ_ALL, MessageSent};
use notifications::{NewNotice, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{
    kinds,
    letters::{self, News},
    people, store,
};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.message_sent_tell_other_side", &["message.sent"], react)
}

async fn react(cx: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let sent: MessageSent = event.read()?;
    if sent.is_internal {
        return Ok(());
    }
    if sent.by == "guest" {
        let who = people::actor_name(&event, "A client");
        let notice = NewNotice {
            to: people::of_client(tx, sent.client_id, &event, CONVERSATIONS_READ_ALL).await?,
            kind: kinds::MESSAGE,
            title: format!("{who} wrote a message"),
            body: sent.excerpt,
            href: format!("inbox/{}", sent.conversation_id),
            key: event.id.to_string(),
        };
        return notify(tx, notice).await;
    }
    let Some(portal) = sent.portal_id else { return Ok(()) };
    let guests = store::guests_of_portal(tx, portal).await?;
    let who = people::actor_name(&event, "Your team");
    let news = News {
        kind: "reactions.message_sent",
        key: format!("message.sent:{}", sent.message_id),
        client_id: sent.client_id,
        subject: format!("New message from {who}"),
        line: format!("{who} wrote:"),
        quote: &sent.excerpt,
        button: "Read and answer",
        path: "/messages".into(),
    };
    letters::send(&cx, tx, &guests, &news).await
}
