//! What is done with templates.

use rapport_base::{Refusal, Result, text};
use rapport_web::{Cx, validate};
use std::collections::HashMap;
use uuid::Uuid;

use super::{
    NewTemplate, Shape, Template, TemplateChange, TemplateId, TemplateMilestone, TemplateTask, store,
};
use crate::{access::Scope, projects};

/// Makes a template of a project's shape.
pub(crate) async fn save(cx: &Cx, mut input: NewTemplate) -> Result<TemplateId> {
    input.name = text::clean_line(&input.name).unwrap_or_default();
    validate(&input)?;
    let tx = cx.begin().await?;
    let project =
        projects::store::find(&tx, Scope::of(cx), input.project_id).await?.ok_or_else(Refusal::not_found)?;
    let (mut milestones, mut tasks) = store::shape_of(&tx, project.id).await?;
    let ids: HashMap<Uuid, Uuid> = milestones.iter().map(|m| (m.id, Uuid::now_v7())).collect();
    milestones.iter_mut().for_each(|m| m.id = ids[&m.id]);
    for task in &mut tasks {
        task.id = Uuid::now_v7();
        task.milestone_id = task.milestone_id.and_then(|id| ids.get(&id).copied());
    }
    let duration_days = match (project.start_date, project.deadline) {
        (Some(start), Some(end)) => Some((end - start).get_days().clamp(0, 3_650)),
        _ => None,
    };
    let template = Template {
        id: TemplateId::new(),
        name: input.name,
        description: project.description,
        billing_type: project.billing_type,
        budget_cents: project.budget_cents,
        budget_seconds: project.budget_seconds,
        currency: Some(project.currency),
        duration_days,
        is_default: input.is_default,
        tasks: i64::try_from(tasks.len()).unwrap_or(i64::MAX),
        milestones: i64::try_from(milestones.len()).unwrap_or(i64::MAX),
        version: 1,
    };
    if template.is_default {
        store::clear_default(&tx).await?;
    }
    let id = template.id;
    store::insert(&tx, &Shape { template, milestones, tasks }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a template, or makes it the one that won deals take.
pub(crate) async fn update(
    cx: &Cx,
    id: TemplateId,
    mut change: TemplateChange,
    seen: Option<i32>,
) -> Result<Shape> {
    change.name = change.name.map(|name| text::clean_line(&name).unwrap_or_default());
    change.description = change.description.map(|typed| text::clean(&typed).unwrap_or_default());
    validate(&change)?;
    let tx = cx.begin().await?;
    let mut template = store::load(&tx, id).await?.ok_or_else(Refusal::not_found)?.template;
    if seen.is_some_and(|seen| seen != template.version) {
        return Err(Refusal::stale().into());
    }
    template.name = change.name.unwrap_or(template.name);
    template.description = change.description.unwrap_or(template.description);
    template.billing_type = change.billing_type.unwrap_or(template.billing_type);
    template.budget_seconds = change.budget_seconds.unwrap_or(template.budget_seconds);
    template.duration_days = change.duration_days.unwrap_or(template.duration_days);
    if change.is_default == Some(true) && !template.is_default {
        store::clear_default(&tx).await?;
    }
    template.is_default = change.is_default.unwrap_or(template.is_default);
    if !store::update(&tx, &template).await? {
        return Err(Refusal::stale().into());
    }
    let shape = store::load(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(shape)
}

/// Puts a template away.
pub(crate) async fn delete(cx: &Cx, id: TemplateId) -> Result<()> {
    let tx = cx.begin().await?;
    if !store::archive(&tx, id).await? {
        return Err(Refusal::not_found().into());
    }
    tx.commit().await
}

/// Adds a task to a template.
pub(crate) async fn add_task(cx: &Cx, id: TemplateId, mut task: TemplateTask) -> Result<()> {
    task.title = titled(&task.title)?;
    within(task.due_after_days)?;
    let tx = cx.begin().await?;
    let shape = store::load(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    if shape.tasks.len() >= 500 {
        return Err(Refusal::field("title", "too_many", "A template holds up to 500 tasks.").into());
    }
    task.milestone_id = task.milestone_id.filter(|id| shape.milestones.iter().any(|m| m.id == *id));
    store::add_task(&tx, id, &task).await?;
    tx.commit().await
}

/// Adds a milestone to a template.
pub(crate) async fn add_milestone(cx: &Cx, id: TemplateId, mut milestone: TemplateMilestone) -> Result<()> {
    milestone.title = titled(&milestone.title)?;
    within(milestone.due_after_days)?;
    let tx = cx.begin().await?;
    let shape = store::load(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    let given: rust_decimal::Decimal = shape.milestones.iter().filter_map(|m| m.amount_percent).sum();
    if milestone
        .amount_percent
        .is_some_and(|percent| percent.is_sign_negative() || percent + given > 100.into())
    {
        return Err(Refusal::field("amount_percent", "over", "All shares together are at most 100 %.").into());
    }
    if shape.milestones.len() >= 200 {
        return Err(Refusal::field("title", "too_many", "A template holds up to 200 milestones.").into());
    }
    store::add_milestone(&tx, id, &milestone).await?;
    tx.commit().await
}

/// Removes a task or milestone from a template.
pub(crate) async fn remove(cx: &Cx, id: TemplateId, item: Uuid) -> Result<()> {
    let tx = cx.begin().await?;
    store::load(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    store::remove_task(&tx, id, item).await?;
    store::remove_milestone(&tx, id, item).await?;
    tx.commit().await
}

fn titled(typed: &str) -> Result<String> {
    text::clean_line(typed)
        .filter(|title| title.chars().count() <= 300)
        .ok_or_else(|| Refusal::field("title", "required", "Write a title of up to 300 characters.").into())
}

fn within(days: Option<i32>) -> Result<()> {
    match days {
        Some(days) if !(0..=3_650).contains(&days) => {
            Err(Refusal::field("due_after_days", "out_of_range", "Write a number of days from 0 to 3650.")
                .into())
        }
        _ => Ok(()),
    }
}
