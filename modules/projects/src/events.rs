//! What happens on projects.

use jiff::civil::Date;
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::PROJECTS_READ;

macro_rules! event {
    (
        $(#[$doc:meta])*
        $name:ident, $kind:literal, audited $audited:literal, about |$a:ident| $about:expr, summary |$s:ident| $summary:expr;
        $($(#[$field_doc:meta])* $field:ident: $ty:ty,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The project.
            pub project_id: Uuid,
            /// Its client.
            pub client_id: Uuid,
            $($(#[$field_doc])* pub $field: $ty,)*
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                let $a = self;
                $about
            }
            fn summary(&self) -> String {
                let $s = self;
                $summary
            }
        }
    };
}

event! {
    /// A project was opened.
    ProjectCreated, "project.created", audited true,
    about |e| About::new("project", e.project_id).client(e.client_id).project(e.project_id),
    summary |e| format!("opened the project {}", e.name);
    /// Name.
    name: String,
    /// Deal it came from.
    deal_id: Option<Uuid>,
}
event! {
    /// A project's settings or team changed.
    ProjectUpdated, "project.updated", audited true,
    about |e| About::new("project", e.project_id).client(e.client_id).project(e.project_id),
    summary |e| format!("changed the project {}", e.name);
    /// Name.
    name: String,
    /// Fields that changed.
    fields: Vec<String>,
}
event! {
    /// A project's status changed.
    ProjectStatusChanged, "project.status_changed", audited true,
    about |e| About::new("project", e.project_id).client(e.client_id).project(e.project_id),
    summary |e| format!("moved the project {} to {}", e.name, e.status.replace('_', " "));
    /// Name.
    name: String,
    /// Status before.
    before: String,
    /// Status now.
    status: String,
}
event! {
    /// A task was added.
    TaskCreated, "task.created", audited false,
    about |e| About::new("task", e.task_id).project(e.project_id),
    summary |e| format!("added the task {}", e.title);
    /// The task.
    task_id: Uuid,
    /// Title.
    title: String,
    /// Who shall do it.
    assigned_to: Option<Uuid>,
    /// Day it is due.
    due_date: Option<Date>,
}
event! {
    /// A task changed.
    TaskUpdated, "task.updated", audited false,
    about |e| About::new("task", e.task_id).project(e.project_id),
    summary |e| format!("changed the task {}", e.title);
    /// The task.
    task_id: Uuid,
    /// Title.
    title: String,
    /// Status.
    status: String,
    /// Who shall do it.
    assigned_to: Option<Uuid>,
    /// Who should have done it before.
    assigned_before: Option<Uuid>,
    /// Fields that changed.
    fields: Vec<String>,
}
event! {
    /// A task was done.
    TaskCompleted, "task.completed", audited false,
    about |e| About::new("task", e.task_id).client(e.client_id).project(e.project_id),
    summary |e| format!("finished the task {}", e.title);
    /// The task.
    task_id: Uuid,
    /// Title.
    title: String,
    /// Whether the client sees it.
    is_client_visible: bool,
}
event! {
    /// A task was deleted.
    TaskDeleted, "task.deleted", audited true,
    about |e| About::new("task", e.task_id).project(e.project_id),
    summary |e| format!("deleted the task {}", e.title);
    /// The task.
    task_id: Uuid,
    /// Title.
    title: String,
}
event! {
    /// A member commented on a task.
    TaskCommented, "task.commented", audited false,
    about |e| About::new("task", e.task_id).project(e.project_id),
    summary |e| format!("commented on the task {}", e.title);
    /// The task.
    task_id: Uuid,
    /// Title.
    title: String,
    /// The comment.
    comment_id: Uuid,
    /// Who shall do the task.
    assigned_to: Option<Uuid>,
}
event! {
    /// A milestone was added.
    MilestoneCreated, "milestone.created", audited true,
    about |e| About::new("milestone", e.milestone_id).client(e.client_id).project(e.project_id),
    summary |e| format!("added the milestone {}", e.title);
    /// The milestone.
    milestone_id: Uuid,
    /// Title.
    title: String,
}
event! {
    /// A milestone changed, was deleted, or was opened again.
    MilestoneUpdated, "milestone.updated", audited true,
    about |e| About::new("milestone", e.milestone_id).client(e.client_id).project(e.project_id),
    summary |e| match e.fields.first().map(String::as_str) {
        Some("deleted") => format!("deleted the milestone {}", e.title),
        Some("reopened") => format!("opened the milestone {} again", e.title),
        _ => format!("changed the milestone {}", e.title),
    };
    /// The milestone.
    milestone_id: Uuid,
    /// Title.
    title: String,
    /// Fields that changed.
    fields: Vec<String>,
}
event! {
    /// A milestone was reached.
    MilestoneCompleted, "milestone.completed", audited true,
    about |e| About::new("milestone", e.milestone_id).client(e.client_id).project(e.project_id),
    summary |e| format!("reached the milestone {}", e.title);
    /// The milestone.
    milestone_id: Uuid,
    /// Title.
    title: String,
    /// Name of the project.
    project_name: String,
    /// Amount to bill.
    amount_cents: Option<i64>,
    /// Currency of the amount.
    currency: String,
    /// Whether the client sees it.
    is_client_visible: bool,
}
event! {
    /// A deliverable was added.
    DeliverableCreated, "deliverable.created", audited true,
    about |e| About::new("deliverable", e.deliverable_id).client(e.client_id).project(e.project_id),
    summary |e| format!("added the deliverable {}", e.title);
    /// The deliverable.
    deliverable_id: Uuid,
    /// Title.
    title: String,
}
event! {
    /// A version was sent to the client for approval.
    DeliverableSubmitted, "deliverable.submitted", audited true,
    about |e| About::new("deliverable", e.deliverable_id).client(e.client_id).project(e.project_id),
    summary |e| format!("sent version {} of {} for approval", e.number, e.title);
    /// The deliverable.
    deliverable_id: Uuid,
    /// Title.
    title: String,
    /// Which version.
    number: i32,
}
event! {
    /// A version was approved.
    DeliverableApproved, "deliverable.approved", audited true,
    about |e| About::new("deliverable", e.deliverable_id).client(e.client_id).project(e.project_id),
    summary |e| format!("approved version {} of {}", e.number, e.title);
    /// The deliverable.
    deliverable_id: Uuid,
    /// Title.
    title: String,
    /// Which version.
    number: i32,
    /// Who decided.
    decided_by: String,
    /// What they said.
    comment: String,
    /// Portal it was decided in.
    portal_id: Option<Uuid>,
    /// The decision.
    decision_id: Uuid,
    /// The receipt, in hexadecimal digits.
    receipt: String,
}
event! {
    /// A version was sent back.
    DeliverableRevisionRequested, "deliverable.revision_requested", audited true,
    about |e| About::new("deliverable", e.deliverable_id).client(e.client_id).project(e.project_id),
    summary |e| format!("asked for a revision of {}", e.title);
    /// The deliverable.
    deliverable_id: Uuid,
    /// Title.
    title: String,
    /// Which version.
    number: i32,
    /// Who decided.
    decided_by: String,
    /// What should change.
    comment: String,
    /// Portal it was decided in.
    portal_id: Option<Uuid>,
    /// The decision.
    decision_id: Uuid,
}

/// All of them.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<ProjectCreated>("Project opened", "folder-kanban", PROJECTS_READ),
        EventInfo::of::<ProjectUpdated>("Project changed", "settings", PROJECTS_READ),
        EventInfo::of::<ProjectStatusChanged>("Project moved", "flag", PROJECTS_READ),
        EventInfo::of::<TaskCreated>("Task added", "plus", PROJECTS_READ),
        EventInfo::of::<TaskUpdated>("Task changed", "pencil", PROJECTS_READ),
        EventInfo::of::<TaskCompleted>("Task finished", "circle-check", PROJECTS_READ),
        EventInfo::of::<TaskDeleted>("Task deleted", "trash-2", PROJECTS_READ),
        EventInfo::of::<TaskCommented>("Task commented", "message-square", PROJECTS_READ),
        EventInfo::of::<MilestoneCreated>("Milestone added", "flag", PROJECTS_READ),
        EventInfo::of::<MilestoneUpdated>("Milestone changed", "flag", PROJECTS_READ),
        EventInfo::of::<MilestoneCompleted>("Milestone reached", "flag", PROJECTS_READ),
        EventInfo::of::<DeliverableCreated>("Deliverable added", "package", PROJECTS_READ),
        EventInfo::of::<DeliverableSubmitted>("Deliverable sent for approval", "send", PROJECTS_READ),
        EventInfo::of::<DeliverableApproved>("Deliverable approved", "badge-check", PROJECTS_READ),
        EventInfo::of::<DeliverableRevisionRequested>("Revision requested", "rotate-ccw", PROJECTS_READ),
    ]
}
