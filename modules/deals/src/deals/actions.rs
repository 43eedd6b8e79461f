//! What is done with deals; moves have a file of their own.

use rapport_base::{Refusal, Result};
use rapport_db::{ActorKind, TenantTx};
use rapport_web::{Cx, validate};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Deal, DealChange, DealId, NewDeal, access, rank, rules, store};
use crate::{
    CLIENTS_CREATE, ClientId, DEALS_VALUES, DealCreated, DealDeleted, DealRestored, DealUpdated, PipelineId,
    Stage, StageKind, pipelines,
};

/// Adds a deal, and its client when one is given with it.
///
/// # Errors
/// Invalid details.
pub async fn create(cx: &Cx, input: NewDeal) -> Result<Deal> {
    if input.client.is_some() {
        cx.require(CLIENTS_CREATE)?;
    }
    let tx = cx.begin().await?;
    if let Some(client) = input.client_id {
        clients::require_visible(cx, &tx, client).await.map_err(unknown_client)?;
    }
    let id = create_in(&tx, input, rules::country(&cx.workspace().locale)).await?;
    let deal = access::shown(cx, store::get(&tx, id).await?);
    tx.commit().await?;
    Ok(deal)
}

fn unknown_client(error: rapport_base::Error) -> rapport_base::Error {
    match error.refusal() {
        Some(_) => Refusal::field("client_id", "unknown", "Choose one of your clients.").into(),
        None => error,
    }
}

/// Adds a deal within the caller's transaction; phone numbers of a new client without `+` are
/// read as of `country`.
///
/// # Errors
/// Invalid details.
pub async fn create_in(tx: &TenantTx, input: NewDeal, country: Option<&str>) -> Result<DealId> {
    validate(&input)?;
    let input = rules::new(input)?;
    let stage = beginning(tx, &input).await?;
    require_member(tx, input.assigned_to).await?;
    let client = match (&input.client, input.client_id) {
        (Some(new), _) => clients::create_in(tx, new, country).await.map_err(within_client)?,
        (None, Some(id)) => id,
        (None, None) => {
            return Err(Refusal::field("client_id", "required", "Choose a client, or add a new one.").into());
        }
    };
    let (client, workspace) = futures::join!(clients::find(tx, client), identity::workspaces::get(tx));
    let client =
        client?.ok_or_else(|| Refusal::field("client_id", "unknown", "Choose one of your clients."))?;
    require_contacts(tx, &input.contact_ids, client.id).await?;
    let top = store::ranks(tx, stage.id, DealId(Uuid::nil()), &store::Seen::default(), 1).await?;
    let id = DealId::new();
    let rank = match rank::between(None, top.first().map(|(_, rank)| rank.as_str())) {
        Some(rank) => rank,
        None => super::stage::spread_for_top(tx, stage.id, id).await?,
    };
    let row = store::NewRow {
        deal: &input,
        id,
        client: client.id,
        currency: input.currency.or(client.currency).unwrap_or(workspace?.currency),
        pipeline: stage.pipeline_id,
        stage: stage.id,
        rank: &rank,
        by: actor(tx),
    };
    store::insert(tx, &row).await?;
    let terms = rules::terms(&input.title, &client.company_name, &input.tags, input.source.as_deref());
    store::set_tags(tx, id, &input.tags).await?;
    store::set_contacts(tx, id, &input.contact_ids, client.id).await?;
    store::index(tx, id, &terms).await?;
    store::record(tx, id, None, stage.id, input.value_cents.unwrap_or(0), None, actor(tx)).await?;
    tx.publish(&DealCreated { deal_id: id.uuid(), client_id: client.id.uuid(), title: input.title.clone() });
    Ok(id)
}

/// Errors of a client's fields, under `client.`
fn within_client(error: rapport_base::Error) -> rapport_base::Error {
    match error {
        rapport_base::Error::Refusal(mut refusal) => {
            for field in &mut refusal.fields {
                field.field = format!("client.{}", field.field);
            }
            refusal.into()
        }
        bug => bug,
    }
}

