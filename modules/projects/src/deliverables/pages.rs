//! Deliverables as pages.

use askama::Template;
use axum::response::Response;
use files::Want;
use rapport_base::{Error, Kind, Refusal, Result};
use rapport_ui::{FormState, Html, Shell, Toast};
use rapport_web::{Cx, Form, Query, Upload, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    By, Decider, Decision, DecisionKind, Deliverable, DeliverableChange, DeliverableId, DeliverableStatus,
    DeliverableVersion, NewDeliverable, actions, api, decide, store,
};
use crate::{
    PROJECTS_READ_ALL, ProjectId,
    access::Place,
    markdown, milestones,
    projects::{head::Head, pages::tab},
};

type Options = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "projects/deliverables.html")]
struct List {
    shell: Shell,
    head: Head,
    deliverables: Vec<Deliverable>,
    milestones: Options,
    form: FormState,
    dialog: String,
}

/// The dialog a page opens with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DialogQuery {
    dialog: Option<String>,
}

/// GET the deliverables of a project.
pub(crate) async fn list(cx: Cx, Query(query): Query<DialogQuery>) -> Result<Response> {
    render_list(&cx, cx.id("id")?, FormState::new(), &query.dialog.unwrap_or_default()).await
}

async fn render_list(cx: &Cx, id: ProjectId, form: FormState, dialog: &str) -> Result<Response> {
    let tx = cx.read().await?;
    let (head, list, milestones, shell) = futures::join!(
        Head::load(cx, &tx, id, "deliverables"),
        store::list(&tx, id),
        milestones::store::list(&tx, id),
        cx.shell(&tx)
    );
    let head = head?;
    let broken = form.has_errors();
    let view = List {
        shell: head.shell(cx, shell?),
        deliverables: list?,
        milestones: milestones?.into_iter().map(|m| (m.id.to_string(), m.title)).collect(),
        form,
        dialog: dialog.to_owned(),
        head,
    };
    if broken { rejected(&view) } else { page(&view) }
}

/// POST a new deliverable.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let project: ProjectId = cx.id("id")?;
    let made = async {
        let mut read = form.reader();
        let title = read.text("title");
        if title.is_empty() {
            read.error("title", "required", "Write what the client shall approve.");
        }
        let input = NewDeliverable {
            title,
            description: read.text("description"),
            milestone_id: read.parse("milestone_id", "Choose a milestone."),
            due_date: read.date("due_date"),
        };
        read.finish()?;
        actions::create(&cx, project, input).await
    };
    match made.await {
        Ok(id) => {
            let toast = Toast::success("Deliverable added. Now add its first version.");
            Ok(redirect_with(&cx.path(&format!("deliverables/{id}?dialog=new-version")), toast))
        }
        Err(error) => render_list(&cx, project, form.rejected(error)?, "new-deliverable").await,
    }
}

#[derive(Template)]
#[template(path = "deliverables/show.html")]
struct Show {
    shell: Shell,
    head: Head,
    deliverable: Deliverable,
    description: Html,
    versions: Vec<DeliverableVersion>,
    decisions: Vec<Decision>,
    milestones: Options,
    form: FormState,
    version_form: FormState,
    decision_form: FormState,
    dialog: String,
    decides: bool,
}

impl Show {
    /// The title of the milestone it belongs to.
    fn milestone(&self) -> Option<&str> {
        let id = self.deliverable.milestone_id?.to_string();
        self.milestones.iter().find(|(value, _)| *value == id).map(|(_, title)| title.as_str())
    }
}

/// What was typed and refused.
#[derive(Default)]
struct Typed {
    form: Option<FormState>,
    version: Option<FormState>,
    decision: Option<FormState>,
}

/// GET a deliverable.
pub(crate) async fn show(cx: Cx, Query(query): Query<DialogQuery>) -> Result<Response> {
    render(&cx, cx.id("id")?, Typed::default(), &query.dialog.unwrap_or_default()).await
}

async fn render(cx: &Cx, id: DeliverableId, typed: Typed, dialog: &str) -> Result<Response> {
    let tx = cx.read().await?;
    let (deliverable, head, versions, decisions, milestones, shell) = futures::join!(
        actions::get(cx, &tx, id),
        Head::load(cx, &tx, Place::Deliverable(id), "deliverables"),
        store::versions(&tx, id),
        store::decisions(&tx, id),
        milestones::store::list(&tx, Place::Deliverable(id)),
        cx.shell(&tx),
    );
    let (deliverable, head) = (deliverable?, head?);
    let broken = typed.form.is_some() || typed.version.is_some() || typed.decision.is_some();
    let filled = || {
        FormState::new()
            .with("title", &deliverable.title)
            .with("description", &deliverable.description)
            .with("milestone_id", deliverable.milestone_id.map(|id| id.to_string()).unwrap_or_default())
            .with("due_date", deliverable.due_date.map(|date| date.to_string()).unwrap_or_default())
            .with("version", deliverable.version)
    };
    let view = Show {
        shell: shell?
            .titled(&deliverable.title)
            .crumb("Projects", cx.path("projects"))
            .crumb(&head.project.name, tab(cx, deliverable.project_id, "deliverables"))
            .live("deliverable."),
        description: markdown::render(&deliverable.description),
        versions: versions?,
        decisions: decisions?,
        milestones: milestones?.into_iter().map(|m| (m.id.to_string(), m.title)).collect(),
        form: typed.form.unwrap_or_else(filled),
        version_form: typed.version.unwrap_or_else(|| FormState::new().with("submit", "on")),
        decision_form: typed.decision.unwrap_or_default(),
        dialog: dialog.to_owned(),
        decides: head.delivers
            && cx.may(PROJECTS_READ_ALL)
            && deliverable.status == DeliverableStatus::AwaitingApproval,
        head,
        deliverable,
    };
    if broken { rejected(&view) } else { page(&view) }
}

