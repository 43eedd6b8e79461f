//! Milestones as a page.

use askama::Template;
use axum::response::Response;
use rapport_base::{Currency, Money, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{Milestone, MilestoneChange, MilestoneId, MilestoneStatus, NewMilestone, actions, store};
use crate::{
    PROJECTS_FINANCIALS, ProjectId,
    projects::{head::Head, pages::tab},
};

#[derive(Template)]
#[template(path = "projects/milestones.html")]
struct Milestones {
    shell: Shell,
    head: Head,
    milestones: Vec<Milestone>,
    form: FormState,
    edit_form: FormState,
    editing: Option<Milestone>,
    dialog: String,
}

/// The dialog a page opens with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DialogQuery {
    dialog: Option<String>,
    edit: Option<MilestoneId>,
}

/// GET the milestones.
pub(crate) async fn show(cx: Cx, Query(query): Query<DialogQuery>) -> Result<Response> {
    let dialog =
        if query.edit.is_some() { "edit-milestone".to_owned() } else { query.dialog.unwrap_or_default() };
    render(&cx, cx.id("id")?, FormState::new().with("is_client_visible", "on"), query.edit, None, &dialog)
        .await
}

async fn render(
    cx: &Cx,
    id: ProjectId,
    form: FormState,
    edit: Option<MilestoneId>,
    edit_form: Option<FormState>,
    dialog: &str,
) -> Result<Response> {
    let tx = cx.read().await?;
    let (head, list, shell) =
        futures::join!(Head::load(cx, &tx, id, "milestones"), store::list(&tx, id), cx.shell(&tx));
    let (head, list) = (head?, list?);
    let editing = list.iter().find(|milestone| Some(milestone.id) == edit && head.manages).cloned();
    let broken = form.has_errors() || edit_form.is_some();
    let edit_form = edit_form.unwrap_or_else(|| editing.as_ref().map(filled).unwrap_or_default());
    let view = Milestones {
        shell: head.shell(cx, shell?),
        milestones: list.into_iter().map(|milestone| actions::shown(cx, milestone)).collect(),
        form,
        edit_form,
        editing,
        dialog: dialog.to_owned(),
        head,
    };
    if broken { rejected(&view) } else { page(&view) }
}

fn filled(milestone: &Milestone) -> FormState {
    let form = FormState::new()
        .with("title", &milestone.title)
        .with("description", &milestone.description)
        .with("due_date", milestone.due_date.map(|date| date.to_string()).unwrap_or_default())
        .with(
            "amount",
            milestone
                .amount_cents
                .map(|cents| Money::new(cents, milestone.currency).plain())
                .unwrap_or_default(),
        )
        .with("version", milestone.version);
    if milestone.is_client_visible { form.with("is_client_visible", "on") } else { form }
}

/// POST a new milestone.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let made = async {
        let currency = currency(&cx, id).await?;
        let mut read = form.reader();
        let title = read.text("title");
        if title.is_empty() {
            read.error("title", "required", "Write what shall be reached.");
        }
        let input = NewMilestone {
            title,
            description: read.text("description"),
            status: None,
            due_date: read.date("due_date"),
            amount_cents: read.money("amount", currency).filter(|_| cx.may(PROJECTS_FINANCIALS)),
            is_client_visible: Some(read.checked("is_client_visible")),
        };
        read.finish()?;
        actions::create(&cx, id, input).await
    };
    match made.await {
        Ok(_) => Ok(redirect_with(&tab(&cx, id, "milestones"), Toast::success("Milestone added."))),
        Err(error) => render(&cx, id, form.rejected(error)?, None, None, "new-milestone").await,
    }
}

async fn currency(cx: &Cx, id: ProjectId) -> Result<Currency> {
    let tx = cx.read().await?;
    Ok(crate::projects::actions::get(cx, &tx, id).await?.currency)
}

/// POST a changed milestone.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: MilestoneId = cx.id("id")?;
    let tx = cx.read().await?;
    let milestone = actions::get(&cx, &tx, id).await?;
    drop(tx);
    let project = milestone.project_id;
    let saved = async {
        let mut read = form.reader();
        let amount = read.money("amount", milestone.currency);
        let change = MilestoneChange {
            title: Some(read.text("title")),
            description: Some(read.text("description")),
            status: None,
            due_date: Some(read.date("due_date")),
            amount_cents: cx.may(PROJECTS_FINANCIALS).then_some(amount),
            is_client_visible: Some(read.checked("is_client_visible")),
        };
        let seen = read.required("version", "Load the page again.");
        read.finish()?;
        actions::update(&cx, id, change, seen).await
    };
    match saved.await {
        Ok(_) => Ok(redirect_with(&tab(&cx, project, "milestones"), Toast::success("Saved."))),
        Err(error) => {
            render(&cx, project, FormState::new(), Some(id), Some(form.rejected(error)?), "edit-milestone")
                .await
        }
    }
}

/// POST another status: reached, begun, or open again.
pub(crate) async fn change_status(cx: Cx, form: Form) -> Result<Response> {
    let mut read = form.reader();
    let status: Option<MilestoneStatus> = read.required("status", "Choose a status.");
    read.finish()?;
    let change = MilestoneChange { status, ..MilestoneChange::default() };
    match actions::update(&cx, cx.id("id")?, change, None).await {
        Ok(milestone) => {
            let toast = match (milestone.status, milestone.amount_cents) {
                (MilestoneStatus::Completed, Some(_)) => "Milestone reached. Its amount can be billed now.",
                (MilestoneStatus::Completed, None) => "Milestone reached.",
                _ => "Saved.",
            };
            Ok(redirect_with(&tab(&cx, milestone.project_id, "milestones"), Toast::success(toast)))
        }
        Err(error) => refused(&cx, error).await,
    }
}

/// POST: puts a milestone away.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    match actions::delete(&cx, cx.id("id")?).await {
        Ok(milestone) => {
            let toast = Toast::success(format!("Deleted {}.", milestone.title));
            Ok(redirect_with(&tab(&cx, milestone.project_id, "milestones"), toast))
        }
        Err(error) => refused(&cx, error).await,
    }
}

/// Back to the page with the reason, when it is one that the person can act on.
async fn refused(cx: &Cx, error: rapport_base::Error) -> Result<Response> {
    let Some(message) = error
        .refusal()
        .filter(|refusal| refusal.kind == rapport_base::Kind::Conflict)
        .map(|r| r.message.to_string())
    else {
        return Err(error);
    };
    let tx = cx.read().await?;
    let milestone = actions::get(cx, &tx, cx.id("id")?).await?;
    Ok(redirect_with(&tab(cx, milestone.project_id, "milestones"), Toast::error(message)))
}
