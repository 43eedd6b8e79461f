//! Tasks as pages: the board, the list, one task.

use askama::Template;
use axum::response::Response;
use identity::rates;
use rapport_base::{Money, Refusal, Result};
use rapport_ui::{FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, Reader, page, redirect, redirect_with, rejected};
use serde::Deserialize;

use super::{
    NewTask, Priority, Task, TaskChange, TaskId, TaskQuery, TaskStatus, actions, checklist,
    comments::{self, Comment},
    labels, store,
};
use crate::{
    PROJECTS_FINANCIALS, ProjectId, TASKS_DELETE,
    access::{Place, Scope},
    markdown, members, milestones,
    projects::{head::Head, pages::tab},
};

type Options = Vec<(String, String)>;

/// What the form of a task offers to choose from.
pub(crate) struct TaskChoices {
    pub members: Options,
    pub milestones: Options,
    pub statuses: Options,
    pub priorities: Options,
    pub labels: Options,
}

impl TaskChoices {
    async fn load(tx: &rapport_db::TenantTx, project: impl Into<Place>) -> Result<Self> {
        let project = project.into();
        let (team, everyone, milestones, labels) = futures::join!(
            members::store::list(tx, project),
            members::store::everyone(tx),
            milestones::store::list(tx, project),
            labels::all(tx),
        );
        let team = team?;
        let mut members: Options =
            team.iter().map(|member| (member.member_id.to_string(), member.name.clone())).collect();
        members.extend(
            everyone?
                .into_iter()
                .filter(|(id, _)| team.iter().all(|member| member.member_id != *id))
                .map(|(id, name)| (id.to_string(), name)),
        );
        Ok(Self {
            members,
            milestones: milestones?.into_iter().map(|m| (m.id.to_string(), m.title)).collect(),
            statuses: TaskStatus::choices(),
            priorities: Priority::choices(),
            labels: labels?,
        })
    }
}

/// A column of the board.
struct Column {
    status: TaskStatus,
    tasks: Vec<Task>,
}

#[derive(Template)]
#[template(path = "projects/board.html")]
struct Board {
    shell: Shell,
    head: Head,
    columns: Vec<Column>,
    choices: TaskChoices,
    form: FormState,
    dialog: String,
    /// The card whose dialog stands open to move it.
    moving: Option<Task>,
}

/// The dialog a page opens with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DialogQuery {
    dialog: Option<String>,
}

/// What the board opens with: a dialog, or that of a card to move it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct BoardQuery {
    dialog: Option<String>,
    #[serde(rename = "move")]
    moving: Option<String>,
}

fn blank() -> FormState {
    FormState::new().with("status", TaskStatus::Todo).with("priority", Priority::Medium)
}

/// GET the board.
pub(crate) async fn board(cx: Cx, Query(query): Query<BoardQuery>) -> Result<Response> {
    render_board(&cx, cx.id("id")?, blank(), query).await
}

async fn render_board(cx: &Cx, id: ProjectId, form: FormState, query: BoardQuery) -> Result<Response> {
    let tx = cx.read().await?;
    let (head, tasks, choices, shell) = futures::join!(
        Head::load(cx, &tx, id, "board"),
        store::board(&tx, id),
        TaskChoices::load(&tx, id),
        cx.shell(&tx)
    );
    let (head, tasks) = (head?, tasks?);
    let columns = TaskStatus::ALL
        .iter()
        .map(|status| Column {
            status: *status,
            tasks: tasks.iter().filter(|task| task.status == *status).cloned().collect(),
        })
        .collect();
    let moving: Option<TaskId> = query.moving.and_then(|id| id.parse().ok());
    let broken = form.has_errors();
    let view = Board {
        shell: head.shell(cx, shell?),
        columns,
        choices: choices?,
        form,
        dialog: query.dialog.unwrap_or_default(),
        moving: tasks.into_iter().find(|task| Some(task.id) == moving),
        head,
    };
    if broken { rejected(&view) } else { page(&view) }
}

/// What the list can be asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    search: Option<String>,
    status: Option<String>,
    assigned_to: Option<String>,
    milestone_id: Option<uuid::Uuid>,
    label: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "projects/tasks.html")]
