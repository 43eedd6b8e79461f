//! A project for a won deal: in the deal's own transaction, once whatever is tried at the same time.

use rapport_base::{Error, Result, text};
use rapport_db::TenantTx;

use super::{BillingType, ProjectId, ProjectStatus, WonDealInfo, actions, store};
use crate::{
    TemplateId,
    members::{self, MemberInput, MemberRole},
    templates,
};

/// Opens the project of a won deal from its template, or the workspace's default one. The
/// deal's project, when it has one already. Safe under concurrency: one deal, one project.
///
/// # Errors
/// A bug when the database refuses.
pub async fn open_for_deal(tx: &TenantTx, deal: WonDealInfo) -> Result<ProjectId> {
    if let Some(id) = store::of_deal(tx, deal.deal_id).await? {
        return Ok(id);
    }
    let (wished, fallback, today) = futures::join!(
        async {
            match deal.template_id {
                Some(id) => templates::store::load(tx, TemplateId(id)).await,
                None => Ok(None),
            }
        },
        templates::store::load_default(tx),
        store::today(tx),
    );
    let (template, today) = (wished?.or(fallback?), today?);
    let shape = template.as_ref().map(|t| &t.template);
    let row = store::Row {
        id: ProjectId::new(),
        client_id: deal.client_id,
        deal_id: Some(deal.deal_id),
        template_id: shape.map(|t| t.id),
        name: text::clean_line(&deal.title)
            .map(|name| name.chars().take(200).collect())
            .unwrap_or_else(|| "New project".into()),
        description: deal
            .description
            .as_deref()
            .and_then(text::clean)
            .or_else(|| shape.map(|t| t.description.clone()))
            .unwrap_or_default(),
        status: ProjectStatus::Active,
        billing_type: shape.map_or(BillingType::Hourly, |t| t.billing_type),
        currency: deal.currency,
        budget_cents: (deal.value_cents > 0)
            .then_some(deal.value_cents)
            .or_else(|| shape.filter(|t| t.currency == Some(deal.currency)).and_then(|t| t.budget_cents)),
        budget_seconds: shape.and_then(|t| t.budget_seconds),
        hourly_rate_cents: None,
        start_date: Some(today),
        deadline: shape.and_then(|t| t.deadline_from(today)),
        created_by: deal.assigned_to,
    };
    if !store::insert(tx, &row).await? {
        return store::of_deal(tx, deal.deal_id)
            .await?
            .ok_or_else(|| Error::message("a deal's project vanished while it was opened"));
    }
    if let Some(lead) = deal.assigned_to {
        members::store::put(tx, row.id, &[MemberInput::new(lead, MemberRole::Lead)]).await?;
    }
    if let Some(template) = &template {
        templates::apply::apply(tx, template, row.id, today, row.budget_cents.unwrap_or(0), deal.assigned_to)
            .await?;
    }
    tx.publish_change(
        &actions::created(&row),
        None,
        Some(serde_json::json!({ "name": row.name, "deal_id": row.deal_id })),
    );
    Ok(row.id)
}
