//! Projects as pages: the index and the overview.

use askama::Template;
use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_db::EventRecord;
use rapport_ui::{FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    BillingType, NewProject, Project, ProjectId, ProjectQuery, actions, head::Head, rules::Burn, store,
};
use crate::{
    ClientId, Milestone, PROJECTS_FINANCIALS, PROJECTS_MANAGE, ProjectMember, Task, access::Scope, markdown,
    members, milestones, tasks, templates,
};

/// What the index can be asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct IndexQuery {
    search: Option<String>,
    status: Option<String>,
    client_id: Option<Uuid>,
    sort: Option<String>,
    after: Option<String>,
    dialog: Option<String>,
}

#[derive(Template)]
#[template(path = "projects/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    projects: Vec<Project>,
    sees_money: bool,
    manages: bool,
    statuses: Vec<(String, String)>,
    clients: Vec<(String, String)>,
    templates: Vec<(String, String)>,
    billing: Vec<(String, String)>,
    form: FormState,
    dialog: String,
}

impl Index {
    /// Money where it may be seen and there is a budget, else time.
    fn burn(&self, project: &Project) -> Burn {
        match project.budget_cents.filter(|_| self.sees_money) {
            Some(budget) => Burn::new(project.spent_cents.unwrap_or(0), Some(budget)),
            None => Burn::new(project.logged_seconds, project.budget_seconds),
        }
    }
}

/// GET the index.
pub(crate) async fn index(cx: Cx, Query(query): Query<IndexQuery>) -> Result<Response> {
    render_index(&cx, query, FormState::new().with("billing_type", BillingType::Hourly)).await
}

async fn render_index(cx: &Cx, query: IndexQuery, mut form: FormState) -> Result<Response> {
    let tx = cx.read().await?;
    let asked = ProjectQuery {
        search: query.search.clone(),
        status: query.status.clone(),
        client_id: query.client_id,
        sort: query.sort.clone(),
        after: query.after.clone(),
        ..ProjectQuery::default()
    };
    let chosen = [form.value("client_id").parse().ok(), query.client_id.map(ClientId::from)];
    let (found, clients, shapes, shell) = futures::join!(
        store::list(&tx, Scope::of(cx), &asked),
        clients::choices(&tx, &chosen),
        templates::store::list(&tx),
        cx.shell(&tx)
    );
    let (found, shapes) = (found?, shapes?);
    let manages = cx.may(PROJECTS_MANAGE);
    let clients = choices(clients?);
    let clients = if cx.may(crate::PROJECTS_READ_ALL) {
        clients
    } else {
        let mut own: Vec<(String, String)> =
            found.data.iter().map(|p| (p.client_id.to_string(), p.client_name.clone())).collect();
        own.sort_by(|a, b| a.1.cmp(&b.1));
        own.dedup();
        own
    };
    if !form.has_errors() {
        if let Some(shape) = shapes.iter().find(|shape| shape.is_default) {
            form.set("template_id", shape.id);
        }
        if let Some(client) = query.client_id {
            form.set("client_id", client);
        }
    }
    let mut statuses = vec![("open".to_owned(), "Open".to_owned())];
    statuses.extend(super::ProjectStatus::choices());
    let has_errors = form.has_errors();
    let view = Index {
        list: list_state(cx, &query, &found),
        projects: found.data.into_iter().map(|project| actions::shown(cx, project)).collect(),
        sees_money: cx.may(PROJECTS_FINANCIALS),
        manages,
        statuses,
        clients,
        templates: shapes.iter().map(|shape| (shape.id.to_string(), shape.name.clone())).collect(),
        billing: BillingType::choices(),
        form,
        dialog: query.dialog.filter(|_| manages).unwrap_or_default(),
        shell: shell?.titled("Projects").live("project. task. time. expense."),
    };
    if has_errors { rejected(&view) } else { page(&view) }
}

fn list_state(cx: &Cx, query: &IndexQuery, found: &Page<Project>) -> ListState {
    let given = |name: &str, value: Option<String>| (name.to_owned(), value.unwrap_or_default());
    ListState {
        path: cx.path("projects"),
        query: vec![
            given("search", query.search.clone()),
            given("status", query.status.clone()),
            given("client_id", query.client_id.map(|id| id.to_string())),
        ],
        sort: query.sort.clone().unwrap_or_else(|| "name".into()),
        shown: found.data.len(),
        total: u64::try_from(found.total).unwrap_or(0),
        total_is_at_least: found.total_is_at_least,
        next: found.next.clone(),
        previous: None,
        noun: ("project", "projects"),
    }
}

