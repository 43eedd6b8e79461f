//! Statements about members.

use std::collections::HashMap;

use rapport_base::{Limit, MemberId, Result, UserId, WorkspaceId};
use rapport_db::{Built, SystemTx, TenantTx};
use rust_decimal::Decimal;

use super::Member;

const COLUMNS: &str = "select m.id, m.user_id, u.name, u.email, m.role, m.title, m.is_active, m.hourly_rate_cents,
       m.cost_rate_cents, m.capacity_hours_weekly, u.timezone, u.locale, m.joined_at, m.last_seen_at, m.version
     from identity.memberships m join identity.users u on u.id = m.user_id where m.workspace_id = ";

macro_rules! members {
    ($ending:literal) => {
        concat!(
            "select m.id, m.user_id, u.name, u.email, m.role, m.title, m.is_active, m.hourly_rate_cents,
               m.cost_rate_cents, m.capacity_hours_weekly, u.timezone, u.locale, m.joined_at, m.last_seen_at, m.version
             from identity.memberships m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 ",
            $ending
        )
    };
}

pub(crate) async fn find(tx: &TenantTx, id: MemberId) -> Result<Option<Member>> {
    tx.find(members!("and m.id = $2"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: MemberId) -> Result<Member> {
    tx.get(members!("and m.id = $2 for update of m"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn active(tx: &TenantTx) -> Result<Vec<Member>> {
    tx.query(members!("and m.is_active order by u.name, m.id limit 1000"), &[&tx.workspace()]).await
}

pub(crate) struct Filter<'a> {
    pub role: Option<&'a str>,
    pub is_active: Option<bool>,
    pub after: Option<(String, MemberId)>,
    pub limit: Limit,
}

pub(crate) async fn page(tx: &TenantTx, filter: Filter<'_>) -> Result<Vec<Member>> {
    let mut sql = Built::new(COLUMNS).bind(tx.workspace());
    if let Some(role) = filter.role {
        sql = sql.sql(" and m.role = ").bind(role.to_owned());
    }
    if let Some(active) = filter.is_active {
        sql = sql.sql(" and m.is_active = ").bind(active);
    }
    if let Some((name, id)) = filter.after {
        sql = sql.sql(" and (u.name, m.id) > (").bind(name).sql(", ").bind(id).sql(")");
    }
    tx.query_built(&sql.sql(" order by u.name, m.id").limit(filter.limit)).await
}

pub(crate) async fn count(tx: &TenantTx, role: Option<&str>, is_active: Option<bool>) -> Result<i64> {
    tx.scalar(
        "select count(*) from (select 1 from identity.memberships
           where workspace_id = $1 and ($2::text is null or role = $2) and ($3::bool is null or is_active = $3)
           limit 1001) as counted",
        &[&tx.workspace(), &role, &is_active],
    )
    .await
}

pub(crate) async fn names(tx: &TenantTx, ids: &[MemberId]) -> Result<HashMap<MemberId, String>> {
    let rows: Vec<(MemberId, String)> = tx
        .query(
            "select m.id, u.name from identity.memberships m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 and m.id = any($2)",
            &[&tx.workspace(), &ids],
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// The active owners, locked in one order, so that two changes at once see each other's outcome.
pub(crate) async fn lock_owners(tx: &TenantTx) -> Result<Vec<MemberId>> {
    let rows: Vec<(MemberId,)> = tx
        .query(
            "select id from identity.memberships where workspace_id = $1 and role = 'owner' and is_active
             order by id for update",
            &[&tx.workspace()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(crate) async fn save(tx: &TenantTx, member: &Member) -> Result<()> {
    let (now, capacity): (_, Decimal) = (tx.now(), member.capacity_hours_weekly);
    tx.execute(
        "update identity.memberships set role = $3, title = $4, is_active = $5,
           deactivated_at = case when $5 then null else coalesce(deactivated_at, $6) end,
           hourly_rate_cents = $7, cost_rate_cents = $8, capacity_hours_weekly = $9, updated_at = $6, version = $10
         where workspace_id = $1 and id = $2",
        &[
            &tx.workspace(),
            &member.id,
            &member.role,
            &member.title,
            &member.is_active,
            &now,
            &member.hourly_rate_cents,
            &member.cost_rate_cents,
            &capacity,
            &member.version,
        ],
    )
    .await?;
    Ok(())
}

/// The person behind a membership, before the workspace is entered.
pub(crate) async fn user_of(tx: &SystemTx, workspace: WorkspaceId, id: MemberId) -> Result<Option<UserId>> {
    let row: Option<(UserId,)> = tx
        .find(
            "select user_id from identity.memberships where workspace_id = $1 and id = $2",
            &[&workspace, &id],
        )
        .await?;
    Ok(row.map(|(user,)| user))
}
