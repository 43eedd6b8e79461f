//! What is done with clients.

use jiff::Timestamp;
use rapport_base::{Refusal, Result};
use rapport_db::{ActorKind, TenantTx};
use rapport_web::{Cx, validate};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Address, Client, ClientChange, ClientDetails, ClientId, NewClient, Stage, access,
    rules::{self, Draft, Primary},
    search, store,
};
use crate::{
    ClientCreated, ClientDeleted, ClientRestored, ClientStageChanged, ClientUpdated, DeletionGuards, contacts,
};

/// Adds a client.
///
/// # Errors
/// Invalid details.
pub async fn create(cx: &Cx, input: NewClient) -> Result<ClientDetails> {
    validate(&input)?;
    let tx = cx.begin().await?;
    let id = create_in(&tx, &input, rules::country_of(&cx.workspace().locale)).await?;
    let details = details(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(details)
}

/// Adds a client within the caller's transaction; phone numbers without `+` are read as of `country`.
///
/// # Errors
/// Invalid details.
pub async fn create_in(tx: &TenantTx, input: &NewClient, country: Option<&str>) -> Result<ClientId> {
    validate(input)?;
    let (draft, primary, address) = rules::new(input, country)?;
    require_member(tx, &draft).await?;
    let id = ClientId::new();
    store::create(tx, id, &draft, member(tx)).await?;
    if !primary.is_empty() {
        contacts::actions::put_primary(tx, id, &primary, &draft.company_name).await?;
    }
    if address.is_some() {
        store::set_address(tx, id, address.as_ref()).await?;
    }
    search::index(tx, id).await?;
    tx.publish(&ClientCreated { client_id: id.uuid(), company_name: draft.company_name });
    Ok(id)
}

/// Changes a client; `version` is the one the caller saw.
///
/// # Errors
/// Invalid details; stale when someone changed it meanwhile.
pub async fn update(
    cx: &Cx,
    id: ClientId,
    change: ClientChange,
    version: Option<i32>,
) -> Result<ClientDetails> {
    validate(&change)?;
    let tx = cx.begin().await?;
    access::require_visible(cx, &tx, id).await?;
    let locked = store::lock(&tx, id).await?;
    if version.is_some_and(|seen| seen != locked) {
        return Err(Refusal::stale().into());
    }
    let (was, was_address) = futures::join!(store::get(&tx, id), store::address(&tx, id));
    let (was, was_address) = (was?, was_address?);
    let (draft, primary) = rules::changed(&was, &change, rules::country_of(&cx.workspace().locale))?;
    let address = match &change.address {
        None => was_address.clone(),
        Some(None) => None,
        Some(Some(typed)) => {
            validate(typed)?;
            let mut faults = rules::Faults::default();
            let address = rules::address(typed, &mut faults);
            faults.finish()?;
            address
        }
    };
    if draft.owner_id != was.owner_id {
        require_member(&tx, &draft).await?;
    }
    apply(&tx, &was, &draft, primary, (was_address, address)).await?;
    let details = details(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(details)
}

async fn apply(
    tx: &TenantTx,
    was: &Client,
    draft: &Draft,
    primary: Option<Primary>,
    (was_address, address): (Option<Address>, Option<Address>),
) -> Result<()> {
    let id = was.id;
    let mut changed = rules::differences(was, draft);
    let contact = match &primary {
        Some(primary) if differs(was, primary) => Some(primary),
        _ => None,
    };
    if was_address != address {
        changed.push("address".into());
    }
    if changed.is_empty() && contact.is_none() {
        return Ok(());
    }
    if !store::update(tx, id, draft, was.version).await? {
        return Err(Refusal::stale().into());
    }
    if was_address != address {
        store::set_address(tx, id, address.as_ref()).await?;
    }
    if let Some(primary) = contact {
        contacts::actions::put_primary(tx, id, primary, &draft.company_name).await?;
    }
    search::index(tx, id).await?;
    if was.stage() != draft.stage {
        tx.publish(&stage_changed(id, &draft.company_name, was.stage(), draft.stage));
        changed.retain(|field| field != "relationship_stage");
    }
    if !changed.is_empty() {
        let (before, after) = (picked(&facts_of(was), &changed), picked(&facts(draft), &changed));
        let event = ClientUpdated { client_id: id.uuid(), company_name: draft.company_name.clone(), changed };
        tx.publish_change(&event, Some(before), Some(after));
    }
    Ok(())
}

fn differs(was: &Client, primary: &Primary) -> bool {
    was.contact_name != primary.name
        || was.contact_email.as_deref() != primary.email.as_ref().map(|e| e.as_str())
        || was.contact_phone.as_deref() != primary.phone.as_ref().map(|p| p.as_str())
}

/// Puts a client into the bin.
///
/// # Errors
/// Conflict while something stands in the way, saying what.
pub async fn delete(cx: &Cx, id: ClientId) -> Result<Client> {
    let tx = cx.begin().await?;
    let client = access::visible(cx, &tx, id).await?;
    store::lock(&tx, id).await?;
    let mut in_the_way = Vec::new();
    for guard in &cx.app.parts.find::<DeletionGuards>().unwrap_or_default().0 {
        in_the_way.extend(guard.0(&tx, id).await?);
    }
    if !in_the_way.is_empty() {
        return Err(Refusal::conflict("clients.in_use", in_use(&client.company_name, &in_the_way)).into());
    }
    store::delete(&tx, id, member(&tx)).await?;
    tx.publish_change(
        &ClientDeleted { client_id: id.uuid(), company_name: client.company_name.clone() },
        Some(json!({ "company_name": client.company_name })),
        None,
    );
    tx.commit().await?;
    Ok(client)
}

fn in_use(name: &str, things: &[String]) -> String {
    let shown = things.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = if things.len() > 5 { format!(" and {} more", things.len() - 5) } else { String::new() };
    format!("{name} cannot be deleted while these are open: {shown}{more}. Settle or void them first.")
}

/// Takes a client out of the bin, with all it had.
///
/// # Errors
/// Not found when it is not in the bin.
pub async fn restore(cx: &Cx, id: ClientId) -> Result<ClientDetails> {
    let tx = cx.begin().await?;
    let client = store::find_in_bin(&tx, id).await?;
    let reach = access::reach(cx, &tx).await?;
    let client = client
        .filter(|c| {
            reach.is_none_or(|reach| c.owner_id == Some(cx.member.id) || reach.clients.contains(&id.uuid()))
        })
        .ok_or_else(Refusal::not_found)?;
    if store::restore(&tx, id).await? {
        tx.publish_change(
            &ClientRestored { client_id: id.uuid(), company_name: client.company_name },
            None,
            None,
        );
    }
    let details = details(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(details)
}

/// A client with its address, as the member may see it.
///
/// # Errors
/// Not found.
pub(crate) async fn details(cx: &Cx, tx: &TenantTx, id: ClientId) -> Result<ClientDetails> {
    let (client, address) = futures::join!(store::get(tx, id), store::address(tx, id));
    Ok(ClientDetails { client: access::shown(cx, client?), address: address? })
}

/// A client with its address, for a member who may see it.
///
/// # Errors
/// Not found, also when it is not theirs to see.
pub(crate) async fn visible_details(cx: &Cx, tx: &TenantTx, id: ClientId) -> Result<ClientDetails> {
    let (client, address) = futures::join!(access::visible(cx, tx, id), store::address(tx, id));
    Ok(ClientDetails { client: client?, address: address? })
}

/// Adds to what a client has paid (less for refunds), in the transaction of the payment.
///
/// # Errors
/// A bug when the database refuses.
pub async fn add_revenue(tx: &TenantTx, client: ClientId, delta_cents: i64) -> Result<()> {
    store::add_revenue(tx, client, delta_cents).await
}

/// Puts the figures of a client's health: 0 to 100, and `healthy`, `at_risk` or `critical`.
///
/// # Errors
/// A bug when the database refuses.
pub async fn set_health(
    tx: &TenantTx,
    client: ClientId,
    score: Option<i16>,
    risk: Option<&str>,
) -> Result<()> {
    store::set_health(tx, client, score, risk).await
}

/// Moves the relationship with a client to a stage; nothing happens when it is there.
///
/// # Errors
/// A bug when the database refuses.
pub async fn set_stage(tx: &TenantTx, client: ClientId, stage: Stage) -> Result<()> {
    if let Some((from, name)) = store::set_stage(tx, client, stage).await? {
        tx.publish(&stage_changed(client, &name, from.parse().unwrap_or_default(), stage));
    }
    Ok(())
}

/// Notes that something happened with a client.
///
/// # Errors
/// A bug when the database refuses.
pub async fn touch(tx: &TenantTx, client: ClientId, at: Timestamp) -> Result<()> {
    store::touch(tx, client, at).await
}

fn stage_changed(id: ClientId, name: &str, from: Stage, to: Stage) -> ClientStageChanged {
    ClientStageChanged {
        client_id: id.uuid(),
        company_name: name.to_owned(),
        from: from.as_str().into(),
        to: to.as_str().into(),
    }
}

async fn require_member(tx: &TenantTx, draft: &Draft) -> Result<()> {
    match draft.owner_id {
        Some(owner) if !store::is_member(tx, owner).await? => {
            Err(Refusal::field("owner_id", "unknown", "Choose an active member of the workspace.").into())
        }
        _ => Ok(()),
    }
}

/// The member who acts, if it is one.
pub(crate) fn member(tx: &TenantTx) -> Option<Uuid> {
    let origin = tx.origin();
    origin.id.filter(|_| origin.kind == ActorKind::Member)
}

fn facts(d: &Draft) -> Value {
    json!({
        "company_name": d.company_name, "kind": d.kind, "industry": d.industry, "size": d.size, "owner_id": d.owner_id,
        "source": d.source, "website": d.website, "tax_id": d.tax_id, "tags": d.tags, "notes": d.notes,
        "language": d.language, "currency": d.currency, "payment_terms_days": d.payment_terms_days,
        "hourly_rate_cents": d.hourly_rate_cents,
    })
}

fn facts_of(c: &Client) -> Value {
    json!({
        "company_name": c.company_name, "kind": c.kind, "industry": c.industry, "size": c.size, "owner_id": c.owner_id,
        "source": c.source, "website": c.website, "tax_id": c.tax_id, "tags": c.tags, "notes": c.notes,
        "language": c.language, "currency": c.currency, "payment_terms_days": c.payment_terms_days,
        "hourly_rate_cents": c.hourly_rate_cents,
    })
}

fn picked(all: &Value, fields: &[String]) -> Value {
    let picked: Map<String, Value> =
        fields.iter().filter_map(|field| Some((field.clone(), all.get(field)?.clone()))).collect();
    Value::Object(picked)
}
