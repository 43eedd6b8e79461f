//! Projects: the delivery of what was sold, with tasks, milestones, deliverables and templates.
//!
//! Modules above open a project for a won deal ([`open_for_deal`]), ask whether someone may
//! log time ([`assigned`], [`is_active`]) and at which rate ([`rates`]), keep its figures in
//! step ([`spent`]), bill its [`milestones`], add [`tasks`], and let guests decide on
//! [`deliverables`].

mod access;
mod erase;
mod events;
mod links;
mod markdown;
mod members;
mod permissions;
mod progress;
mod projects;
pub mod rates;
mod routes;
pub mod spent;
mod templates;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod words;

/// Things the client approves or sends back.
pub mod deliverables;
/// Dated checkpoints that may carry an amount to bill.
pub mod milestones;
mod personal;
/// What is to be done.
pub mod tasks;

use futures::FutureExt;
use std::collections::HashMap;

use rapport_base::{MemberId, Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::{Module, NavEntry};

pub use access::Scope;
pub use clients::ClientId;
pub use deliverables::{Deliverable, DeliverableId, DeliverableStatus};
pub use events::{
    DeliverableApproved, DeliverableCreated, DeliverableRevisionRequested, DeliverableSubmitted,
    MilestoneCompleted, MilestoneCreated, MilestoneUpdated, ProjectCreated, ProjectStatusChanged,
    ProjectUpdated, TaskCommented, TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated,
};
pub use links::ClientOfDeal;
pub use markdown::render as markdown;
pub use members::{MemberInput, MemberRole, ProjectMember};
pub use milestones::{Milestone, MilestoneId, MilestoneStatus};
pub use permissions::{
    DELIVERABLES_MANAGE, PROJECTS_FINANCIALS, PROJECTS_MANAGE, PROJECTS_READ, PROJECTS_READ_ALL,
    TASKS_DELETE, TASKS_WRITE, TEMPLATES_MANAGE,
};
pub use progress::{VisibleMilestone, VisibleProgress, VisibleProject, VisibleTask, visible_progress};
pub use projects::{BillingType, Project, ProjectId, ProjectStatus, WonDealInfo, open::open_for_deal};
pub use tasks::{Priority, Task, TaskId, TaskStatus};
pub use templates::TemplateId;

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        nav: vec![
            NavEntry {
                section: "Work",
                label: "My work",
                icon: "list-checks",
                path: "my-work",
                permission: Some(TASKS_WRITE),
                key: Some('w'),
                position: 20,
                primary: true,
            },
            NavEntry {
                section: "Work",
                label: "Projects",
                icon: "folder-kanban",
                path: "projects",
                permission: Some(PROJECTS_READ),
                key: Some('p'),
                position: 60,
                primary: true,
            },
        ],
        shell: vec![links::shell],
        search: vec![links::search],
        parts: Some(links::parts),
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        settings: vec![rapport_web::SettingsPage {
            label: "Templates",
            path: "templates",
            permission: permissions::TEMPLATES_MANAGE,
            position: 55,
        }],
        personal: personal::TABLES.to_vec(),
        ..Module::new("projects")
    }
}

/// A project, whoever asks.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: ProjectId) -> Result<Option<Project>> {
    projects::store::find_any(tx, id).await
}

/// A project, whoever asks.
///
/// # Errors
/// Not found.
pub async fn get(tx: &TenantTx, id: ProjectId) -> Result<Project> {
    find(tx, id).await?.ok_or_else(|| Refusal::not_found().into())
}

/// A project in a reader's scope.
///
/// # Errors
/// Not found, also when it is none of the reader's business.
pub async fn get_in_scope(tx: &TenantTx, scope: Scope, id: ProjectId) -> Result<Project> {
    projects::store::find(tx, scope, id).await?.ok_or_else(|| Refusal::not_found().into())
}

/// The names of projects.
///
/// # Errors
/// A bug when the database refuses.
pub async fn names(tx: &TenantTx, ids: &[ProjectId]) -> Result<HashMap<ProjectId, String>> {
    projects::store::names(tx, ids).await
}

/// The members of a project.
///
/// # Errors
/// A bug when the database refuses.
pub async fn team(tx: &TenantTx, id: ProjectId) -> Result<Vec<ProjectMember>> {
    members::store::list(tx, id).await
}

/// The templates to choose from, by id and name, the default one first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn template_choices(tx: &TenantTx) -> Result<Vec<(TemplateId, String)>> {
    let all = templates::store::list(tx).await?;
    Ok(all.into_iter().map(|template| (template.id, template.name)).collect())
}

/// Puts members on a project within the caller's transaction.
///
/// # Errors
/// A bug when the database refuses.
pub async fn assign_in(tx: &TenantTx, id: ProjectId, members: &[MemberInput]) -> Result<()> {
    members::store::put(tx, id, members).await
}

/// Whether a member works on a project.
///
/// # Errors
/// A bug when the database refuses.
pub async fn assigned(tx: &TenantTx, project: ProjectId, member: MemberId) -> Result<bool> {
    projects::store::is_assigned(tx, project, member).await
}

/// Whether time may be logged on a project.
///
/// # Errors
/// A bug when the database refuses.
pub async fn is_active(tx: &TenantTx, project: ProjectId) -> Result<bool> {
    projects::store::is_active(tx, project).await
}
