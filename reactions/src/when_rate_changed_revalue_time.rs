//! When a rate changes, or what a project bills, time that is not approved yet is worth something else.

use identity::events::{MemberUpdated, WorkspaceUpdated};
use projects::{ProjectUpdated, TaskUpdated};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use timesheets::{OpenTime, revalue_in};

/// What of a project its time is worth depends on: rates, and whether it is billed at all.
const OF_PROJECT: [&str; 3] = ["hourly_rate_cents", "members", "billing_type"];

pub(crate) fn listener() -> Listener {
    let kinds = &["member.updated", "project.updated", "task.updated", "workspace.updated"];
    Listener::new("reactions.rate_changed_revalue_time", kinds, react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    match worth_less_or_more(&event)? {
        Some(open) => revalue_in(tx, open).await.map(drop),
        None => Ok(()),
    }
}

fn worth_less_or_more(event: &EventRecord) -> Result<Option<OpenTime>> {
    let touched = |fields: &[String], of: &[&str]| fields.iter().any(|field| of.contains(&field.as_str()));
    Ok(match event.kind.as_str() {
        "member.updated" => {
            let member = event.read::<MemberUpdated>()?.member_id;
            Some(OpenTime { member: Some(member), ..OpenTime::default() })
        }
        "project.updated" => {
            let project: ProjectUpdated = event.read()?;
            let open = OpenTime { project: Some(project.project_id.into()), ..OpenTime::default() };
            touched(&project.fields, &OF_PROJECT).then_some(open)
        }
        "task.updated" => {
            let task: TaskUpdated = event.read()?;
            let open = OpenTime { task: Some(task.task_id.into()), ..OpenTime::default() };
            touched(&task.fields, &["hourly_rate_cents"]).then_some(open)
        }
        _ => {
            let workspace: WorkspaceUpdated = event.read()?;
            touched(&workspace.fields, &["default_hourly_rate_cents"]).then_some(OpenTime::default())
        }
    })
}