fn here(cx: &Cx, id: DeliverableId) -> String {
    cx.path(&format!("deliverables/{id}"))
}

/// POST a changed deliverable.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    let saved = async {
        let mut read = form.reader();
        let change = DeliverableChange {
            title: Some(read.text("title")),
            description: Some(read.text("description")),
            milestone_id: Some(read.parse("milestone_id", "Choose a milestone.")),
            due_date: Some(read.date("due_date")),
        };
        let seen = read.required("version", "Load the page again.");
        read.finish()?;
        actions::update(&cx, id, change, seen).await
    };
    match saved.await {
        Ok(_) => Ok(redirect_with(&here(&cx, id), Toast::success("Saved."))),
        Err(error) => {
            render(&cx, id, Typed { form: Some(form.rejected(error)?), ..Typed::default() }, "edit").await
        }
    }
}

/// POST a version: a file or a link.
pub(crate) async fn add_version(cx: Cx, upload: Upload) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    let (form, received) = match api::uploaded(&cx, upload, id).await {
        Ok(read) => read,
        Err(error) => return again(&cx, id, &Form::default(), error).await,
    };
    let submit = form.reader().checked("submit");
    let added = async {
        let bringing = api::bringing(&form, received)?;
        actions::add_version(&cx, id, bringing, form.value("note"), submit).await
    };
    match added.await {
        Ok(deliverable) => {
            let toast = if submit {
                "Sent to the client for approval."
            } else {
                "Version added. The client does not see it yet."
            };
            Ok(redirect_with(&here(&cx, deliverable.id), Toast::success(toast)))
        }
        Err(error) => again(&cx, id, &form, error).await,
    }
}

async fn again(cx: &Cx, id: DeliverableId, form: &Form, error: Error) -> Result<Response> {
    let typed = Typed { version: Some(form.rejected(error)?), ..Typed::default() };
    render(cx, id, typed, "new-version").await
}

/// POST: sends the newest version to the client.
pub(crate) async fn submit(cx: Cx) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    match actions::submit(&cx, id).await {
        Ok(_) => Ok(redirect_with(&here(&cx, id), Toast::success("Sent to the client for approval."))),
        Err(error) => told(&cx, id, error),
    }
}

/// POST a decision that the client gave elsewhere.
pub(crate) async fn decide(cx: Cx, form: Form) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    let decided = async {
        let mut read = form.reader();
        let decision: Option<DecisionKind> = read.required("decision", "Choose what the client said.");
        read.finish()?;
        let tx = cx.begin().await?;
        actions::get(&cx, &tx, id).await?;
        let decider = Decider {
            by: By::Member(cx.member.id),
            name: cx.user().name.clone(),
            portal_id: None,
            user_agent: Some(cx.request.user_agent.clone()),
        };
        match decision {
            Some(DecisionKind::Approved) => {
                decide::approve_in(&tx, id, &decider, form.value("comment")).await?
            }
            _ => decide::revise_in(&tx, id, &decider, form.value("comment")).await?,
        };
        tx.commit().await
    };
    match decided.await {
        Ok(()) => Ok(redirect_with(&here(&cx, id), Toast::success("Decision noted."))),
        Err(error) => {
            render(&cx, id, Typed { decision: Some(form.rejected(error)?), ..Typed::default() }, "decide")
                .await
        }
    }
}

/// GET the file of a version.
pub(crate) async fn download(cx: Cx) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    let number: i32 = cx.param("number").parse().map_err(|_| Refusal::not_found())?;
    let tx = cx.begin().await?;
    let (deliverable, versions) = futures::join!(actions::get(&cx, &tx, id), store::versions(&tx, id));
    deliverable?;
    let version =
        versions?.into_iter().find(|version| version.number == number).ok_or_else(Refusal::not_found)?;
    let file = version.file_id.map(files::FileId).ok_or_else(Refusal::not_found)?;
    files::download(&cx.app, tx, Want { file, number: version.file_version, inline: false }).await
}

/// POST: puts a deliverable away.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    match actions::delete(&cx, id).await {
        Ok(deliverable) => {
            let toast = Toast::success(format!("Deleted {}.", deliverable.title));
            Ok(redirect_with(&tab(&cx, deliverable.project_id, "deliverables"), toast))
        }
        Err(error) => told(&cx, id, error),
    }
}

/// Back to the page with the reason, when it is one that the person can act on.
fn told(cx: &Cx, id: DeliverableId, error: Error) -> Result<Response> {
    match error.refusal().filter(|refusal| refusal.kind == Kind::Conflict) {
        Some(refusal) => Ok(redirect_with(&here(cx, id), Toast::error(&refusal.message))),
        None => Err(error),
    }
}
