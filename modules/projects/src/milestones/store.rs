//! All SQL of milestones.

use jiff::Timestamp;
use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;

use super::{Milestone, MilestoneId, MilestoneStatus, NewMilestone};
use crate::{
    ProjectId,
    access::{Place, Scope, by_place, in_scope},
};

macro_rules! milestone_select {
    () => {
        "select m.id, m.project_id, m.title, m.description, m.status, m.due_date, m.completed_at, m.amount_cents, p.currency,
           m.is_client_visible, m.invoice_id, m.position, g.total as tasks_total, g.done as tasks_done, m.version, m.created_at, m.updated_at
         from projects.milestones as m
         join projects.projects as p on p.workspace_id = m.workspace_id and p.id = m.project_id and p.deleted_at is null
         cross join lateral (
           select count(*) as total, count(*) filter (where t.status = 'done') as done from projects.tasks as t
           where t.workspace_id = m.workspace_id and t.project_id = m.project_id and t.milestone_id = m.id and t.deleted_at is null) as g
         where m.workspace_id = $1 and m.deleted_at is null and "
    };
}

/// The milestones of a project, in order.
pub(crate) async fn list(tx: &TenantTx, project: impl Into<Place>) -> Result<Vec<Milestone>> {
    let place = project.into();
    let sql =
        by_place!(place, [milestone_select!(), "m.project_id = "], [" order by m.position, m.id limit 500"]);
    tx.query(sql, &[&tx.workspace(), &place.id()]).await
}

/// A milestone in scope.
pub async fn find(tx: &TenantTx, scope: Scope, id: MilestoneId) -> Result<Option<Milestone>> {
    tx.find(
        concat!(milestone_select!(), "m.id = $2 and ", in_scope!("m.project_id", "$3", "$4")),
        &[&tx.workspace(), &id, &scope.all, &scope.member],
    )
    .await
}

/// Writes a milestone after the others.
pub async fn insert(
    tx: &TenantTx,
    id: MilestoneId,
    project: ProjectId,
    milestone: &NewMilestone,
    by: Option<MemberId>,
) -> Result<()> {
    let now = tx.now();
    let status = milestone.status.unwrap_or(MilestoneStatus::Pending);
    let completed: Option<Timestamp> = (status == MilestoneStatus::Completed).then_some(now);
    let by = by.filter(|_| completed.is_some());
    let visible = milestone.is_client_visible.unwrap_or(true);
    tx.execute(
        "insert into projects.milestones (workspace_id, id, project_id, position, title, description, status, due_date, completed_at,
           completed_by, amount_cents, is_client_visible, created_at, updated_at)
         select $1, $2, $3, coalesce(max(position) + 1024, 0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $12
         from projects.milestones where workspace_id = $1 and project_id = $3 and deleted_at is null",
        &[
            &tx.workspace(), &id, &project, &milestone.title, &milestone.description, &status, &milestone.due_date, &completed, &by,
            &milestone.amount_cents, &visible, &now,
        ],
    )
    .await
    .map(drop)
}

/// Writes the changed milestone over the version that was read; false when there is a newer one.
/// An amount that an invoice holds cannot be changed or taken back.
pub async fn update(tx: &TenantTx, milestone: &Milestone, by: Option<MemberId>) -> Result<bool> {
    let by = by.filter(|_| milestone.completed_at.is_some());
    let written = tx
        .execute(
            "update projects.milestones set title = $4, description = $5, status = $6, due_date = $7, completed_at = $8,
               completed_by = case when $8::timestamptz is null then null else coalesce(completed_by, $9) end,
               amount_cents = $10, is_client_visible = $11, updated_at = $12, version = version + 1
             where workspace_id = $1 and id = $2 and version = $3 and deleted_at is null
               and (invoice_id is null or ($8::timestamptz is not null and amount_cents is not distinct from $10))",
            &[
                &tx.workspace(), &milestone.id, &milestone.version, &milestone.title, &milestone.description, &milestone.status,
                &milestone.due_date, &milestone.completed_at, &by, &milestone.amount_cents, &milestone.is_client_visible, &tx.now(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// Puts a milestone away unless an invoice holds it; its tasks no longer lead to it.
pub async fn delete(tx: &TenantTx, id: MilestoneId) -> Result<bool> {
    let now = tx.now();
    let gone = tx
        .execute(
            "update projects.milestones set deleted_at = $3, updated_at = $3, version = version + 1
             where workspace_id = $1 and id = $2 and deleted_at is null and invoice_id is null",
            &[&tx.workspace(), &id, &now],
        )
        .await?;
    if gone == 1 {
        tx.execute(
            "update projects.tasks set milestone_id = null where workspace_id = $1 and milestone_id = $2",
            &[&tx.workspace(), &id],
        )
        .await?;
    }
    Ok(gone == 1)
}
