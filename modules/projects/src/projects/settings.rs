//! The settings of a project.

use askama::Template;
use axum::response::Response;
use identity::rates::{self, PastRate};
use rapport_base::{Money, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{BillingType, Project, ProjectChange, ProjectId, ProjectStatus, actions, head::Head, pages::tab};

#[derive(Template)]
#[template(path = "projects/settings.html")]
struct Settings {
    shell: Shell,
    head: Head,
    form: FormState,
    statuses: Vec<(String, String)>,
    billing: Vec<(String, String)>,
    dialog: String,
    template_form: FormState,
    past: Vec<PastRate>,
}

/// GET the settings.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    render(&cx, cx.id("id")?, None, FormState::new(), "").await
}

pub(crate) async fn render(
    cx: &Cx,
    id: ProjectId,
    form: Option<FormState>,
    template_form: FormState,
    dialog: &str,
) -> Result<Response> {
    let tx = cx.read().await?;
    let rated = [crate::rates::of_project(id)];
    let (head, past, shell) =
        futures::join!(Head::load(cx, &tx, id, "settings"), rates::past(&tx, &rated), cx.shell(&tx));
    let head = head?;
    let broken = form.is_some() || template_form.has_errors();
    let view = Settings {
        shell: head.shell(cx, shell?),
        form: form.unwrap_or_else(|| rates::asked(filled(cx, &head.project), cx.today())),
        statuses: ProjectStatus::choices(),
        billing: BillingType::choices(),
        dialog: dialog.to_owned(),
        template_form,
        past: past?,
        head,
    };
    if broken { rejected(&view) } else { page(&view) }
}

fn filled(cx: &Cx, project: &Project) -> FormState {
    let money = |cents: Option<i64>| {
        cents.map(|cents| Money::new(cents, project.currency).plain()).unwrap_or_default()
    };
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    FormState::new()
        .with("name", &project.name)
        .with("description", &project.description)
        .with("status", project.status)
        .with("billing_type", project.billing_type)
        .with("budget", money(project.budget_cents))
        .with(
            "budget_time",
            project.budget_seconds.map(|seconds| cx.fmt().duration(seconds)).unwrap_or_default(),
        )
        .with("rate", money(project.hourly_rate_cents))
        .with("start_date", day(project.start_date))
        .with("deadline", day(project.deadline))
        .with("version", project.version)
}

/// POST the settings.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    match save(&cx, id, &form).await {
        Ok(()) => Ok(redirect_with(&tab(&cx, id, "settings"), Toast::success("Saved."))),
        Err(error) => render(&cx, id, Some(form.rejected(error)?), FormState::new(), "").await,
    }
}

async fn save(cx: &Cx, id: ProjectId, form: &Form) -> Result<()> {
    let tx = cx.read().await?;
    let project = actions::get(cx, &tx, id).await?;
    drop(tx);
    let mut read = form.reader();
    let name = read.text("name");
    if name.is_empty() {
        read.error("name", "required", "Give the project a name.");
    }
    let financial = cx.may(crate::PROJECTS_FINANCIALS);
    let (budget, rate) = (read.money("budget", project.currency), read.money("rate", project.currency));
    let change = ProjectChange {
        name: Some(name),
        description: Some(read.text("description")),
        status: read.required("status", "Choose a status."),
        billing_type: read.required("billing_type", "Choose how it is billed."),
        budget_cents: financial.then_some(budget),
        budget_seconds: Some(read.duration("budget_time")),
        hourly_rate_cents: financial.then_some(rate),
        rate_from: rates::answered(&mut read),
        start_date: Some(read.date("start_date")),
        deadline: Some(read.date("deadline")),
    };
    let seen = read.required("version", "Load the page again.");
    read.finish()?;
    actions::update(cx, id, change, seen).await.map(drop)
}
