//! What is done with tasks.

use rapport_base::{MemberId, Refusal, Result, text};
use rapport_db::{ActorKind, TenantTx};
use rapport_web::{Cx, validate};

use super::{NewTask, Task, TaskChange, TaskId, TaskStatus, labels, rules, store};
use crate::{
    MilestoneId, PROJECTS_FINANCIALS, ProjectId,
    access::Scope,
    events::{TaskCompleted, TaskCreated, TaskDeleted, TaskUpdated},
    projects::{self, Project},
    rates,
};

/// The task as this reader may see it.
pub(crate) fn shown(cx: &Cx, mut task: Task) -> Task {
    if !cx.may(PROJECTS_FINANCIALS) {
        task.hourly_rate_cents = None;
    }
    task
}

/// A task in scope.
pub(crate) async fn get(cx: &Cx, tx: &TenantTx, id: TaskId) -> Result<Task> {
    let task = store::find(tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    Ok(shown(cx, task))
}

/// Adds a task to a project.
pub(crate) async fn create(cx: &Cx, project: ProjectId, input: NewTask) -> Result<TaskId> {
    if input.hourly_rate_cents.is_some() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let tx = cx.begin().await?;
    let project = projects::store::find(&tx, Scope::of(cx), project).await?.ok_or_else(Refusal::not_found)?;
    let id = add(&tx, &project, input).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds a task within the caller's transaction.
///
/// # Errors
/// The project is not there; the task is not a valid one.
pub async fn create_in(tx: &TenantTx, project: ProjectId, input: NewTask) -> Result<TaskId> {
    let project = projects::store::find_any(tx, project).await?.ok_or_else(Refusal::not_found)?;
    add(tx, &project, input).await
}

async fn add(tx: &TenantTx, project: &Project, mut input: NewTask) -> Result<TaskId> {
    input.title = text::clean_line(&input.title).unwrap_or_default();
    input.description = text::clean(&input.description).unwrap_or_default();
    input.labels = labels::tidy(&input.labels);
    validate(&input)?;
    rules::dates_in_order(input.start_date, input.due_date)?;
    known(tx, project.id, input.milestone_id, input.assigned_to).await?;
    let id = TaskId::new();
    let origin = tx.origin();
    let by = origin.id.filter(|_| origin.kind == ActorKind::Member).map(MemberId);
    store::insert(tx, id, project.id, &input, by).await?;
    if !input.labels.is_empty() {
        labels::set(tx, id, &input.labels).await?;
    }
    projects::store::touch(tx, project.id).await?;
    tx.publish(&TaskCreated {
        project_id: project.id.uuid(),
        client_id: project.client_id.uuid(),
        task_id: id.uuid(),
        title: input.title,
        assigned_to: input.assigned_to.map(MemberId::uuid),
        due_date: input.due_date,
    });
    Ok(id)
}

async fn known(
    tx: &TenantTx,
    project: ProjectId,
    milestone: Option<MilestoneId>,
    member: Option<MemberId>,
) -> Result<()> {
    if let Some(milestone) = milestone
        && !store::has_milestone(tx, project, milestone).await?
    {
        return Err(Refusal::field(
            "milestone_id",
            "not_found",
            "This milestone is not one of the project's.",
        )
        .into());
    }
    if let Some(member) = member
        && crate::members::store::count_active(tx, &[member]).await? == 0
    {
        return Err(Refusal::field(
            "assigned_to",
            "not_found",
            "This person does not work here any more. Choose someone else.",
        )
        .into());
    }
    Ok(())
}

/// Changes a task; a version that was read and is no longer the newest is refused.
pub(crate) async fn update(cx: &Cx, id: TaskId, change: TaskChange, seen: Option<i32>) -> Result<Task> {
    let tx = cx.begin().await?;
    let task = change_in(cx, &tx, id, change, seen).await?;
    tx.commit().await?;
    Ok(shown(cx, task))
}

async fn change_in(
    cx: &Cx,
    tx: &TenantTx,
    id: TaskId,
    mut change: TaskChange,
    seen: Option<i32>,
) -> Result<Task> {
    change.title = change.title.map(|title| text::clean_line(&title).unwrap_or_default());
    change.description = change.description.map(|typed| text::clean(&typed).unwrap_or_default());
    change.labels = change.labels.map(|names| labels::tidy(&names));
    validate(&change)?;
    if change.hourly_rate_cents.is_some() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let before = store::find(tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let fields = rules::altered(&before, &change);
    if fields.is_empty() {
        return Ok(before);
    }
    let changed = |name| fields.contains(&name);
    known(
        tx,
        before.project_id,
        change.milestone_id.flatten().filter(|_| changed("milestone_id")),
        change.assigned_to.flatten().filter(|_| changed("assigned_to")),
    )
    .await?;
    let mut after = before.clone();
    apply(&mut after, &change);
    rules::dates_in_order(after.start_date, after.due_date)?;
    after.completed_at = match (before.status, after.status) {
        (TaskStatus::Done, TaskStatus::Done) => before.completed_at,
        (_, TaskStatus::Done) => Some(tx.now()),
        _ => None,
    };
    if changed("status") && change.position.is_none() {
        after.position = store::foot(tx, before.project_id, after.status).await?;
    }
    if !store::update(tx, &after).await? {
        return Err(Refusal::stale().into());
    }
    if changed("hourly_rate_cents") {
        let rated = rates::of_task(id);
        identity::rates::change(tx, rated, before.hourly_rate_cents, change.rate_from, cx.today()).await?;
    }
    if let Some(names) = change.labels.as_ref().filter(|_| changed("labels")) {
        labels::set(tx, id, names).await?;
    }
    projects::store::touch(tx, before.project_id).await?;
    publish(tx, &before, &after, &fields);
    store::find_any(tx, id).await?.ok_or_else(|| Refusal::not_found().into())
}

fn apply(task: &mut Task, change: &TaskChange) {
    fn set<T: Clone>(field: &mut T, value: &Option<T>) {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    set(&mut task.title, &change.title);
    set(&mut task.description, &change.description);
    set(&mut task.status, &change.status);
    set(&mut task.priority, &change.priority);
    set(&mut task.milestone_id, &change.milestone_id);
    set(&mut task.assigned_to, &change.assigned_to);
    set(&mut task.start_date, &change.start_date);
    set(&mut task.due_date, &change.due_date);
    set(&mut task.estimated_seconds, &change.estimated_seconds);
    set(&mut task.hourly_rate_cents, &change.hourly_rate_cents);
    set(&mut task.is_client_visible, &change.is_client_visible);
    set(&mut task.position, &change.position);
}

fn publish(tx: &TenantTx, before: &Task, after: &Task, fields: &[&'static str]) {
    let (project_id, client_id, task_id) = (after.project_id.uuid(), after.client_id, after.id.uuid());
    if before.status != TaskStatus::Done && after.status == TaskStatus::Done {
        tx.publish(&TaskCompleted {
            project_id,
            client_id,
            task_id,
            title: after.title.clone(),
            is_client_visible: after.is_client_visible,
        });
    }
    tx.publish(&TaskUpdated {
        project_id,
        client_id,
        task_id,
        title: after.title.clone(),
        status: after.status.to_string(),
        assigned_to: after.assigned_to.map(MemberId::uuid),
        assigned_before: before.assigned_to.map(MemberId::uuid),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    });
}

/// Drops a card at an index of a column.
pub(crate) async fn move_to(
    cx: &Cx,
    id: TaskId,
    status: TaskStatus,
    index: Option<usize>,
    seen: Option<i32>,
) -> Result<Task> {
    let tx = cx.begin().await?;
    let task = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    projects::store::lock(&tx, task.project_id).await?;
    let others = store::column(&tx, task.project_id, status, id).await?;
    let positions: Vec<i64> = others.iter().map(|(_, position)| *position).collect();
    let position = match rules::place(&positions, index.unwrap_or(usize::MAX)) {
        rules::Place::At(position) => position,
        rules::Place::Respaced(spaced, position) => {
            let ids: Vec<TaskId> = others.iter().map(|(id, _)| *id).collect();
            store::respace(&tx, &ids, &spaced).await?;
            position
        }
    };
    let change = TaskChange { status: Some(status), position: Some(position), ..TaskChange::default() };
    let task = change_in(cx, &tx, id, change, seen).await?;
    tx.commit().await?;
    Ok(task)
}

/// Puts a task away; time logged on it stays.
pub(crate) async fn delete(cx: &Cx, id: TaskId) -> Result<Task> {
    let tx = cx.begin().await?;
    let task = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    if !store::delete(&tx, id).await? {
        return Err(Refusal::not_found().into());
    }
    tx.publish(&TaskDeleted {
        project_id: task.project_id.uuid(),
        client_id: task.client_id,
        task_id: id.uuid(),
        title: task.title.clone(),
    });
    tx.commit().await?;
    Ok(task)
}