struct List {
    shell: Shell,
    head: Head,
    list: ListState,
    tasks: Vec<Task>,
    choices: TaskChoices,
    statuses: Options,
    people: Options,
}

/// GET the list.
pub(crate) async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let asked = TaskQuery {
        project_id: Some(id.uuid()),
        search: query.search.clone(),
        status: query.status.clone(),
        assigned_to: query.assigned_to.clone(),
        milestone_id: query.milestone_id,
        label: query.label.clone(),
        after: query.after.clone(),
        ..TaskQuery::default()
    };
    let tx = cx.read().await?;
    let (head, found, choices, shell) = futures::join!(
        Head::load(&cx, &tx, id, "tasks"),
        store::list(&tx, Scope::of(&cx), &asked),
        TaskChoices::load(&tx, id),
        cx.shell(&tx)
    );
    let (head, found, choices) = (head?, found?, choices?);
    let given = |name: &str, value: Option<String>| (name.to_owned(), value.unwrap_or_default());
    let list = ListState {
        path: tab(&cx, id, "tasks"),
        query: vec![
            given("search", query.search),
            given("status", query.status),
            given("assigned_to", query.assigned_to),
            given("milestone_id", query.milestone_id.map(|id| id.to_string())),
            given("label", query.label),
        ],
        shown: found.data.len(),
        total: u64::try_from(found.total).unwrap_or(0),
        total_is_at_least: found.total_is_at_least,
        next: found.next,
        noun: ("task", "tasks"),
        ..ListState::default()
    };
    let mut statuses = vec![("open".to_owned(), "Open".to_owned())];
    statuses.extend(TaskStatus::choices());
    let mut people = vec![("me".to_owned(), "Me".to_owned()), ("nobody".to_owned(), "Nobody".to_owned())];
    people.extend(choices.members.iter().cloned());
    page(&List { shell: head.shell(&cx, shell?), list, tasks: found.data, choices, statuses, people, head })
}

/// POST a new task.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let made = async {
        let input = new_task(&cx, id, &form).await?;
        actions::create(&cx, id, input).await
    };
    match made.await {
        Ok(_) => Ok(redirect_with(&tab(&cx, id, "board"), Toast::success("Task added."))),
        Err(error) => {
            let query = BoardQuery { dialog: Some("new-task".into()), ..BoardQuery::default() };
            render_board(&cx, id, form.rejected(error)?, query).await
        }
    }
}

async fn new_task(cx: &Cx, project: ProjectId, form: &Form) -> Result<NewTask> {
    let rate = rate(cx, project, form).await?;
    let mut read = form.reader();
    let input = NewTask {
        description: read.text("description"),
        status: read.parse("status", "Choose a status."),
        priority: read.parse("priority", "Choose a priority."),
        milestone_id: read.parse("milestone_id", "Choose a milestone."),
        assigned_to: read.parse("assigned_to", "Choose a member."),
        start_date: read.date("start_date"),
        due_date: read.date("due_date"),
        estimated_seconds: read.duration("estimate"),
        hourly_rate_cents: rate,
        is_client_visible: read.checked("is_client_visible"),
        labels: read.words("labels"),
        ..NewTask::titled(title(&mut read))
    };
    read.finish()?;
    Ok(input)
}

fn title(read: &mut Reader<'_>) -> String {
    let title = read.text("title");
    if title.is_empty() {
        read.error("title", "required", "Write what is to be done.");
    }
    title
}

/// The rate typed, in the project's currency; nothing for those who may not set one.
async fn rate(cx: &Cx, project: ProjectId, form: &Form) -> Result<Option<i64>> {
    if !cx.may(PROJECTS_FINANCIALS) || form.value("rate").trim().is_empty() {
        return Ok(None);
    }
    let tx = cx.read().await?;
    let project = crate::projects::actions::get(cx, &tx, project).await?;
    let mut read = form.reader();
    let rate = read.money("rate", project.currency);
    read.finish()?;
    Ok(rate)
}

