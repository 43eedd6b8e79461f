//! Templates as pages, in the settings.

use askama::Template as Page;
use axum::response::Response;
use rapport_base::{Error, Refusal, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    NewTemplate, Shape, Template, TemplateChange, TemplateId, TemplateMilestone, TemplateTask, actions, store,
};
use crate::{
    PROJECTS_FINANCIALS, ProjectId,
    members::MemberRole,
    projects::{BillingType, settings},
    tasks::Priority,
};

type Options = Vec<(String, String)>;

#[derive(Page)]
#[template(path = "templates/index.html")]
struct Index {
    shell: Shell,
    templates: Vec<Template>,
}

/// GET the templates.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (templates, shell) = futures::join!(store::list(&tx), cx.shell(&tx));
    let shell = shell?.titled("Project templates").crumb("Settings", cx.path("settings"));
    page(&Index { shell, templates: templates? })
}

#[derive(Page)]
#[template(path = "templates/show.html")]
struct Show {
    shell: Shell,
    shape: Shape,
    sees_money: bool,
    form: FormState,
    task_form: FormState,
    milestone_form: FormState,
    billing: Options,
    roles: Options,
    milestones: Options,
    dialog: String,
}

impl Show {
    fn milestone(&self, id: &Option<Uuid>) -> &str {
        self.shape.milestones.iter().find(|m| Some(m.id) == *id).map_or("", |m| m.title.as_str())
    }
}

/// The dialog a page opens with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DialogQuery {
    dialog: Option<String>,
}

/// What was typed and refused.
#[derive(Default)]
struct Typed {
    form: Option<FormState>,
    task: Option<FormState>,
    milestone: Option<FormState>,
}

/// GET a template.
pub(crate) async fn show(cx: Cx, Query(query): Query<DialogQuery>) -> Result<Response> {
    render(&cx, cx.id("id")?, Typed::default(), &query.dialog.unwrap_or_default()).await
}

async fn render(cx: &Cx, id: TemplateId, typed: Typed, dialog: &str) -> Result<Response> {
    let tx = cx.read().await?;
    let (shape, shell) = futures::join!(store::load(&tx, id), cx.shell(&tx));
    let shape = shape?.ok_or_else(Refusal::not_found)?;
    let broken = typed.form.is_some() || typed.task.is_some() || typed.milestone.is_some();
    let t = &shape.template;
    let filled = || {
        FormState::new()
            .with("name", &t.name)
            .with("description", &t.description)
            .with("billing_type", t.billing_type)
            .with(
                "budget_time",
                t.budget_seconds.map(|seconds| cx.fmt().duration(seconds)).unwrap_or_default(),
            )
            .with("duration_days", t.duration_days.map(|days| days.to_string()).unwrap_or_default())
            .with("version", t.version)
    };
    let view = Show {
        shell: shell?
            .titled(&t.name)
            .crumb("Settings", cx.path("settings"))
            .crumb("Project templates", cx.path("settings/templates")),
        sees_money: cx.may(PROJECTS_FINANCIALS),
        form: typed.form.unwrap_or_else(filled),
        task_form: typed.task.unwrap_or_default(),
        milestone_form: typed.milestone.unwrap_or_default(),
        billing: BillingType::choices(),
        roles: MemberRole::choices(),
        milestones: shape.milestones.iter().map(|m| (m.id.to_string(), m.title.clone())).collect(),
        dialog: dialog.to_owned(),
        shape,
    };
    if broken { rejected(&view) } else { page(&view) }
}

fn here(cx: &Cx, id: TemplateId) -> String {
    cx.path(&format!("settings/templates/{id}"))
}

/// POST a changed template.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: TemplateId = cx.id("id")?;
    let saved = async {
        let mut read = form.reader();
        let change = TemplateChange {
            name: Some(read.text("name")),
            description: Some(read.text("description")),
            billing_type: read.parse("billing_type", "Choose how it is billed."),
            budget_seconds: Some(read.duration("budget_time")),
            duration_days: Some(read.parse("duration_days", "Write a number of days.")),
            is_default: None,
        };
        let seen = read.required("version", "Load the page again.");
        read.finish()?;
        actions::update(&cx, id, change, seen).await
    };
    match saved.await {
        Ok(_) => Ok(redirect_with(&here(&cx, id), Toast::success("Saved."))),
        Err(error) => {
            render(&cx, id, Typed { form: Some(form.rejected(error)?), ..Typed::default() }, "").await
        }
    }
}

