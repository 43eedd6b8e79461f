//! All SQL of tasks.

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, MemberId, Page, Refusal, Result, Total, text};
use rapport_db::{Built, TenantTx};

use super::{NewTask, Priority, Task, TaskId, TaskQuery, TaskStatus};
use crate::{
    MilestoneId, ProjectId,
    access::{Scope, in_scope},
};

/// The columns of a [`Task`] from `t`, `p` (project) and `a` (assignee).
macro_rules! task_columns {
    () => {
        "t.id, t.project_id, p.name as project_name, p.client_id, t.milestone_id, t.title, t.description, t.status, t.priority,
         t.position, t.assigned_to, a.name as assignee_name, t.start_date, t.due_date, t.estimated_seconds, t.hourly_rate_cents,
         t.is_client_visible,
         coalesce((select array_agg(l.name order by l.name_sort) from projects.task_labels as tl
           join projects.labels as l on l.workspace_id = tl.workspace_id and l.id = tl.label_id
           where tl.workspace_id = t.workspace_id and tl.task_id = t.id), '{}') as labels,
         (select count(*) from projects.task_checklist_items as i where i.workspace_id = t.workspace_id and i.task_id = t.id) as checklist_total,
         (select count(*) from projects.task_checklist_items as i
           where i.workspace_id = t.workspace_id and i.task_id = t.id and i.done_at is not null) as checklist_done,
         (select count(*) from projects.task_comments as k
           where k.workspace_id = t.workspace_id and k.task_id = t.id and k.deleted_at is null) as comments,
         t.completed_at, t.version, t.created_at, t.updated_at"
    };
}
macro_rules! task_joins {
    () => {
        " join projects.projects as p on p.workspace_id = t.workspace_id and p.id = t.project_id
          left join identity.v_members as a on a.workspace_id = t.workspace_id and a.id = t.assigned_to "
    };
}

/// A task in scope.
pub async fn find(tx: &TenantTx, scope: Scope, id: TaskId) -> Result<Option<Task>> {
    tx.find(
        concat!(
            "select ",
            task_columns!(),
            " from projects.tasks as t",
            task_joins!(),
            "where t.workspace_id = $1 and t.id = $2 and t.deleted_at is null and p.deleted_at is null and ",
            in_scope!("t.project_id", "$3", "$4")
        ),
        &[&tx.workspace(), &id, &scope.all, &scope.member],
    )
    .await
}

/// A task by its id, whoever asks.
pub async fn find_any(tx: &TenantTx, id: TaskId) -> Result<Option<Task>> {
    tx.find(
        concat!(
            "select ",
            task_columns!(),
            " from projects.tasks as t",
            task_joins!(),
            "where t.workspace_id = $1 and t.id = $2 and t.deleted_at is null"
        ),
        &[&tx.workspace(), &id],
    )
    .await
}

/// All tasks of a project as its board shows them: the newest hundred done ones, every other one.
pub async fn board(tx: &TenantTx, project: ProjectId) -> Result<Vec<Task>> {
    tx.query(
        concat!(
            "with shown as (
               (select id from projects.tasks where workspace_id = $1 and project_id = $2 and deleted_at is null and status <> 'done'
                order by position, id limit 900)
               union all
               (select id from projects.tasks where workspace_id = $1 and project_id = $2 and deleted_at is null and status = 'done'
                order by completed_at desc limit 100))
             select ", task_columns!(), " from shown join projects.tasks as t on t.workspace_id = $1 and t.id = shown.id", task_joins!(),
            "order by t.position, t.id"
        ),
        &[&tx.workspace(), &project],
    )
    .await
}

/// The open tasks of a project that come next.
pub async fn next_of(tx: &TenantTx, project: ProjectId) -> Result<Vec<Task>> {
    tx.query(
        concat!(
            "with next as (
               select id from projects.tasks where workspace_id = $1 and project_id = $2 and deleted_at is null and completed_at is null
               order by due_date, position, id limit 6)
             select ", task_columns!(), " from next join projects.tasks as t on t.workspace_id = $1 and t.id = next.id", task_joins!(),
            "order by t.due_date, t.position, t.id"
        ),
        &[&tx.workspace(), &project],
    )
    .await
}

/// Open tasks of a member over all projects that go on, by due date.
pub async fn open_of(tx: &TenantTx, member: MemberId) -> Result<Vec<Task>> {
    tx.query(
        concat!(
            "with mine as (
               select t.id from projects.tasks as t join projects.projects as p on p.workspace_id = t.workspace_id and p.id = t.project_id
               where t.workspace_id = $1 and t.assigned_to = $2 and t.deleted_at is null and t.completed_at is null
                 and p.deleted_at is null and p.status in ('planning', 'active', 'on_hold')
               order by t.due_date, t.id limit 500)
             select ", task_columns!(), " from mine join projects.tasks as t on t.workspace_id = $1 and t.id = mine.id", task_joins!(),
            "order by t.due_date, case t.priority when 'urgent' then 0 when 'high' then 1 when 'medium' then 2 else 3 end, t.id"
        ),
        &[&tx.workspace(), &member],
    )
    .await
}

