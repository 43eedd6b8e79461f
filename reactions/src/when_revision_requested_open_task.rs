//! When a client asks for a revision, the one who leads the project gets a task, and those on it hear of it.

use notifications::{NewNotice, notify};
use projects::{DeliverableRevisionRequested, PROJECTS_MANAGE, Priority, tasks::NewTask};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.revision_requested_open_task", &["deliverable.revision_requested"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let asked: DeliverableRevisionRequested = event.read()?;
    let lead = people::lead(tx, asked.project_id).await?;
    let task = NewTask {
        description: format!(
            "{} asked for a revision of version {}:\n\n{}",
            asked.decided_by,
            asked.number,
            quoted(&asked.comment)
        ),
        priority: Some(Priority::High),
        assigned_to: lead,
        ..NewTask::titled(short(&format!("Revise {}", asked.title)))
    };
    let task_id = projects::tasks::create_in(tx, asked.project_id.into(), task).await?;
    let notice = NewNotice {
        to: people::of_project(tx, asked.project_id, &event, PROJECTS_MANAGE).await?,
        kind: kinds::REVISION,
        title: format!("{} asks for a revision of {}", asked.decided_by, asked.title),
        body: asked.comment,
        href: format!("tasks/{task_id}"),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}

/// Within the length of a task's title.
pub(crate) fn short(title: &str) -> String {
    if title.chars().count() <= 300 {
        title.to_owned()
    } else {
        title.chars().take(299).chain(['…']).collect()
    }
}

/// Somebody's words as a quotation in Markdown, within the length of a description.
pub(crate) fn quoted(words: &str) -> String {
    let lines: Vec<String> = words.lines().map(|line| format!("> {line}")).collect();
    lines.join("\n").chars().take(15_000).collect()
}

#[cfg(test)]
mod tests {
    use super::{quoted, short};

    #[test]
    fn words_are_quoted_line_by_line_and_titles_stay_short() {
        assert_eq!(quoted("a\n\nb"), "> a\n> \n> b");
        assert_eq!(short("ok"), "ok");
        assert_eq!(short(&"x".repeat(400)).chars().count(), 300);
    }
}
