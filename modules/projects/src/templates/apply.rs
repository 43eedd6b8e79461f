//! Making a project's tasks and milestones from a template, in two statements.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};
use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::Shape;
use crate::{
    ProjectId,
    members::MemberRole,
    projects::rules::shares,
    tasks::{Priority, rules::GAP},
};

/// Makes the tasks and milestones of a new project. Shares are of `value_cents`; what a lead does goes to `lead`.
pub async fn apply(
    tx: &TenantTx,
    shape: &Shape,
    project: ProjectId,
    start: Date,
    value_cents: i64,
    lead: Option<MemberId>,
) -> Result<()> {
    let ids: HashMap<Uuid, Uuid> = shape.milestones.iter().map(|m| (m.id, Uuid::now_v7())).collect();
    milestones(tx, shape, &ids, project, start, value_cents).await?;
    tasks(tx, shape, &ids, project, start, lead).await
}

fn day(start: Date, after: Option<i32>) -> Option<Date> {
    after.and_then(|days| start.checked_add(i64::from(days).days()).ok())
}

async fn milestones(
    tx: &TenantTx,
    shape: &Shape,
    ids: &HashMap<Uuid, Uuid>,
    project: ProjectId,
    start: Date,
    value: i64,
) -> Result<()> {
    let m = &shape.milestones;
    let thousandths: Vec<Option<i64>> = m
        .iter()
        .map(|m| m.amount_percent.and_then(|percent| (percent * rust_decimal::Decimal::from(1_000)).to_i64()))
        .collect();
    let shares = shares(value, &thousandths);
    let new: Vec<Uuid> = m.iter().map(|m| ids[&m.id]).collect();
    let positions: Vec<i64> = (0..).step_by(1_024).take(m.len()).collect();
    let titles: Vec<&str> = m.iter().map(|m| m.title.as_str()).collect();
    let texts: Vec<&str> = m.iter().map(|m| m.description.as_str()).collect();
    let days: Vec<Option<Date>> = m.iter().map(|m| day(start, m.due_after_days)).collect();
    let amounts: Vec<Option<i64>> =
        m.iter().zip(shares).map(|(m, share)| m.amount_cents.or(share.filter(|cents| *cents > 0))).collect();
    let visible: Vec<bool> = m.iter().map(|m| m.is_client_visible).collect();
    tx.execute(
        "insert into projects.milestones (workspace_id, project_id, id, position, title, description, due_date, amount_cents,
           is_client_visible, created_at, updated_at)
         select $1, $2, g.id, g.position, g.title, g.description, g.due_date, g.amount, g.visible, $10, $10
         from unnest($3::uuid[], $4::int8[], $5::text[], $6::text[], $7::date[], $8::int8[], $9::bool[])
           as g (id, position, title, description, due_date, amount, visible)",
        &[&tx.workspace(), &project, &new, &positions, &titles, &texts, &days, &amounts, &visible, &tx.now()],
    )
    .await
    .map(drop)
}

async fn tasks(
    tx: &TenantTx,
    shape: &Shape,
    ids: &HashMap<Uuid, Uuid>,
    project: ProjectId,
    start: Date,
    lead: Option<MemberId>,
) -> Result<()> {
    let k = &shape.tasks;
    let new: Vec<Uuid> = k.iter().map(|_| Uuid::now_v7()).collect();
    let milestones: Vec<Option<Uuid>> =
        k.iter().map(|k| k.milestone_id.and_then(|id| ids.get(&id).copied())).collect();
    let positions: Vec<i64> = (0..k.len()).map(|i| i64::try_from(i).unwrap_or(0) * GAP).collect();
    let titles: Vec<&str> = k.iter().map(|k| k.title.as_str()).collect();
    let texts: Vec<&str> = k.iter().map(|k| k.description.as_str()).collect();
    let priorities: Vec<Priority> = k.iter().map(|k| k.priority).collect();
    let assignees: Vec<Option<MemberId>> =
        k.iter().map(|k| lead.filter(|_| k.assignee_role == Some(MemberRole::Lead))).collect();
    let days: Vec<Option<Date>> = k.iter().map(|k| day(start, k.due_after_days)).collect();
    let estimates: Vec<Option<i64>> = k.iter().map(|k| k.estimated_seconds).collect();
    let visible: Vec<bool> = k.iter().map(|k| k.is_client_visible).collect();
    tx.execute(
        "insert into projects.tasks (workspace_id, project_id, id, milestone_id, position, title, description, priority, assigned_to,
           due_date, estimated_seconds, is_client_visible, created_at, updated_at)
         select $1, $2, g.id, g.milestone_id, g.position, g.title, g.description, g.priority, g.assigned_to, g.due_date, g.estimate,
           g.visible, $13, $13
         from unnest($3::uuid[], $4::uuid[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::date[], $11::int8[], $12::bool[])
           as g (id, milestone_id, position, title, description, priority, assigned_to, due_date, estimate, visible)",
        &[
            &tx.workspace(), &project, &new, &milestones, &positions, &titles, &texts, &priorities, &assignees, &days, &estimates,
            &visible, &tx.now(),
        ],
    )
    .await
    .map(drop)
}
