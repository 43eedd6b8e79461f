//! What is done with milestones.

use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};
use serde_json::json;

use super::{Milestone, MilestoneChange, MilestoneId, MilestoneStatus, NewMilestone, store};
use crate::{
    PROJECTS_FINANCIALS, ProjectId,
    access::Scope,
    events::{MilestoneCompleted, MilestoneCreated, MilestoneUpdated},
    projects::{self, Project},
};

/// The milestone as this reader may see it.
pub(crate) fn shown(cx: &Cx, mut milestone: Milestone) -> Milestone {
    if !cx.may(PROJECTS_FINANCIALS) {
        milestone.amount_cents = None;
    }
    milestone
}

/// A milestone in scope.
pub(crate) async fn get(cx: &Cx, tx: &TenantTx, id: MilestoneId) -> Result<Milestone> {
    let milestone = store::find(tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    Ok(shown(cx, milestone))
}

/// Adds a milestone to a project.
pub(crate) async fn create(cx: &Cx, project: ProjectId, mut input: NewMilestone) -> Result<MilestoneId> {
    input.title = text::clean_line(&input.title).unwrap_or_default();
    input.description = text::clean(&input.description).unwrap_or_default();
    validate(&input)?;
    if input.amount_cents.is_some() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let tx = cx.begin().await?;
    let project = projects::store::find(&tx, Scope::of(cx), project).await?.ok_or_else(Refusal::not_found)?;
    projects::store::lock(&tx, project.id).await?;
    let id = MilestoneId::new();
    store::insert(&tx, id, project.id, &input, Some(cx.member.id)).await?;
    projects::store::touch(&tx, project.id).await?;
    tx.publish(&MilestoneCreated {
        project_id: project.id.uuid(),
        client_id: project.client_id.uuid(),
        milestone_id: id.uuid(),
        title: input.title,
    });
    let milestone = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    if milestone.status == MilestoneStatus::Completed {
        reached(&tx, &project, &milestone, None);
    }
    tx.commit().await?;
    Ok(id)
}

/// Changes a milestone, completes it or opens it again.
pub(crate) async fn update(
    cx: &Cx,
    id: MilestoneId,
    mut change: MilestoneChange,
    seen: Option<i32>,
) -> Result<Milestone> {
    change.title = change.title.map(|title| text::clean_line(&title).unwrap_or_default());
    change.description = change.description.map(|typed| text::clean(&typed).unwrap_or_default());
    validate(&change)?;
    if change.amount_cents.is_some() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let tx = cx.begin().await?;
    let before = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let mut after = before.clone();
    let fields = apply(&mut after, change);
    if fields.is_empty() {
        return Ok(shown(cx, before));
    }
    if before.invoice_id.is_some() && (fields.contains(&"amount_cents") || after.status != before.status) {
        return Err(billed().into());
    }
    after.completed_at = match (before.status, after.status) {
        (MilestoneStatus::Completed, MilestoneStatus::Completed) => before.completed_at,
        (_, MilestoneStatus::Completed) => Some(tx.now()),
        _ => None,
    };
    if !store::update(&tx, &after, Some(cx.member.id)).await? {
        return Err(Refusal::stale().into());
    }
    projects::store::touch(&tx, before.project_id).await?;
    let project = projects::store::find_any(&tx, before.project_id).await?.ok_or_else(Refusal::not_found)?;
    publish(&tx, &project, &before, &after, &fields);
    let after = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(shown(cx, after))
}

fn billed() -> Refusal {
    Refusal::conflict(
        "milestones.billed",
        "An invoice holds this milestone. Delete the draft or void the invoice first.",
    )
}

fn apply(milestone: &mut Milestone, change: MilestoneChange) -> Vec<&'static str> {
    fn set<T: PartialEq>(
        fields: &mut Vec<&'static str>,
        name: &'static str,
        field: &mut T,
        value: Option<T>,
    ) {
        if let Some(value) = value.filter(|value| value != field) {
            *field = value;
            fields.push(name);
        }
    }
    let mut fields = Vec::new();
    set(&mut fields, "title", &mut milestone.title, change.title);
    set(&mut fields, "description", &mut milestone.description, change.description);
    set(&mut fields, "status", &mut milestone.status, change.status);
    set(&mut fields, "due_date", &mut milestone.due_date, change.due_date);
    set(&mut fields, "amount_cents", &mut milestone.amount_cents, change.amount_cents);
    set(&mut fields, "is_client_visible", &mut milestone.is_client_visible, change.is_client_visible);
    fields
}

fn publish(tx: &TenantTx, project: &Project, before: &Milestone, after: &Milestone, fields: &[&'static str]) {
    if before.status != MilestoneStatus::Completed && after.status == MilestoneStatus::Completed {
        reached(tx, project, after, Some(before.status));
        if fields == ["status"] {
            return;
        }
    }
    let reopened = before.status == MilestoneStatus::Completed && after.status != MilestoneStatus::Completed;
    let mut named: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    if reopened {
        named.insert(0, "reopened".into());
    }
    let facts = |milestone: &Milestone| {
        let all = serde_json::to_value(milestone).unwrap_or_default();
        Some(
            fields
                .iter()
                .map(|field| ((*field).to_owned(), all[*field].clone()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        )
    };
    tx.publish_change(&changed(project, after, named), facts(before), facts(after));
}

fn changed(project: &Project, milestone: &Milestone, fields: Vec<String>) -> MilestoneUpdated {
    MilestoneUpdated {
        project_id: project.id.uuid(),
        client_id: project.client_id.uuid(),
        milestone_id: milestone.id.uuid(),
        title: milestone.title.clone(),
        fields,
    }
}

fn reached(tx: &TenantTx, project: &Project, milestone: &Milestone, before: Option<MilestoneStatus>) {
    let event = MilestoneCompleted {
        project_id: project.id.uuid(),
        client_id: project.client_id.uuid(),
        milestone_id: milestone.id.uuid(),
        title: milestone.title.clone(),
        project_name: project.name.clone(),
        amount_cents: milestone.amount_cents,
        currency: project.currency.to_string(),
        is_client_visible: milestone.is_client_visible,
    };
    tx.publish_change(
        &event,
        before.map(|status| json!({ "status": status })),
        Some(json!({ "status": milestone.status })),
    );
}

/// Puts a milestone away.
pub(crate) async fn delete(cx: &Cx, id: MilestoneId) -> Result<Milestone> {
    let tx = cx.begin().await?;
    let milestone = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    let project =
        projects::store::find_any(&tx, milestone.project_id).await?.ok_or_else(Refusal::not_found)?;
    if !store::delete(&tx, id).await? {
        return Err(billed().into());
    }
    tx.publish_change(
        &changed(&project, &milestone, vec!["deleted".into()]),
        Some(json!({ "title": milestone.title })),
        None,
    );
    tx.commit().await?;
    Ok(milestone)
}