/// The open stage in which a new deal begins, held against changes.
async fn beginning(tx: &TenantTx, input: &NewDeal) -> Result<Stage> {
    let all = pipelines::store::list(tx).await?;
    let of_stage = |pipeline: &&crate::Pipeline| {
        input.stage_id.is_some_and(|id| pipeline.stages.iter().any(|s| s.id == id))
    };
    let pipeline = match (input.pipeline_id, input.stage_id) {
        (Some(id), _) => all.iter().find(|p| p.id == id),
        (None, Some(_)) => all.iter().find(of_stage),
        (None, None) => all.iter().find(|p| p.is_default).or(all.first()),
    };
    let unknown = |field: &str, what: &str| Refusal::field(field, "unknown", format!("Choose {what}."));
    let pipeline = pipeline.ok_or_else(|| match input.pipeline_id {
        Some(_) => unknown("pipeline_id", "one of your pipelines"),
        None => unknown("stage_id", "a stage of one of your pipelines"),
    })?;
    let stage = match input.stage_id {
        Some(id) => pipeline.stages.iter().find(|s| s.id == id),
        None => pipeline.first_open(),
    };
    let stage = stage.ok_or_else(|| unknown("stage_id", "a stage of this pipeline"))?;
    if stage.kind.is_closed() {
        let message = "A new deal begins in an open stage. Add it there, then move it.";
        return Err(Refusal::field("stage_id", "closed", message).into());
    }
    let held = pipelines::store::lock_stage(tx, stage.id).await?;
    Ok(held
        .filter(|s| s.kind == StageKind::Open)
        .ok_or_else(|| unknown("stage_id", "a stage of this pipeline"))?)
}

async fn require_member(tx: &TenantTx, member: Option<rapport_base::MemberId>) -> Result<()> {
    match member {
        Some(id) if !store::is_member(tx, id).await? => {
            Err(Refusal::field("assigned_to", "unknown", "Choose an active member of the workspace.").into())
        }
        _ => Ok(()),
    }
}

async fn require_contacts(tx: &TenantTx, contacts: &[crate::ContactId], client: ClientId) -> Result<()> {
    if !contacts.is_empty() && store::foreign_contacts(tx, contacts, client).await? > 0 {
        return Err(Refusal::field("contact_ids", "unknown", "Choose contacts of the deal's client.").into());
    }
    Ok(())
}

/// Changes a deal; `seen` is the version the caller saw.
///
/// # Errors
/// Invalid details; stale when someone changed it meanwhile.
pub async fn update(cx: &Cx, id: DealId, change: DealChange, seen: Option<i32>) -> Result<Deal> {
    validate(&change)?;
    let tx = cx.begin().await?;
    store::lock(&tx, id).await?;
    let was = store::seen(&tx, id, access::only(cx)).await?.ok_or_else(Refusal::not_found)?;
    if seen.is_some_and(|seen| seen != was.version) {
        return Err(Refusal::stale().into());
    }
    if (change.value_cents.is_some() || change.currency.is_some()) && !access::sees_value(cx, &was) {
        cx.require(DEALS_VALUES)?;
    }
    if let Some(client) = change.client_id.filter(|client| *client != was.client_id) {
        clients::require_visible(cx, &tx, client).await.map_err(unknown_client)?;
    }
    let mut now = rules::changed(&was, &change)?;
    if now.lost_reason != was.lost_reason {
        now.lost_reason = match &now.lost_reason {
            Some(reason) => Some(pipelines::store::reason_as_listed(&tx, reason).await?),
            None => None,
        };
    }
    let changed = rules::differences(&was, &now);
    if changed.is_empty() {
        return Ok(access::shown(cx, was));
    }
    if now.assigned_to != was.assigned_to {
        require_member(&tx, now.assigned_to).await?;
    }
    if changed.iter().any(|field| field == "contact_ids") {
        require_contacts(&tx, &now.contact_ids, now.client_id).await?;
    }
    save(&tx, &now).await?;
    let (before, after) = (picked(&facts(&was), &changed), picked(&facts(&now), &changed));
    let event = DealUpdated {
        deal_id: id.uuid(),
        client_id: now.client_id.uuid(),
        title: now.title.clone(),
        changed,
    };
    tx.publish_change(&event, Some(before), Some(after));
    // Who gives their deal to someone else may not see it any more, but sees what became of it.
    let now = access::shown(cx, store::get(&tx, id).await?);
    tx.commit().await?;
    Ok(now)
}

