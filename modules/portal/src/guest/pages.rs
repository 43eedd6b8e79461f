//! The portal's first page, progress and team.

use ::files::File;
use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, PortalShell, Toast};
use rapport_web::{Form, GuestCx, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    GuestDeliverable, GuestInvoice, GuestMilestone, GuestProject, GuestTask, GuestTeammate, actions, files,
    sight::{Section, Sight, Visit},
    store,
};
use crate::portals::rules::Act;

#[derive(Template)]
#[template(path = "guest/home.html")]
struct Home {
    shell: PortalShell,
    sight: Sight,
    first_name: String,
    to_approve: Vec<GuestDeliverable>,
    to_pay: Vec<(GuestInvoice, bool)>,
    unread: i64,
    projects: Vec<ProjectView>,
    newest_files: Vec<File>,
    form: FormState,
    dialog: String,
    may_comment: bool,
}

#[derive(Template)]
#[template(path = "guest/progress.html")]
struct Progress {
    shell: PortalShell,
    projects: Vec<ProjectView>,
}

#[derive(Template)]
#[template(path = "guest/team.html")]
struct Team {
    shell: PortalShell,
    team: Vec<GuestTeammate>,
    agency: String,
    writes: bool,
}

/// A project with what is shown of it.
struct ProjectView {
    project: GuestProject,
    milestones: Vec<GuestMilestone>,
    tasks: Vec<GuestTask>,
}

impl ProjectView {
    fn next(&self) -> Option<&GuestMilestone> {
        self.milestones.iter().find(|milestone| milestone.status != "completed")
    }
    fn status(&self) -> (&'static str, &'static str) {
        match self.project.status.as_str() {
            "planning" => ("In planning", "neutral"),
            "on_hold" => ("On hold", "amber"),
            "completed" => ("Completed", "green"),
            "cancelled" => ("Cancelled", "neutral"),
            _ => ("Under way", "blue"),
        }
    }
    fn tasks_line(&self) -> String {
        let done = self.tasks.iter().filter(|task| task.status == "done").count();
        format!("Tasks: {done} of {} done", self.tasks.len())
    }
}

/// Which dialog stands open.
#[derive(Debug, Default, Deserialize)]
pub struct HomeQuery {
    dialog: Option<String>,
}

/// GET /portal/{portal_id}
pub async fn home(cx: GuestCx, Query(query): Query<HomeQuery>) -> Result<Response> {
    page(&home_page(&cx, FormState::new(), query.dialog.unwrap_or_default()).await?)
}

/// GET /portal/{portal_id}/progress
pub async fn progress(cx: GuestCx) -> Result<Response> {
    let visit = Visit::look(&cx, Section::Progress).await?;
    let (projects, shell) =
        futures::join!(project_views(&visit), visit.sight.shell(&cx, &visit.tx, "Progress"));
    let progress = Progress { shell: shell?, projects: projects? };
    visit.done().await?;
    page(&progress)
}

/// GET /portal/{portal_id}/team
pub async fn team(cx: GuestCx) -> Result<Response> {
    let visit = Visit::look(&cx, Section::Team).await?;
    let (team, shell) = futures::join!(
        store::team(&visit.tx, cx.guest.portal_id),
        visit.sight.shell(&cx, &visit.tx, "Your team")
    );
    let team = Team {
        shell: shell?,
        team: team?,
        agency: visit.sight.workspace_name.clone(),
        writes: visit.sight.shows(Section::Messages),
    };
    visit.done().await?;
    page(&team)
}

/// POST /portal/{portal_id}/feedback
pub async fn feedback(cx: GuestCx, form: Form) -> Result<Response> {
    let mut reader = form.reader();
    let project = reader.parse("project_id", "Choose one of your projects.");
    let given = match reader.finish() {
        Ok(()) => actions::give_feedback(&cx, form.value("comment"), project).await,
        Err(error) => Err(error),
    };
    match given {
        Ok(_) => Ok(redirect_with(
            &format!("/portal/{}", cx.guest.portal_id),
            Toast::success("Thank you. The team has your feedback."),
        )),
        Err(error) => {
            let state = form.rejected(error)?;
            rejected(&home_page(&cx, state, "feedback".into()).await?)
        }
    }
}

async fn home_page(cx: &GuestCx, form: FormState, dialog: String) -> Result<Home> {
    let visit = Visit::look(cx, Section::Home).await?;
    let (portal, client) = (cx.guest.portal_id, cx.guest.client_id);
    let (deliverables, invoices, projects, files, unread, shell) = futures::join!(
        store::deliverables(&visit.tx, portal),
        store::invoices(&visit.tx, client),
        project_views(&visit),
        files::visible(&visit),
        conversations::unread_for_guest(&visit.tx, portal, cx.guest.contact_id),
        visit.sight.shell(cx, &visit.tx, "Home")
    );
    let shows = |section| visit.sight.shows(section);
    let today = visit.sight.today(cx);
    let mut newest_files = if shows(Section::Files) { files? } else { Vec::new() };
    newest_files.sort_by_key(|file| std::cmp::Reverse(file.updated_at));
    newest_files.truncate(5);
    let to_approve = deliverables?
        .into_iter()
        .filter(|d| shows(Section::Approvals) && d.status == "awaiting_approval")
        .collect();
    let to_pay = invoices?
        .into_iter()
        .filter(|invoice| shows(Section::Invoices) && invoice.kind == "invoice" && invoice.open_cents > 0)
        .map(|invoice| {
            let late = invoice.due_date < today;
            (invoice, late)
        })
        .collect();
    let home = Home {
        shell: shell?,
        first_name: cx.guest.name.split_whitespace().next().unwrap_or_default().to_owned(),
        to_approve,
        to_pay,
        unread: if shows(Section::Messages) { unread? } else { 0 },
        projects: if shows(Section::Progress) { projects? } else { Vec::new() },
        newest_files,
        form,
        dialog,
        may_comment: visit.sight.may(Act::Comment) && !cx.guest.preview,
        sight: visit.sight.clone(),
    };
    visit.done().await?;
    Ok(home)
}

async fn project_views(visit: &Visit<'_>) -> Result<Vec<ProjectView>> {
    let portal = visit.cx.guest.portal_id;
    let (projects, milestones, tasks) = futures::join!(
        store::projects(&visit.tx, portal),
        store::milestones(&visit.tx, portal),
        store::tasks(&visit.tx, portal)
    );
    let (projects, milestones, tasks) = (projects?, milestones?, tasks?);
    Ok(projects
        .into_iter()
        .map(|project| ProjectView {
            milestones: milestones.iter().filter(|m| m.project_id == project.id).cloned().collect(),
            tasks: tasks.iter().filter(|t| t.project_id == project.id).cloned().collect(),
            project,
        })
        .collect())
}
