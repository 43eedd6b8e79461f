//! What stands above every page of a project.

use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_ui::Shell;
use rapport_web::Cx;

use super::{Project, ProjectStatus, actions, rules::Burn};
use crate::{DELIVERABLES_MANAGE, PROJECTS_FINANCIALS, PROJECTS_MANAGE, TASKS_WRITE, access::Place};

/// The head of a project's pages: its state, its tabs, and what the reader may do.
pub(crate) struct Head {
    pub project: Project,
    pub tab: &'static str,
    pub base: String,
    pub client_href: String,
    pub manages: bool,
    pub sees_money: bool,
    pub writes_tasks: bool,
    pub delivers: bool,
}

impl Head {
    /// The head of one tab.
    pub async fn load(cx: &Cx, tx: &TenantTx, of: impl Into<Place>, tab: &'static str) -> Result<Self> {
        let project = actions::get(cx, tx, of).await?;
        Ok(Self {
            base: cx.path(&format!("projects/{}", project.id)),
            client_href: cx.path(&format!("clients/{}", project.client_id)),
            project,
            tab,
            manages: cx.may(PROJECTS_MANAGE),
            sees_money: cx.may(PROJECTS_FINANCIALS),
            writes_tasks: cx.may(TASKS_WRITE),
            delivers: cx.may(DELIVERABLES_MANAGE),
        })
    }
    /// The shell of this page.
    pub fn shell(&self, cx: &Cx, shell: Shell) -> Shell {
        shell
            .titled(&self.project.name)
            .crumb("Projects", cx.path("projects"))
            .live("project. task. milestone. deliverable. time. expense.")
    }
    /// Money spent of the budget.
    pub fn money(&self) -> Burn {
        Burn::new(self.project.spent_cents.unwrap_or(0), self.project.budget_cents)
    }
    /// Time worked of the budget.
    pub fn time(&self) -> Burn {
        Burn::new(self.project.logged_seconds, self.project.budget_seconds)
    }
    /// The statuses it may be moved to.
    pub fn moves(&self) -> Vec<ProjectStatus> {
        ProjectStatus::ALL.iter().copied().filter(|status| *status != self.project.status).collect()
    }
}