#[derive(Template)]
#[template(path = "tasks/show.html")]
struct Show {
    shell: Shell,
    head: Head,
    task: Task,
    description: Html,
    steps: Vec<checklist::Step>,
    comments: Vec<(Comment, Html)>,
    choices: TaskChoices,
    form: FormState,
    comment_form: FormState,
    step_form: FormState,
    dialog: String,
    may_delete: bool,
}

impl Show {
    /// The title of the milestone it leads to.
    fn milestone(&self) -> Option<&str> {
        let id = self.task.milestone_id?.to_string();
        self.choices.milestones.iter().find(|(value, _)| *value == id).map(|(_, title)| title.as_str())
    }
}

/// GET a task.
pub(crate) async fn show(cx: Cx, Query(query): Query<DialogQuery>) -> Result<Response> {
    render(&cx, cx.id("id")?, Typed::default(), &query.dialog.unwrap_or_default()).await
}

/// What was typed and refused.
#[derive(Default)]
struct Typed {
    form: Option<FormState>,
    comment: Option<FormState>,
    step: Option<FormState>,
}

async fn render(cx: &Cx, id: TaskId, typed: Typed, dialog: &str) -> Result<Response> {
    let tx = cx.read().await?;
    let (task, head, steps, said, choices, shell) = futures::join!(
        actions::get(cx, &tx, id),
        Head::load(cx, &tx, Place::Task(id), "board"),
        checklist::list(&tx, id),
        comments::list(&tx, id),
        TaskChoices::load(&tx, Place::Task(id)),
        cx.shell(&tx),
    );
    let (task, head) = (task?, head?);
    let broken = typed.form.is_some() || typed.comment.is_some() || typed.step.is_some();
    let shell = shell?
        .titled(&task.title)
        .crumb("Projects", cx.path("projects"))
        .crumb(&head.project.name, tab(cx, task.project_id, "board"))
        .live("task. project.");
    let view = Show {
        shell,
        description: markdown::render(&task.description),
        steps: steps?,
        comments: said?
            .into_iter()
            .map(|comment| {
                let html = markdown::render(&comment.body);
                (comment, html)
            })
            .collect(),
        choices: choices?,
        form: typed.form.unwrap_or_else(|| rates::asked(filled(cx, &head, &task), cx.today())),
        comment_form: typed.comment.unwrap_or_default(),
        step_form: typed.step.unwrap_or_default(),
        dialog: dialog.to_owned(),
        may_delete: cx.may(TASKS_DELETE),
        head,
        task,
    };
    if broken { rejected(&view) } else { page(&view) }
}

fn filled(cx: &Cx, head: &Head, task: &Task) -> FormState {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let mut form = FormState::new()
        .with("title", &task.title)
        .with("description", &task.description)
        .with("status", task.status)
        .with("priority", task.priority)
        .with("milestone_id", text(task.milestone_id))
        .with("assigned_to", text(task.assigned_to))
        .with("start_date", text(task.start_date))
        .with("due_date", text(task.due_date))
        .with(
            "estimate",
            task.estimated_seconds.map(|seconds| cx.fmt().duration(seconds)).unwrap_or_default(),
        )
        .with(
            "rate",
            task.hourly_rate_cents
                .map(|cents| Money::new(cents, head.project.currency).plain())
                .unwrap_or_default(),
        )
        .with("labels", task.labels.join(", "))
        .with("version", task.version);
    if task.is_client_visible {
        form.set("is_client_visible", "on");
    }
    form
}

/// POST a changed task.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: TaskId = cx.id("id")?;
    match save(&cx, id, &form).await {
        Ok(()) => Ok(redirect_with(&cx.path(&format!("tasks/{id}")), Toast::success("Saved."))),
        Err(error) => {
            render(&cx, id, Typed { form: Some(form.rejected(error)?), ..Typed::default() }, "edit").await
        }
    }
}

