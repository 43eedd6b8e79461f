//! When a client gives feedback, the team gets a task on the project it is about, and hears of it.

use notifications::{NewNotice, notify};
use portal::{FeedbackGiven, PORTALS_MANAGE};
use projects::tasks::NewTask;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{
    kinds, people,
    when_revision_requested_open_task::{quoted, short},
};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.feedback_given_open_task", &["feedback.given"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let given: FeedbackGiven = event.read()?;
    let href = match given.project_id {
        Some(project) => {
            let title = format!("Feedback of {}: {}", given.contact_name, given.excerpt.replace('\n', " "));
            let task = NewTask {
                description: quoted(&given.body),
                assigned_to: people::lead(tx, project).await?,
                ..NewTask::titled(short(&title))
            };
            format!("tasks/{}", projects::tasks::create_in(tx, project.into(), task).await?)
        }
        None => format!("portals/{}", given.portal_id),
    };
    let notice = NewNotice {
        to: people::of_client(tx, given.client_id, &event, PORTALS_MANAGE).await?,
        kind: kinds::FEEDBACK,
        title: format!("{} gave feedback", given.contact_name),
        body: given.body,
        href,
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
