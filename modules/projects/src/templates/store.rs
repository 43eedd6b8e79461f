//! All SQL of templates.

use rapport_base::{Result, text};
use rapport_db::{FromRow, TenantTx};
use uuid::Uuid;

use super::{Shape, Template, TemplateId, TemplateMilestone, TemplateTask};
use crate::ProjectId;

macro_rules! template_select {
    () => {
        "select t.id, t.name, t.description, t.billing_type, t.budget_cents, t.budget_seconds, t.currency, t.duration_days, t.is_default,
           (select count(*) from projects.template_tasks as k where k.workspace_id = t.workspace_id and k.template_id = t.id) as tasks,
           (select count(*) from projects.template_milestones as m
             where m.workspace_id = t.workspace_id and m.template_id = t.id) as milestones,
           t.version
         from projects.templates as t where t.workspace_id = $1 and t.archived_at is null "
    };
}

/// The templates, the default one first.
pub async fn list(tx: &TenantTx) -> Result<Vec<Template>> {
    tx.query(
        concat!(template_select!(), "order by t.is_default desc, t.name_sort, t.id limit 200"),
        &[&tx.workspace()],
    )
    .await
}

/// A template with all it makes.
pub async fn load(tx: &TenantTx, id: TemplateId) -> Result<Option<Shape>> {
    let (template, milestones, tasks) = futures::join!(
        async {
            tx.find::<Template>(concat!(template_select!(), "and t.id = $2"), &[&tx.workspace(), &id]).await
        },
        milestones(tx, id),
        tasks(tx, id),
    );
    let (milestones, tasks) = (milestones?, tasks?);
    Ok(template?.map(|template| Shape { template, milestones, tasks }))
}

/// The template that won deals take.
pub async fn load_default(tx: &TenantTx) -> Result<Option<Shape>> {
    let id: Option<(TemplateId,)> = tx
        .find(
            "select id from projects.templates where workspace_id = $1 and is_default and archived_at is null",
            &[&tx.workspace()],
        )
        .await?;
    match id {
        Some((id,)) => load(tx, id).await,
        None => Ok(None),
    }
}

async fn milestones(tx: &TenantTx, id: TemplateId) -> Result<Vec<TemplateMilestone>> {
    items(
        tx,
        "select id, title, description, due_after_days, amount_cents, amount_percent, is_client_visible
         from projects.template_milestones where workspace_id = $1 and template_id = $2 order by position, id",
        id,
    )
    .await
}

async fn tasks(tx: &TenantTx, id: TemplateId) -> Result<Vec<TemplateTask>> {
    items(
        tx,
        "select id, milestone_id, title, description, priority, assignee_role, due_after_days, estimated_seconds, is_client_visible
         from projects.template_tasks where workspace_id = $1 and template_id = $2 order by position, id",
        id,
    )
    .await
}

async fn items<T: FromRow>(tx: &TenantTx, sql: &'static str, id: TemplateId) -> Result<Vec<T>> {
    tx.query(sql, &[&tx.workspace(), &id]).await
}

/// Writes a template with all it makes.
pub async fn insert(tx: &TenantTx, shape: &Shape) -> Result<()> {
    let t = &shape.template;
    let sorted = text::fold(&t.name);
    tx.execute(
        "insert into projects.templates (workspace_id, id, name, name_sort, description, billing_type, budget_cents, budget_seconds,
           currency, duration_days, is_default, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        &[
            &tx.workspace(), &t.id, &t.name, &sorted, &t.description, &t.billing_type, &t.budget_cents, &t.budget_seconds, &t.currency,
            &t.duration_days, &t.is_default, &tx.now(),
        ],
    )
    .await?;
    let m = &shape.milestones;
    let ids: Vec<Uuid> = m.iter().map(|m| m.id).collect();
    let titles: Vec<&str> = m.iter().map(|m| m.title.as_str()).collect();
    let texts: Vec<&str> = m.iter().map(|m| m.description.as_str()).collect();
    let days: Vec<Option<i32>> = m.iter().map(|m| m.due_after_days).collect();
    let amounts: Vec<Option<i64>> = m.iter().map(|m| m.amount_cents).collect();
    let percents: Vec<Option<rust_decimal::Decimal>> = m.iter().map(|m| m.amount_percent).collect();
    let visible: Vec<bool> = m.iter().map(|m| m.is_client_visible).collect();
    tx.execute(
        "insert into projects.template_milestones (workspace_id, template_id, position, id, title, description, due_after_days,
           amount_cents, amount_percent, is_client_visible)
         select $1, $2, g.place, g.id, g.title, g.description, g.days, g.amount, g.percent, g.visible
         from unnest($3::uuid[], $4::text[], $5::text[], $6::int4[], $7::int8[], $8::numeric[], $9::bool[])
           with ordinality as g (id, title, description, days, amount, percent, visible, place)",
        &[&tx.workspace(), &t.id, &ids, &titles, &texts, &days, &amounts, &percents, &visible],
    )
    .await?;
    insert_tasks(tx, t.id, &shape.tasks).await
}