const RANK: &str =
    "case t.status when 'todo' then 0 when 'in_progress' then 1 when 'review' then 2 else 3 end";

/// A page of the tasks in scope, in the order of the board.
pub async fn list(tx: &TenantTx, scope: Scope, query: &TaskQuery) -> Result<Page<Task>> {
    let limit = Limit::try_new(query.limit)?;
    let filtered = |built: Built| -> Result<Built> {
        let mut built = built
            .sql(" from projects.tasks as t join projects.projects as p on p.workspace_id = t.workspace_id and p.id = t.project_id where t.workspace_id = ")
            .bind(tx.workspace())
            .sql(" and t.deleted_at is null and p.deleted_at is null");
        if !scope.all {
            built = built
                .sql(" and exists (select from projects.project_members as m where m.workspace_id = ")
                .bind(tx.workspace())
                .sql(" and m.project_id = t.project_id and m.left_at is null and m.member_id = ")
                .bind(scope.member)
                .sql(")");
        }
        if let Some(project) = query.project_id {
            built = built.sql(" and t.project_id = ").bind(project);
        }
        match query.status.as_deref() {
            None | Some("") => {}
            Some("open") => built = built.sql(" and t.completed_at is null"),
            Some(word) => {
                let status: TaskStatus = word.parse().map_err(|e: String| {
                    Refusal::field("status", "unknown", format!("Not a status: {e}, or open."))
                })?;
                built = built.sql(" and t.status = ").bind(status);
            }
        }
        if let Some(priority) = query.priority {
            built = built.sql(" and t.priority = ").bind(priority);
        }
        match query.assigned_to.as_deref() {
            None | Some("") => {}
            Some("me") => built = built.sql(" and t.assigned_to = ").bind(scope.member),
            Some("nobody") => built = built.sql(" and t.assigned_to is null"),
            Some(id) => {
                let member: MemberId = id.parse().map_err(|_| {
                    Refusal::field("assigned_to", "invalid", "Give a member's id, me or nobody.")
                })?;
                built = built.sql(" and t.assigned_to = ").bind(member);
            }
        }
        if let Some(milestone) = query.milestone_id {
            built = built.sql(" and t.milestone_id = ").bind(milestone);
        }
        if let Some(due) = query.due_until {
            built = built.sql(" and t.due_date <= ").bind(due);
        }
        if let Some(label) = query.label.as_deref().and_then(text::clean_line) {
            built = built
                .sql(" and exists (select from projects.task_labels as tl join projects.labels as l on l.workspace_id = tl.workspace_id and l.id = tl.label_id where tl.workspace_id = t.workspace_id and tl.task_id = t.id and l.name_sort = ")
                .bind(text::fold(&label))
                .sql(")");
        }
        if let Some(typed) = query.search.as_deref().and_then(text::clean_line) {
            built = built.sql(" and strpos(lower(t.title), ").bind(typed.to_lowercase()).sql(") > 0");
        }
        Ok(built)
    };
    let count = filtered(Built::new("select count(*) from (select 1"))?.sql(" limit 1001) as counted");
    let mut page = filtered(Built::new("with page as (select t.id"))?;
    if let Some(after) = &query.after {
        let (rank, position, id): (i32, i64, TaskId) = Cursor::unpack(after)?;
        page = page
            .sql(" and (")
            .sql(RANK)
            .sql(", t.position, t.id) > (")
            .bind(rank)
            .sql(", ")
            .bind(position)
            .sql(", ")
            .bind(id)
            .sql(")");
    }
    let page = page
        .sql(" order by ")
        .sql(RANK)
        .sql(", t.position, t.id")
        .limit(limit)
        .sql(concat!(
            ") select ",
            task_columns!(),
            " from page join projects.tasks as t on t.workspace_id = "
        ))
        .bind(tx.workspace())
        .sql(concat!(" and t.id = page.id", task_joins!(), " order by "))
        .sql(RANK)
        .sql(", t.position, t.id");
    let (rows, counted) = futures::join!(tx.query_built::<Task>(&page), tx.query_built::<(i64,)>(&count));
    let total = counted?.first().map_or(0, |(count,)| *count);
    Ok(Page::cut(rows?, limit, Total::capped(total), |row| {
        let rank = TaskStatus::ALL.iter().position(|status| *status == row.status).unwrap_or(3);
        Cursor::pack(&(rank, row.position, row.id))
    }))
}

