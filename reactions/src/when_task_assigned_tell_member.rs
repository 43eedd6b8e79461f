//! When a task becomes someone's, they hear of it.

use notifications::{NewNotice, To, notify};
use projects::{TaskCreated, TaskUpdated};
use rapport_base::{MemberId, Result};
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use uuid::Uuid;

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.task_assigned_tell_member", &["task.created", "task.updated"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let Some((task, title, project, member)) = assigned(&event)? else { return Ok(()) };
    if Some(member) == people::actor(&event) {
        return Ok(());
    }
    let project = projects::find(tx, project.into()).await?.map(|project| project.name);
    let notice = NewNotice {
        to: To::Member(member),
        kind: kinds::TASK,
        title: format!("{title} is yours"),
        body: project.map(|name| format!("Task of {name}")).unwrap_or_default(),
        href: format!("tasks/{task}"),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}

/// Task, title, project and the member whose it became, if it became someone's.
fn assigned(event: &EventRecord) -> Result<Option<(Uuid, String, Uuid, MemberId)>> {
    if event.kind == "task.created" {
        let task: TaskCreated = event.read()?;
        return Ok(task.assigned_to.map(|member| (task.task_id, task.title, task.project_id, member.into())));
    }
    let task: TaskUpdated = event.read()?;
    let new = task.assigned_to.filter(|member| Some(*member) != task.assigned_before);
    Ok(new.map(|member| (task.task_id, task.title, task.project_id, member.into())))
}