/// POST: won deals take this one.
pub(crate) async fn make_default(cx: Cx) -> Result<Response> {
    let id: TemplateId = cx.id("id")?;
    let change = TemplateChange { is_default: Some(true), ..TemplateChange::default() };
    let shape = actions::update(&cx, id, change, None).await?;
    let toast = Toast::success(format!("Won deals start with {} now.", shape.template.name));
    Ok(redirect_with(&cx.path("settings/templates"), toast))
}

/// POST: puts a template away.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(redirect_with(
        &cx.path("settings/templates"),
        Toast::success("Template deleted. Projects made from it stay."),
    ))
}

/// POST: a template of a project's shape.
pub(crate) async fn save(cx: Cx, form: Form) -> Result<Response> {
    let project: ProjectId = cx.id("id")?;
    let input = NewTemplate {
        project_id: project,
        name: form.value("name").to_owned(),
        is_default: form.reader().checked("is_default"),
    };
    match actions::save(&cx, input).await {
        Ok(id) => Ok(redirect_with(&here(&cx, id), Toast::success("Template saved."))),
        Err(error) => settings::render(&cx, project, None, form.rejected(error)?, "save-template").await,
    }
}

/// POST a task of a template.
pub(crate) async fn add_task(cx: Cx, form: Form) -> Result<Response> {
    let id: TemplateId = cx.id("id")?;
    let added = async {
        let mut read = form.reader();
        let task = TemplateTask {
            id: Uuid::now_v7(),
            milestone_id: read.parse("milestone_id", "Choose a milestone."),
            title: read.text("title"),
            description: String::new(),
            priority: Priority::Medium,
            assignee_role: read.parse("assignee_role", "Choose a role."),
            due_after_days: read.parse("due_after_days", "Write a number of days."),
            estimated_seconds: read.duration("estimate"),
            is_client_visible: read.checked("is_client_visible"),
        };
        read.finish()?;
        actions::add_task(&cx, id, task).await
    };
    match added.await {
        Ok(()) => Ok(redirect_with(&here(&cx, id), Toast::success("Task added."))),
        Err(error) => again(&cx, id, &form, error, "new-task").await,
    }
}

/// POST a milestone of a template.
pub(crate) async fn add_milestone(cx: Cx, form: Form) -> Result<Response> {
    let id: TemplateId = cx.id("id")?;
    let added = async {
        let mut read = form.reader();
        let milestone = TemplateMilestone {
            id: Uuid::now_v7(),
            title: read.text("title"),
            description: String::new(),
            due_after_days: read.parse("due_after_days", "Write a number of days."),
            amount_cents: None,
            amount_percent: read.decimal("amount_percent"),
            is_client_visible: true,
        };
        read.finish()?;
        actions::add_milestone(&cx, id, milestone).await
    };
    match added.await {
        Ok(()) => Ok(redirect_with(&here(&cx, id), Toast::success("Milestone added."))),
        Err(error) => again(&cx, id, &form, error, "new-milestone").await,
    }
}

async fn again(cx: &Cx, id: TemplateId, form: &Form, error: Error, dialog: &str) -> Result<Response> {
    let state = Some(form.rejected(error)?);
    let typed = if dialog == "new-task" {
        Typed { task: state, ..Typed::default() }
    } else {
        Typed { milestone: state, ..Typed::default() }
    };
    render(cx, id, typed, dialog).await
}

/// POST: removes a task or milestone of a template.
pub(crate) async fn remove(cx: Cx, form: Form) -> Result<Response> {
    let id: TemplateId = cx.id("id")?;
    let mut read = form.reader();
    let item: Option<Uuid> = read.required("item", "Choose what to remove.");
    read.finish()?;
    actions::remove(&cx, id, item.unwrap_or_default()).await?;
    Ok(redirect_with(&here(&cx, id), Toast::success("Removed.")))
}