async fn insert_tasks(tx: &TenantTx, template: TemplateId, k: &[TemplateTask]) -> Result<()> {
    let ids: Vec<Uuid> = k.iter().map(|k| k.id).collect();
    let milestones: Vec<Option<Uuid>> = k.iter().map(|k| k.milestone_id).collect();
    let titles: Vec<&str> = k.iter().map(|k| k.title.as_str()).collect();
    let texts: Vec<&str> = k.iter().map(|k| k.description.as_str()).collect();
    let priorities: Vec<super::Priority> = k.iter().map(|k| k.priority).collect();
    let roles: Vec<Option<super::MemberRole>> = k.iter().map(|k| k.assignee_role).collect();
    let days: Vec<Option<i32>> = k.iter().map(|k| k.due_after_days).collect();
    let estimates: Vec<Option<i64>> = k.iter().map(|k| k.estimated_seconds).collect();
    let visible: Vec<bool> = k.iter().map(|k| k.is_client_visible).collect();
    tx.execute(
        "insert into projects.template_tasks (workspace_id, template_id, position, id, milestone_id, title, description, priority,
           assignee_role, due_after_days, estimated_seconds, is_client_visible)
         select $1, $2, g.place, g.id, g.milestone_id, g.title, g.description, g.priority, g.role, g.days, g.estimate, g.visible
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int4[], $10::int8[], $11::bool[])
           with ordinality as g (id, milestone_id, title, description, priority, role, days, estimate, visible, place)",
        &[&tx.workspace(), &template, &ids, &milestones, &titles, &texts, &priorities, &roles, &days, &estimates, &visible],
    )
    .await
    .map(drop)
}

