//! When a deliverable is sent for approval, the guests of the portals that show its project are asked.

use projects::DeliverableSubmitted;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{
    letters::{self, News},
    store,
};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.deliverable_submitted_ask_client", &["deliverable.submitted"], react)
}

async fn react(cx: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let sent: DeliverableSubmitted = event.read()?;
    let guests = store::guests_of_project(tx, sent.project_id).await?;
    let version = if sent.number == 1 { String::new() } else { format!(" (version {})", sent.number) };
    let news = News {
        kind: "reactions.deliverable_submitted",
        key: format!("deliverable.submitted:{}", event.id),
        client_id: sent.client_id,
        subject: format!("{} is ready for your approval", sent.title),
        line: format!(
            "{}{version} is ready. Look at it, then approve it or say what should change:",
            sent.title
        ),
        quote: "",
        button: "Look at it",
        path: format!("/deliverables/{}", sent.deliverable_id),
    };
    letters::send(&cx, tx, &guests, &news).await
}
