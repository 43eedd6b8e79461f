//! The small steps of a task.

use garde::Validate;
use jiff::Timestamp;
use rapport_base::{MemberId, Refusal, Result, text};
use rapport_db::{TenantTx, row};
use rapport_web::{Cx, validate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Task, TaskId, store};
use crate::{access::Scope, events::TaskUpdated};

rapport_base::id!(
    /// A step of a task.
    StepId
);

row! {
    /// A step of a task.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Step {
        /// Id.
        pub id: StepId,
        /// Task.
        pub task_id: TaskId,
        /// What to do.
        pub body: String,
        /// Its place, smallest first.
        pub position: i32,
        /// When it was ticked off.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub done_at: Option<Timestamp>,
    }
}

/// A step to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStep {
    /// What to do.
    #[garde(length(chars, min = 1, max = 500))]
    pub body: String,
}

/// What changes of a step.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepChange {
    /// What to do.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    pub body: Option<String>,
    /// Whether it is done.
    #[garde(skip)]
    pub is_done: Option<bool>,
}

/// The steps of a task, in order.
pub async fn list(tx: &TenantTx, task: TaskId) -> Result<Vec<Step>> {
    tx.query(
        "select id, task_id, body, position, done_at from projects.task_checklist_items
         where workspace_id = $1 and task_id = $2 order by position, id limit 200",
        &[&tx.workspace(), &task],
    )
    .await
}

/// A step of a task in scope, with the task.
async fn get(cx: &Cx, tx: &TenantTx, id: StepId) -> Result<(Step, Task)> {
    let step: Step = tx
        .get(
            "select id, task_id, body, position, done_at from projects.task_checklist_items where workspace_id = $1 and id = $2",
            &[&tx.workspace(), &id],
        )
        .await?;
    let task = store::find(tx, Scope::of(cx), step.task_id).await?.ok_or_else(Refusal::not_found)?;
    Ok((step, task))
}

/// Adds a step.
pub(crate) async fn add(cx: &Cx, task: TaskId, mut input: NewStep) -> Result<Step> {
    input.body = text::clean_line(&input.body).unwrap_or_default();
    validate(&input)?;
    let tx = cx.begin().await?;
    let task = store::find(&tx, Scope::of(cx), task).await?.ok_or_else(Refusal::not_found)?;
    if task.checklist_total >= 200 {
        return Err(Refusal::field(
            "body",
            "too_many",
            "A task holds up to 200 steps. Make another task of them.",
        )
        .into());
    }
    let step: Step = tx
        .get(
            "insert into projects.task_checklist_items (workspace_id, id, task_id, position, body, created_at)
             select $1, $2, $3, coalesce(max(position) + 1, 0), $4, $5 from projects.task_checklist_items
             where workspace_id = $1 and task_id = $3
             returning id, task_id, body, position, done_at",
            &[&tx.workspace(), &StepId::new(), &task.id, &input.body, &tx.now()],
        )
        .await?;
    tell(&tx, &task);
    tx.commit().await?;
    Ok(step)
}

/// Changes a step, or ticks it off.
pub(crate) async fn change(cx: &Cx, id: StepId, mut input: StepChange) -> Result<Step> {
    input.body = input.body.map(|body| text::clean_line(&body).unwrap_or_default());
    validate(&input)?;
    let tx = cx.begin().await?;
    let (step, task) = get(cx, &tx, id).await?;
    let done = match input.is_done {
        Some(true) => step.done_at.or_else(|| Some(tx.now())),
        Some(false) => None,
        None => step.done_at,
    };
    let by: Option<MemberId> = done.map(|_| cx.member.id);
    let body = input.body.unwrap_or(step.body);
    let step: Step = tx
        .get(
            "update projects.task_checklist_items set body = $3, done_at = $4, done_by = $5 where workspace_id = $1 and id = $2
             returning id, task_id, body, position, done_at",
            &[&tx.workspace(), &id, &body, &done, &by],
        )
        .await?;
    tell(&tx, &task);
    tx.commit().await?;
    Ok(step)
}

/// Removes a step; tells of which task.
pub(crate) async fn remove(cx: &Cx, id: StepId) -> Result<TaskId> {
    let tx = cx.begin().await?;
    let (_, task) = get(cx, &tx, id).await?;
    tx.execute(
        "delete from projects.task_checklist_items where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id],
    )
    .await?;
    tell(&tx, &task);
    tx.commit().await?;
    Ok(task.id)
}

fn tell(tx: &TenantTx, task: &Task) {
    tx.publish(&TaskUpdated {
        project_id: task.project_id.uuid(),
        client_id: task.client_id,
        task_id: task.id.uuid(),
        title: task.title.clone(),
        status: task.status.to_string(),
        assigned_to: task.assigned_to.map(MemberId::uuid),
        assigned_before: task.assigned_to.map(MemberId::uuid),
        fields: vec!["checklist".into()],
    });
}