async fn save(cx: &Cx, id: TaskId, form: &Form) -> Result<()> {
    let tx = cx.read().await?;
    let task = actions::get(cx, &tx, id).await?;
    drop(tx);
    let rate = rate(cx, task.project_id, form).await?;
    let mut read = form.reader();
    let change = TaskChange {
        title: Some(title(&mut read)),
        description: Some(read.text("description")),
        status: read.parse("status", "Choose a status."),
        priority: read.parse("priority", "Choose a priority."),
        milestone_id: Some(read.parse("milestone_id", "Choose a milestone.")),
        assigned_to: Some(read.parse("assigned_to", "Choose a member.")),
        start_date: Some(read.date("start_date")),
        due_date: Some(read.date("due_date")),
        estimated_seconds: Some(read.duration("estimate")),
        hourly_rate_cents: cx.may(PROJECTS_FINANCIALS).then_some(rate),
        rate_from: rates::answered(&mut read),
        is_client_visible: Some(read.checked("is_client_visible")),
        labels: Some(read.words("labels")),
        position: None,
    };
    let seen = read.required("version", "Load the page again.");
    read.finish()?;
    actions::update(cx, id, change, seen).await.map(drop)
}

/// POST a card to another place of the board.
pub(crate) async fn move_card(cx: Cx, form: Form) -> Result<Response> {
    let mut read = form.reader();
    let status: Option<TaskStatus> = read.required("stage_id", "Choose a column.");
    let index: Option<usize> = read.parse("position", "Not a place on the board.");
    let seen: Option<i32> = read.parse("version", "Load the page again.");
    read.finish()?;
    let status = status.ok_or_else(Refusal::not_found)?;
    let task = actions::move_to(&cx, cx.id("id")?, status, index, seen).await?;
    Ok(redirect(&tab(&cx, task.project_id, "board")))
}

/// POST: done, or to be done again, from wherever it was ticked.
pub(crate) async fn tick(cx: Cx, form: Form) -> Result<Response> {
    let id: TaskId = cx.id("id")?;
    let status = if form.reader().checked("done") { TaskStatus::Done } else { TaskStatus::Todo };
    let change = TaskChange { status: Some(status), ..TaskChange::default() };
    let task = actions::update(&cx, id, change, None).await?;
    let fallback = cx.path(&format!("tasks/{id}"));
    let back = rapport_web::local_path(form.value("back"), &fallback);
    let toast = if task.status == TaskStatus::Done { "Done." } else { "To be done again." };
    Ok(redirect_with(back, Toast::success(toast)))
}

/// POST: puts a task away.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    let task = actions::delete(&cx, cx.id("id")?).await?;
    Ok(redirect_with(&tab(&cx, task.project_id, "board"), Toast::success(format!("Deleted {}.", task.title))))
}

/// POST a comment.
pub(crate) async fn comment(cx: Cx, form: Form) -> Result<Response> {
    let id: TaskId = cx.id("id")?;
    let input = comments::NewComment { body: form.value("body").to_owned() };
    match comments::add(&cx, id, input).await {
        Ok(comment) => Ok(redirect(&cx.path(&format!("tasks/{id}#comment-{}", comment.id)))),
        Err(error) => {
            render(&cx, id, Typed { comment: Some(form.rejected(error)?), ..Typed::default() }, "").await
        }
    }
}

/// POST a step.
pub(crate) async fn add_step(cx: Cx, form: Form) -> Result<Response> {
    let id: TaskId = cx.id("id")?;
    let input = checklist::NewStep { body: form.value("step").to_owned() };
    match checklist::add(&cx, id, input).await {
        Ok(_) => Ok(redirect(&cx.path(&format!("tasks/{id}")))),
        Err(error) => {
            let mut state = form.rejected(error)?;
            if let Some(message) = state.error("body").map(str::to_owned) {
                state.add_error("step", message);
            }
            render(&cx, id, Typed { step: Some(state), ..Typed::default() }, "").await
        }
    }
}

/// POST: a step is done, or not.
pub(crate) async fn tick_step(cx: Cx, form: Form) -> Result<Response> {
    let change = checklist::StepChange {
        is_done: Some(form.reader().checked("done")),
        ..checklist::StepChange::default()
    };
    let step = checklist::change(&cx, cx.id("id")?, change).await?;
    Ok(redirect(&cx.path(&format!("tasks/{}", step.task_id))))
}

/// POST: removes a step.
pub(crate) async fn remove_step(cx: Cx) -> Result<Response> {
    let task = checklist::remove(&cx, cx.id("id")?).await?;
    Ok(redirect(&cx.path(&format!("tasks/{task}"))))
}
