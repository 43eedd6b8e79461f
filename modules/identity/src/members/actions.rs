//! Changing members.

use garde::Validate;
use jiff::civil::Date;
use rapport_base::{FieldError, MemberId, Refusal, Result, patch, text};
use rapport_db::TenantTx;
use rapport_web::Cx;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Member, rules, store};
use crate::{
    events::{MemberDeactivated, MemberReactivated, MemberRoleChanged, MemberUpdated},
    permissions::{TEAM_COSTS, TEAM_TRANSFER},
    rates::{self, Rated},
    tokens,
};

/// What is to change; fields left out stay, `null` clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeMember {
    /// `owner admin manager member viewer`.
    #[garde(inner(length(max = 20)))]
    pub role: Option<String>,
    /// Whether the person may come in.
    #[garde(skip)]
    pub is_active: Option<bool>,
    /// What the person does here.
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 100))))]
    pub title: Option<Option<String>>,
    /// What an hour is billed at.
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(range(min = 0, max = 100_000_000))))]
    pub hourly_rate_cents: Option<Option<i64>>,
    /// What an hour costs; owners and admins only.
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(range(min = 0, max = 100_000_000))))]
    pub cost_rate_cents: Option<Option<i64>>,
    /// From which day on a changed rate counts, today or earlier; left out, for all time that is not approved yet.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub rate_from: Option<Date>,
    /// Hours a week, 0 to 168.
    #[garde(skip)]
    #[schema(value_type = Option<f64>)]
    pub capacity_hours_weekly: Option<Decimal>,
}

/// Changes a member: role, rates, capacity, being active.
pub(crate) async fn change(
    cx: &Cx,
    id: MemberId,
    wished: ChangeMember,
    version: Option<i32>,
) -> Result<Member> {
    rapport_web::validate(&wished)?;
    if wished.cost_rate_cents.is_some() {
        cx.require(TEAM_COSTS)?;
    }
    let tx = begin(cx, id, wished.is_active == Some(false)).await?;
    // Owners first, in one order: two changes at once wait for each other and see the outcome.
    let owners = match wished.role.is_some() || wished.is_active.is_some() {
        true => store::lock_owners(&tx).await?,
        false => Vec::new(),
    };
    let before = store::lock(&tx, id).await?;
    let rate_from = wished.rate_from;
    if version.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let after = applied(&before, wished)?;
    rules::check(rules::Step {
        actor: cx.member.id,
        may_transfer: cx.may(TEAM_TRANSFER),
        target: id,
        from: (&before.role, before.is_active),
        to: (&after.role, after.is_active),
        other_owners: owners.iter().filter(|owner| **owner != id).count(),
    })?;
    for (rated, was, is) in [
        (Rated::member(id), before.hourly_rate_cents, after.hourly_rate_cents),
        (Rated::cost(id), before.cost_rate_cents, after.cost_rate_cents),
    ] {
        if was != is {
            rates::change(&tx, rated, was, rate_from, cx.today()).await?;
        }
    }
    save(&tx, &before, &after, rate_from).await?;
    tx.commit().await?;
    Ok(after)
}

/// Makes another member an owner, and the acting owner an admin.
pub(crate) async fn hand_over(cx: &Cx, id: MemberId) -> Result<Member> {
    cx.require(TEAM_TRANSFER)?;
    if id == cx.member.id {
        return Err(Refusal::conflict("team.own_membership", "You own this workspace already.").into());
    }
    let tx = cx.begin().await?;
    store::lock_owners(&tx).await?;
    let (new, old) = (store::lock(&tx, id).await?, store::lock(&tx, cx.member.id).await?);
    if old.role != "owner" {
        return Err(Refusal::forbidden().into());
    }
    if !new.is_active {
        return Err(Refusal::conflict("team.inactive", "Reactivate this person first.").into());
    }
    let owner = Member { role: "owner".into(), version: new.version + 1, ..new.clone() };
    let admin = Member { role: "admin".into(), version: old.version + 1, ..old.clone() };
    save(&tx, &new, &owner, None).await?;
    save(&tx, &old, &admin, None).await?;
    tx.commit().await?;
    Ok(owner)
}

/// Deactivating ends the person's API clients of this workspace in the same transaction;
/// browser sessions find no membership from the next request on.
async fn begin(cx: &Cx, id: MemberId, deactivating: bool) -> Result<TenantTx> {
    if !deactivating {
        return cx.begin().await;
    }
    let tx = cx.app.db.system().await?;
    if let Some(user) = store::user_of(&tx, cx.workspace_id(), id).await? {
        tokens::actions::end_all(&tx, user, Some(cx.workspace_id()), "member").await?;
    }
    tx.enter(cx.workspace_id(), cx.origin()).await
}

fn applied(before: &Member, wished: ChangeMember) -> Result<Member> {
    let mut errors = Vec::new();
    let mut after = before.clone();
    if let Some(role) = wished.role {
        if rules::ROLES.contains(&role.as_str()) {
            after.role = role;
        } else {
            errors.push(FieldError::new(
                "role",
                "unknown",
                "A role is owner, admin, manager, member or viewer.",
            ));
        }
    }
    if let Some(hours) = wished.capacity_hours_weekly {
        if (Decimal::ZERO..=Decimal::from(168)).contains(&hours) {
            after.capacity_hours_weekly = hours.round_dp(2);
        } else {
            errors.push(FieldError::new(
                "capacity_hours_weekly",
                "out_of_range",
                "A week has 0 to 168 hours.",
            ));
        }
    }
    if let Some(title) = wished.title {
        after.title = title.as_deref().and_then(text::clean_line);
    }
    after.is_active = wished.is_active.unwrap_or(after.is_active);
    after.hourly_rate_cents = wished.hourly_rate_cents.unwrap_or(after.hourly_rate_cents);
    after.cost_rate_cents = wished.cost_rate_cents.unwrap_or(after.cost_rate_cents);
    after.version += 1;
    if errors.is_empty() { Ok(after) } else { Err(Refusal::invalid(errors).into()) }
}

async fn save(tx: &TenantTx, before: &Member, after: &Member, rate_from: Option<Date>) -> Result<()> {
    store::save(tx, after).await?;
    let (member_id, name) = (after.id, after.name.clone());
    if before.role != after.role {
        let (from, to) = (before.role.clone(), after.role.clone());
        let (was, is) = (json!({"role": from}), json!({"role": to}));
        tx.publish_change(
            &MemberRoleChanged { member_id, name: name.clone(), from, to },
            Some(was),
            Some(is),
        );
    }
    match (before.is_active, after.is_active) {
        (true, false) => tx.publish(&MemberDeactivated { member_id, name: name.clone() }),
        (false, true) => tx.publish(&MemberReactivated { member_id, name: name.clone() }),
        _ => {}
    }
    let (was, mut is) = (details(before), details(after));
    if was != is {
        let rates = |member: &Member| (member.hourly_rate_cents, member.cost_rate_cents);
        if rates(before) != rates(after) {
            is["rate_from"] = json!(rate_from);
        }
        tx.publish_change(&MemberUpdated { member_id, name }, Some(was), Some(is));
    }
    Ok(())
}

fn details(member: &Member) -> Value {
    json!({
        "title": member.title,
        "hourly_rate_cents": member.hourly_rate_cents,
        "cost_rate_cents": member.cost_rate_cents,
        "capacity_hours_weekly": member.capacity_hours_weekly.normalize().to_string(),
    })
}