/// Writes the changed template over the version that was read; false when there is a newer one.
pub async fn update(tx: &TenantTx, t: &Template) -> Result<bool> {
    let sorted = text::fold(&t.name);
    let written = tx
        .execute(
            "update projects.templates set name = $4, name_sort = $5, description = $6, billing_type = $7, budget_seconds = $8,
               duration_days = $9, is_default = $10, updated_at = $11, version = version + 1
             where workspace_id = $1 and id = $2 and version = $3 and archived_at is null",
            &[
                &tx.workspace(), &t.id, &t.version, &t.name, &sorted, &t.description, &t.billing_type, &t.budget_seconds,
                &t.duration_days, &t.is_default, &tx.now(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// No template is the default one any more.
pub async fn clear_default(tx: &TenantTx) -> Result<()> {
    tx.execute(
        "update projects.templates set is_default = false, updated_at = $2 where workspace_id = $1 and is_default and archived_at is null",
        &[&tx.workspace(), &tx.now()],
    )
    .await
    .map(drop)
}

/// Puts a template away; projects made from it stay as they are.
pub async fn archive(tx: &TenantTx, id: TemplateId) -> Result<bool> {
    let now = tx.now();
    let gone = tx
        .execute(
            "update projects.templates set archived_at = $3, is_default = false, updated_at = $3
             where workspace_id = $1 and id = $2 and archived_at is null",
            &[&tx.workspace(), &id, &now],
        )
        .await?;
    Ok(gone == 1)
}

/// The shape of a project: its milestones and open and done tasks, with days counted from its start.
pub async fn shape_of(
    tx: &TenantTx,
    project: ProjectId,
) -> Result<(Vec<TemplateMilestone>, Vec<TemplateTask>)> {
    let (milestones, tasks) = futures::join!(
        async {
            tx.query::<TemplateMilestone>(
                "select m.id, m.title, m.description,
                   greatest(least(m.due_date - coalesce(p.start_date, p.created_at::date), 3650), 0) as due_after_days,
                   m.amount_cents, null::numeric as amount_percent, m.is_client_visible
                 from projects.milestones as m
                 join projects.projects as p on p.workspace_id = m.workspace_id and p.id = m.project_id
                 where m.workspace_id = $1 and m.project_id = $2 and m.deleted_at is null order by m.position, m.id limit 200",
                &[&tx.workspace(), &project],
            )
            .await
        },
        async {
            tx.query::<TemplateTask>(
                "select t.id, t.milestone_id, t.title, t.description, t.priority, pm.role as assignee_role,
                   greatest(least(t.due_date - coalesce(p.start_date, p.created_at::date), 3650), 0) as due_after_days,
                   t.estimated_seconds, t.is_client_visible
                 from projects.tasks as t
                 join projects.projects as p on p.workspace_id = t.workspace_id and p.id = t.project_id
                 left join projects.project_members as pm
                   on pm.workspace_id = t.workspace_id and pm.project_id = t.project_id and pm.member_id = t.assigned_to
                 where t.workspace_id = $1 and t.project_id = $2 and t.deleted_at is null and t.parent_id is null
                 order by case t.status when 'done' then 0 when 'review' then 1 when 'in_progress' then 2 else 3 end, t.position, t.id
                 limit 500",
                &[&tx.workspace(), &project],
            )
            .await
        },
    );
    Ok((milestones?, tasks?))
}

/// Adds a task at the foot of a template.
pub async fn add_task(tx: &TenantTx, template: TemplateId, task: &TemplateTask) -> Result<()> {
    tx.execute(
        "insert into projects.template_tasks (workspace_id, template_id, position, id, milestone_id, title, priority, assignee_role,
           due_after_days, estimated_seconds, is_client_visible)
         select $1, $2, coalesce(max(position) + 1, 1), $3, $4, $5, $6, $7, $8, $9, $10
         from projects.template_tasks where workspace_id = $1 and template_id = $2",
        &[
            &tx.workspace(), &template, &task.id, &task.milestone_id, &task.title, &task.priority, &task.assignee_role,
            &task.due_after_days, &task.estimated_seconds, &task.is_client_visible,
        ],
    )
    .await
    .map(drop)
}

/// Adds a milestone at the foot of a template.
pub async fn add_milestone(tx: &TenantTx, template: TemplateId, milestone: &TemplateMilestone) -> Result<()> {
    tx.execute(
        "insert into projects.template_milestones (workspace_id, template_id, position, id, title, due_after_days, amount_percent,
           is_client_visible)
         select $1, $2, coalesce(max(position) + 1, 1), $3, $4, $5, $6, $7
         from projects.template_milestones where workspace_id = $1 and template_id = $2",
        &[
            &tx.workspace(), &template, &milestone.id, &milestone.title, &milestone.due_after_days, &milestone.amount_percent,
            &milestone.is_client_visible,
        ],
    )
    .await
    .map(drop)
}

/// Removes a task from a template.
pub async fn remove_task(tx: &TenantTx, template: TemplateId, id: Uuid) -> Result<()> {
    tx.execute(
        "delete from projects.template_tasks where workspace_id = $1 and template_id = $2 and id = $3",
        &[&tx.workspace(), &template, &id],
    )
    .await
    .map(drop)
}

/// Removes a milestone from a template; its tasks stay.
pub async fn remove_milestone(tx: &TenantTx, template: TemplateId, id: Uuid) -> Result<()> {
    tx.execute(
        "update projects.template_tasks set milestone_id = null where workspace_id = $1 and template_id = $2 and milestone_id = $3",
        &[&tx.workspace(), &template, &id],
    )
    .await?;
    tx.execute(
        "delete from projects.template_milestones where workspace_id = $1 and template_id = $2 and id = $3",
        &[&tx.workspace(), &template, &id],
    )
    .await
    .map(drop)
}