async fn save(tx: &TenantTx, now: &Deal) -> Result<()> {
    store::update(tx, now).await?;
    store::set_tags(tx, now.id, &now.tags).await?;
    store::set_contacts(tx, now.id, &now.contact_ids, now.client_id).await?;
    reindex(tx, now.id).await
}

async fn reindex(tx: &TenantTx, id: DealId) -> Result<()> {
    match store::find(tx, id).await? {
        Some(deal) => reindex_one(tx, &deal).await,
        None => Ok(()),
    }
}

/// Writes anew the words a deal is found by, as it is now.
pub(crate) async fn reindex_one(tx: &TenantTx, deal: &Deal) -> Result<()> {
    let terms = rules::terms(&deal.title, &deal.client_name, &deal.tags, deal.source.as_deref());
    store::index(tx, deal.id, &terms).await
}

/// Puts a deal into the bin, for 30 days.
///
/// # Errors
/// Not found.
pub async fn delete(cx: &Cx, id: DealId) -> Result<Deal> {
    let tx = cx.begin().await?;
    store::lock(&tx, id).await?;
    let deal = access::visible(cx, &tx, id).await?;
    store::delete(&tx, id).await?;
    let event =
        DealDeleted { deal_id: id.uuid(), client_id: deal.client_id.uuid(), title: deal.title.clone() };
    tx.publish_change(&event, Some(json!({ "title": deal.title, "stage": deal.stage.name })), None);
    tx.commit().await?;
    Ok(deal)
}

/// Takes a deal out of the bin.
///
/// # Errors
/// Not found when it is not in the bin.
pub async fn restore(cx: &Cx, id: DealId) -> Result<Deal> {
    let tx = cx.begin().await?;
    let deal = store::in_bin(&tx, id, access::only(cx)).await?.ok_or_else(Refusal::not_found)?;
    if store::restore(&tx, id).await? {
        let event = DealRestored { deal_id: id.uuid(), client_id: deal.client_id.uuid(), title: deal.title };
        tx.publish_change(&event, None, None);
    }
    let deal = access::visible(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(deal)
}

/// Points a deal at the project it was won into, or at none.
///
/// # Errors
/// A bug when the database refuses.
pub async fn set_project(tx: &TenantTx, deal: DealId, project: Option<Uuid>) -> Result<()> {
    store::set_project(tx, deal, project).await
}

/// The member who acts, if it is one.
pub(crate) fn actor(tx: &TenantTx) -> Option<Uuid> {
    let origin = tx.origin();
    origin.id.filter(|_| origin.kind == ActorKind::Member)
}

fn facts(d: &Deal) -> Value {
    json!({
        "title": d.title, "description": d.description, "client_id": d.client_id, "value_cents": d.value_cents,
        "currency": d.currency, "probability": d.probability, "expected_close_date": d.expected_close_date,
        "assigned_to": d.assigned_to, "source": d.source, "tags": d.tags, "contact_ids": d.contact_ids,
        "lost_reason": d.lost_reason,
    })
}

fn picked(all: &Value, fields: &[String]) -> Value {
    let picked: Map<String, Value> =
        fields.iter().filter_map(|field| Some((field.clone(), all.get(field)?.clone()))).collect();
    Value::Object(picked)
}

/// The pipeline of a text from a query, if it is one of those there are; else the default one.
pub(crate) fn chosen(all: &[crate::Pipeline], wished: Option<PipelineId>) -> Option<&crate::Pipeline> {
    all.iter()
        .find(|pipeline| Some(pipeline.id) == wished)
        .or_else(|| all.iter().find(|pipeline| pipeline.is_default))
        .or(all.first())
}
