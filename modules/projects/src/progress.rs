//! How far projects are, as their clients may see it.

use jiff::{Timestamp, civil::Date};
use rapport_base::Result;
use rapport_db::{TenantTx, row};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{MilestoneId, MilestoneStatus, ProjectId, ProjectStatus, TaskId, TaskStatus};

row! {
    /// A project, as its client may see it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct VisibleProject {
        /// Id.
        pub id: ProjectId,
        /// Name.
        pub name: String,
        /// Description in Markdown.
        pub description: String,
        /// Status.
        pub status: ProjectStatus,
        /// First day.
        #[schema(value_type = Option<String>, format = "date")]
        pub start_date: Option<Date>,
        /// Day it should be done.
        #[schema(value_type = Option<String>, format = "date")]
        pub deadline: Option<Date>,
        /// How far it is.
        pub progress_percent: i32,
    }
}

row! {
    /// A milestone, as the client may see it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct VisibleMilestone {
        /// Id.
        pub id: MilestoneId,
        /// Project.
        pub project_id: ProjectId,
        /// Title.
        pub title: String,
        /// Description in Markdown.
        pub description: String,
        /// Status.
        pub status: MilestoneStatus,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// When it was reached.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub completed_at: Option<Timestamp>,
    }
}

row! {
    /// A task, as the client may see it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct VisibleTask {
        /// Id.
        pub id: TaskId,
        /// Project.
        pub project_id: ProjectId,
        /// Milestone it leads to.
        pub milestone_id: Option<MilestoneId>,
        /// Title.
        pub title: String,
        /// Status.
        pub status: TaskStatus,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
    }
}

/// What guests may see of some projects.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisibleProgress {
    /// The projects, those that go on first.
    pub projects: Vec<VisibleProject>,
    /// Their visible milestones, in order.
    pub milestones: Vec<VisibleMilestone>,
    /// Their visible tasks, in order.
    pub tasks: Vec<VisibleTask>,
}

/// What guests may see of these projects, in one flight.
///
/// # Errors
/// A bug when the database refuses.
pub async fn visible_progress(tx: &TenantTx, ids: &[ProjectId]) -> Result<VisibleProgress> {
    let (projects, milestones, tasks) = futures::join!(
        async {
            tx.query::<VisibleProject>(
                "select p.id, p.name, p.description, p.status, p.start_date, p.deadline, g.progress_percent
                 from projects.projects as p
                 join projects.v_project_progress as g on g.workspace_id = p.workspace_id and g.project_id = p.id
                 where p.workspace_id = $1 and p.id = any($2) and p.deleted_at is null
                 order by p.status in ('completed', 'cancelled'), p.name_sort, p.id",
                &[&tx.workspace(), &ids],
            )
            .await
        },
        async {
            tx.query::<VisibleMilestone>(
                "select id, project_id, title, description, status, due_date, completed_at from projects.v_guest_milestones
                 where workspace_id = $1 and project_id = any($2) order by project_id, position, id limit 500",
                &[&tx.workspace(), &ids],
            )
            .await
        },
        async {
            tx.query::<VisibleTask>(
                "select id, project_id, milestone_id, title, status, due_date from projects.v_guest_tasks
                 where workspace_id = $1 and project_id = any($2) order by project_id, position, id limit 1000",
                &[&tx.workspace(), &ids],
            )
            .await
        },
    );
    Ok(VisibleProgress { projects: projects?, milestones: milestones?, tasks: tasks? })
}