/// Writes a task at the foot of its column, or where it says.
pub async fn insert(
    tx: &TenantTx,
    id: TaskId,
    project: ProjectId,
    task: &NewTask,
    by: Option<MemberId>,
) -> Result<()> {
    let status = task.status.unwrap_or(TaskStatus::Todo);
    let priority = task.priority.unwrap_or(Priority::Medium);
    let now = tx.now();
    let completed: Option<Timestamp> = (status == TaskStatus::Done).then_some(now);
    tx.execute(
        "insert into projects.tasks (workspace_id, id, project_id, milestone_id, title, description, status, priority, position,
           assigned_to, start_date, due_date, estimated_seconds, hourly_rate_cents, is_client_visible, completed_at, created_by,
           created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8,
           coalesce($9, (select max(position) + $18 from projects.tasks
             where workspace_id = $1 and project_id = $3 and status = $7 and deleted_at is null), 0),
           $10, $11, $12, $13, $14, $15, $16, $17, $19, $19)",
        &[
            &tx.workspace(), &id, &project, &task.milestone_id, &task.title, &task.description, &status, &priority, &task.position,
            &task.assigned_to, &task.start_date, &task.due_date, &task.estimated_seconds, &task.hourly_rate_cents,
            &task.is_client_visible, &completed, &by, &super::rules::GAP, &now,
        ],
    )
    .await
    .map(drop)
}

/// Writes the changed task over the version that was read; false when there is a newer one.
pub async fn update(tx: &TenantTx, task: &Task) -> Result<bool> {
    let written = tx
        .execute(
            "update projects.tasks set milestone_id = $4, title = $5, description = $6, status = $7, priority = $8, position = $9,
               assigned_to = $10, start_date = $11, due_date = $12, estimated_seconds = $13, hourly_rate_cents = $14,
               is_client_visible = $15, completed_at = $16, updated_at = $17, version = version + 1
             where workspace_id = $1 and id = $2 and version = $3 and deleted_at is null",
            &[
                &tx.workspace(), &task.id, &task.version, &task.milestone_id, &task.title, &task.description, &task.status,
                &task.priority, &task.position, &task.assigned_to, &task.start_date, &task.due_date, &task.estimated_seconds,
                &task.hourly_rate_cents, &task.is_client_visible, &task.completed_at, &tx.now(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// The cards of a column but one, with their positions, in order.
pub async fn column(
    tx: &TenantTx,
    project: ProjectId,
    status: TaskStatus,
    but: TaskId,
) -> Result<Vec<(TaskId, i64)>> {
    tx.query(
        "select id, position from projects.tasks
         where workspace_id = $1 and project_id = $2 and status = $3 and id <> $4 and deleted_at is null order by position, id",
        &[&tx.workspace(), &project, &status, &but],
    )
    .await
}

/// Gives cards new positions. Their versions stay: nobody changed what they say.
pub async fn respace(tx: &TenantTx, ids: &[TaskId], positions: &[i64]) -> Result<()> {
    tx.execute(
        "update projects.tasks as t set position = given.position
         from unnest($2::uuid[], $3::int8[]) as given (id, position) where t.workspace_id = $1 and t.id = given.id",
        &[&tx.workspace(), &ids, &positions],
    )
    .await
    .map(drop)
}

/// The foot of a column.
pub async fn foot(tx: &TenantTx, project: ProjectId, status: TaskStatus) -> Result<i64> {
    tx.scalar(
        "select coalesce(max(position) + $4, 0) from projects.tasks
         where workspace_id = $1 and project_id = $2 and status = $3 and deleted_at is null",
        &[&tx.workspace(), &project, &status, &super::rules::GAP],
    )
    .await
}

/// Puts a task away.
pub async fn delete(tx: &TenantTx, id: TaskId) -> Result<bool> {
    let now = tx.now();
    let gone = tx
        .execute(
            "update projects.tasks set deleted_at = $3, updated_at = $3, version = version + 1
             where workspace_id = $1 and id = $2 and deleted_at is null",
            &[&tx.workspace(), &id, &now],
        )
        .await?;
    Ok(gone == 1)
}

/// Whether a milestone belongs to a project.
pub async fn has_milestone(tx: &TenantTx, project: ProjectId, milestone: MilestoneId) -> Result<bool> {
    tx.scalar(
        "select exists (select from projects.milestones where workspace_id = $1 and project_id = $2 and id = $3 and deleted_at is null)",
        &[&tx.workspace(), &project, &milestone],
    )
    .await
}
