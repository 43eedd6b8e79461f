//! What is done with projects.

use jiff::civil::Date;
use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};
use serde_json::json;

use super::{BillingType, NewProject, Project, ProjectChange, ProjectId, ProjectStatus, rules, store};
use crate::{
    PROJECTS_FINANCIALS,
    access::{Place, Scope},
    events::{ProjectCreated, ProjectStatusChanged, ProjectUpdated},
    links::ClientOfDeal,
    members::{self, MemberRole},
    rates, templates,
};

/// A project in scope, without money for those who may not see it.
pub(crate) async fn get(cx: &Cx, tx: &TenantTx, project: impl Into<Place>) -> Result<Project> {
    let project = store::find(tx, Scope::of(cx), project).await?.ok_or_else(Refusal::not_found)?;
    Ok(shown(cx, project))
}

/// The project as this reader may see it.
pub(crate) fn shown(cx: &Cx, project: Project) -> Project {
    if cx.may(PROJECTS_FINANCIALS) { project } else { project.without_money() }
}

/// Opens a project.
pub(crate) async fn create(cx: &Cx, mut input: NewProject) -> Result<ProjectId> {
    input.name = text::clean_line(&input.name).unwrap_or_default();
    validate(&input)?;
    rules::dates_in_order(input.start_date, input.deadline)?;
    if input.budget_cents.is_some() || input.hourly_rate_cents.is_some() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let tx = cx.begin().await?;
    let (client, today) = futures::join!(store::client(&tx, input.client_id), store::today(&tx));
    let today = today?;
    let Some((_, currency)) = client? else {
        return Err(Refusal::field("client_id", "not_found", "Choose a client.").into());
    };
    if let (Some(deal), Some(ClientOfDeal(client_of))) = (input.deal_id, cx.app.parts.find::<ClientOfDeal>())
        && client_of(&tx, deal).await? != Some(input.client_id)
    {
        return Err(Refusal::field("deal_id", "not_found", "Choose a deal of this client.").into());
    }
    let template = match input.template_id {
        Some(id) => Some(templates::store::load(&tx, id).await?.ok_or_else(|| {
            Refusal::field("template_id", "not_found", "This template is gone. Choose another.")
        })?),
        None => None,
    };
    let currency = input.currency.unwrap_or(currency);
    let shape = template.as_ref().map(|t| &t.template);
    let row = store::Row {
        id: ProjectId::new(),
        client_id: input.client_id,
        deal_id: input.deal_id,
        template_id: input.template_id,
        name: input.name,
        description: text::clean(&input.description)
            .or_else(|| shape.map(|t| t.description.clone()))
            .unwrap_or_default(),
        status: input.status.unwrap_or(ProjectStatus::Active),
        billing_type: input.billing_type.or(shape.map(|t| t.billing_type)).unwrap_or(BillingType::Hourly),
        currency,
        budget_cents: input
            .budget_cents
            .or_else(|| shape.filter(|t| t.currency == Some(currency)).and_then(|t| t.budget_cents)),
        budget_seconds: input.budget_seconds.or_else(|| shape.and_then(|t| t.budget_seconds)),
        hourly_rate_cents: input.hourly_rate_cents,
        start_date: input.start_date,
        deadline: input
            .deadline
            .or_else(|| shape.and_then(|t| t.deadline_from(input.start_date.unwrap_or(today)))),
        created_by: Some(cx.member.id),
    };
    if !store::insert(&tx, &row).await? {
        return Err(Refusal::conflict("projects.deal_taken", "This deal has a project already.").into());
    }
    members::store::put(&tx, row.id, &[members::MemberInput::new(cx.member.id, MemberRole::Lead)]).await?;
    if let Some(template) = &template {
        let start = row.start_date.unwrap_or(today);
        templates::apply::apply(
            &tx,
            template,
            row.id,
            start,
            row.budget_cents.unwrap_or(0),
            Some(cx.member.id),
        )
        .await?;
    }
    tx.publish_change(
        &created(&row),
        None,
        Some(json!({ "name": row.name, "status": row.status, "billing_type": row.billing_type })),
    );
    tx.commit().await?;
    Ok(row.id)
}

pub(super) fn created(row: &store::Row) -> ProjectCreated {
    ProjectCreated {
        project_id: row.id.uuid(),
        client_id: row.client_id.uuid(),
        name: row.name.clone(),
        deal_id: row.deal_id,
    }
}

/// Changes a project; a version that was read and is no longer the newest is refused.
pub(crate) async fn update(
    cx: &Cx,
    id: ProjectId,
    mut change: ProjectChange,
    seen: Option<i32>,
) -> Result<Project> {
    change.name = change.name.map(|name| text::clean_line(&name).unwrap_or_default());
    change.description = change.description.map(|typed| text::clean(&typed).unwrap_or_default());
    validate(&change)?;
    if change.is_financial() {
        cx.require(PROJECTS_FINANCIALS)?;
    }
    let tx = cx.begin().await?;
    let before = store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let fields = rules::altered(&before, &change);
    if fields.is_empty() {
        return Ok(shown(cx, before));
    }
    let rate_from = change.rate_from;
    let mut after = before.clone();
    apply(&mut after, change);
    rules::dates_in_order(after.start_date, after.deadline)?;
    after.completed_at = match (before.status, after.status) {
        (ProjectStatus::Completed, ProjectStatus::Completed) => before.completed_at,
        (_, ProjectStatus::Completed) => Some(tx.now()),
        _ => None,
    };
    if !store::update(&tx, &after).await? {
        return Err(Refusal::stale().into());
    }
    if after.hourly_rate_cents != before.hourly_rate_cents {
        let rated = rates::of_project(id);
        identity::rates::change(&tx, rated, before.hourly_rate_cents, rate_from, cx.today()).await?;
    }
    publish(&tx, &before, &after, &fields, rate_from);
    let after = store::find_any(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(shown(cx, after))
}

fn apply(project: &mut Project, change: ProjectChange) {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    set(&mut project.name, change.name);
    set(&mut project.description, change.description);
    set(&mut project.status, change.status);
    set(&mut project.billing_type, change.billing_type);
    set(&mut project.budget_cents, change.budget_cents);
    set(&mut project.budget_seconds, change.budget_seconds);
    set(&mut project.hourly_rate_cents, change.hourly_rate_cents);
    set(&mut project.start_date, change.start_date);
    set(&mut project.deadline, change.deadline);
}

fn publish(
    tx: &TenantTx,
    before: &Project,
    after: &Project,
    fields: &[&'static str],
    rate_from: Option<Date>,
) {
    let (project_id, client_id) = (after.id.uuid(), after.client_id.uuid());
    if before.status != after.status {
        let event = ProjectStatusChanged {
            project_id,
            client_id,
            name: after.name.clone(),
            before: before.status.to_string(),
            status: after.status.to_string(),
        };
        tx.publish_change(
            &event,
            Some(json!({ "status": before.status })),
            Some(json!({ "status": after.status })),
        );
    }
    let fields: Vec<&str> = fields.iter().copied().filter(|field| *field != "status").collect();
    if fields.is_empty() {
        return;
    }
    let facts = |project: &Project| {
        let all = serde_json::to_value(project).unwrap_or_default();
        fields
            .iter()
            .map(|field| ((*field).to_owned(), all[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
    };
    let event = ProjectUpdated {
        project_id,
        client_id,
        name: after.name.clone(),
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
    };
    let mut is = facts(after);
    if fields.contains(&"hourly_rate_cents") {
        is.insert("rate_from".into(), json!(rate_from));
    }
    tx.publish_change(&event, Some(facts(before).into()), Some(is.into()));
}