fn choices<T: ToString>(rows: Vec<(T, String)>) -> Vec<(String, String)> {
    rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
}

/// POST a new project.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let made = async {
        let input = new_project(&cx, &form).await?;
        actions::create(&cx, input).await
    };
    match made.await {
        Ok(id) => Ok(redirect_with(&cx.path(&format!("projects/{id}")), Toast::success("Project opened."))),
        Err(error) => {
            let query = IndexQuery { dialog: Some("new-project".into()), ..IndexQuery::default() };
            render_index(&cx, query, form.rejected(error)?).await
        }
    }
}

async fn new_project(cx: &Cx, form: &Form) -> Result<NewProject> {
    let mut read = form.reader();
    let client: Option<ClientId> = read.required("client_id", "Choose a client.");
    let mut currency = cx.workspace().currency;
    if let Some(client) = client {
        let tx = cx.read().await?;
        if let Some((_, own)) = store::client(&tx, client).await? {
            currency = own;
        }
    }
    let name = read.text("name");
    if name.is_empty() {
        read.error("name", "required", "Give the project a name.");
    }
    let input = NewProject {
        client_id: client.unwrap_or(ClientId(Uuid::nil())),
        deal_id: None,
        template_id: read.parse("template_id", "Choose a template."),
        name,
        description: read.text("description"),
        status: None,
        billing_type: read.parse("billing_type", "Choose how it is billed."),
        currency: None,
        budget_cents: read.money("budget", currency),
        budget_seconds: read.duration("budget_time"),
        hourly_rate_cents: read.money("rate", currency),
        start_date: read.date("start_date"),
        deadline: read.date("deadline"),
    };
    read.finish()?;
    Ok(input)
}

/// A line of the recent history.
struct Happened {
    icon: &'static str,
    who: String,
    what: String,
    at: jiff::Timestamp,
    id: Uuid,
}

#[derive(Template)]
#[template(path = "projects/show.html")]
struct Show {
    shell: Shell,
    head: Head,
    milestones: Vec<Milestone>,
    next: Vec<Task>,
    team: Vec<ProjectMember>,
    description: Html,
    history: Vec<Happened>,
}

/// GET the overview.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let tx = cx.read().await?;
    let (head, list, next, team, events, shell) = futures::join!(
        Head::load(&cx, &tx, id, "overview"),
        milestones::store::list(&tx, id),
        tasks::store::next_of(&tx, id),
        members::store::list(&tx, id),
        store::history(&tx, id),
        cx.shell(&tx),
    );
    let head = head?;
    let view = Show {
        shell: head.shell(&cx, shell?),
        milestones: list?,
        next: next?,
        team: team?,
        description: markdown::render(&head.project.description),
        history: events?.iter().filter_map(|event| happened(&cx, event)).collect(),
        head,
    };
    page(&view)
}

fn happened(cx: &Cx, event: &EventRecord) -> Option<Happened> {
    let info = cx.app.event(&event.kind).filter(|info| cx.may(info.permission))?;
    Some(Happened {
        icon: info.icon,
        who: event.actor_name.clone().unwrap_or_else(|| "Rapport".into()),
        what: info.summary(&event.payload),
        at: event.at,
        id: event.id,
    })
}

/// A project's page by the name of its tab, for going back after a form.
pub(crate) fn tab(cx: &Cx, id: ProjectId, tab: &str) -> String {
    cx.path(&format!("projects/{id}/{tab}"))
}

/// POST another status.
pub(crate) async fn change_status(cx: Cx, form: Form) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let mut read = form.reader();
    let status = read.required("status", "Choose a status.");
    read.finish()?;
    let change = super::ProjectChange { status, ..super::ProjectChange::default() };
    let project = actions::update(&cx, id, change, None).await?;
    let toast = Toast::success(format!("The project is {} now.", project.status.label().to_lowercase()));
    Ok(redirect_with(&cx.path(&format!("projects/{id}")), toast))
}
