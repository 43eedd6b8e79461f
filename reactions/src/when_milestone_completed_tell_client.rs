//! When a milestone the client may see is reached, the guests of the portals that show its project hear of it.

use projects::MilestoneCompleted;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{
    letters::{self, News},
    store,
};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.milestone_completed_tell_client", &["milestone.completed"], react)
}

async fn react(cx: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let reached: MilestoneCompleted = event.read()?;
    if !reached.is_client_visible {
        return Ok(());
    }
    let guests = store::guests_of_project(tx, reached.project_id).await?;
    let news = News {
        kind: "reactions.milestone_completed",
        key: format!("milestone.completed:{}", event.id),
        client_id: reached.client_id,
        subject: format!("{}: {} is reached", reached.project_name, reached.title),
        line: format!(
            "the milestone {} of {} is reached. See how far the work is:",
            reached.title, reached.project_name
        ),
        quote: "",
        button: "See the progress",
        path: "/progress".into(),
    };
    letters::send(&cx, tx, &guests, &news).await
}
