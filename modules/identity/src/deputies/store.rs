//! Statements about deputies.

use jiff::civil::Date;
use rapport_base::{MemberId, Result};
use rapport_db::{TenantTx, row};

use super::{Deputy, DeputyId, Lender, rules::Days};

macro_rules! deputies {
    ($ending:literal) => {
        concat!(
            "select d.id, d.member_id, lender.name as member_name, d.deputy_id, deputy.name as deputy_name,
               d.from_day as from, d.until_day as until, d.starts_at, d.ends_at, d.ended_at
             from identity.deputies d
             join identity.v_members lender on lender.workspace_id = d.workspace_id and lender.id = d.member_id
             join identity.v_members deputy on deputy.workspace_id = d.workspace_id and deputy.id = d.deputy_id
             where d.workspace_id = $1 ",
            $ending
        )
    };
}

/// Those of now and to come, by their beginning.
pub(crate) async fn current(tx: &TenantTx) -> Result<Vec<Deputy>> {
    const SQL: &str =
        deputies!("and d.ended_at is null and d.ends_at > $2 order by d.starts_at, d.id limit 200");
    tx.query(SQL, &[&tx.workspace(), &tx.now()]).await
}

/// The last ten that are over or were ended.
pub(crate) async fn past(tx: &TenantTx) -> Result<Vec<Deputy>> {
    const SQL: &str = deputies!(
        "and (d.ended_at is not null or d.ends_at <= $2)
         order by coalesce(d.ended_at, d.ends_at) desc, d.id desc limit 10"
    );
    tx.query(SQL, &[&tx.workspace(), &tx.now()]).await
}

/// One of now or to come that nobody else changes until the transaction ends.
pub(crate) async fn lock(tx: &TenantTx, id: DeputyId) -> Result<Deputy> {
    const SQL: &str = deputies!("and d.id = $2 and d.ended_at is null and d.ends_at > $3 for update of d");
    tx.get(SQL, &[&tx.workspace(), &id, &tx.now()]).await
}

/// How many are of now or to come.
pub(crate) async fn count(tx: &TenantTx) -> Result<i64> {
    tx.scalar(
        "select count(*) from identity.deputies where workspace_id = $1 and ended_at is null and ends_at > $2",
        &[&tx.workspace(), &tx.now()],
    )
    .await
}

row! {
    /// A member, as far as deputies need it.
    pub(crate) struct Who {
        pub name: String,
        pub role: String,
        pub is_active: bool,
    }
}

/// The member who is away; those who name deputies for the same member take turns.
pub(crate) async fn lock_lender(tx: &TenantTx, id: MemberId) -> Result<Option<Who>> {
    tx.find(
        "select u.name, m.role, m.is_active
         from identity.memberships m join identity.users u on u.id = m.user_id
         where m.workspace_id = $1 and m.id = $2 for no key update of m",
        &[&tx.workspace(), &id],
    )
    .await
}

/// The member who is to decide.
pub(crate) async fn deputy(tx: &TenantTx, id: MemberId) -> Result<Option<Who>> {
    tx.find(
        "select name, role, is_active from identity.v_members where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id],
    )
    .await
}

/// The days in which the same member is deputy of the same already, of those that touch.
pub(crate) async fn overlapping(
    tx: &TenantTx,
    member: MemberId,
    deputy: MemberId,
    days: Days,
) -> Result<Option<(Date, Date)>> {
    tx.find(
        "select from_day, until_day from identity.deputies
         where workspace_id = $1 and member_id = $2 and deputy_id = $3 and ended_at is null
           and starts_at < $5 and ends_at > $4
         order by starts_at limit 1",
        &[&tx.workspace(), &member, &deputy, &days.starts_at, &days.ends_at],
    )
    .await
}

pub(crate) async fn insert(tx: &TenantTx, deputy: &Deputy, by: MemberId) -> Result<()> {
    tx.execute(
        "insert into identity.deputies (workspace_id, id, member_id, deputy_id, from_day, until_day, starts_at, ends_at,
           created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &tx.workspace(),
            &deputy.id,
            &deputy.member_id,
            &deputy.deputy_id,
            &deputy.from,
            &deputy.until,
            &deputy.starts_at,
            &deputy.ends_at,
            &by,
            &tx.now(),
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn end(tx: &TenantTx, id: DeputyId, by: MemberId) -> Result<()> {
    tx.execute(
        "update identity.deputies set ended_at = $3, ended_by = $4 where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &tx.now(), &by],
    )
    .await?;
    Ok(())
}

/// Whom a member stands in for now.
pub(crate) async fn lenders_of(tx: &TenantTx, deputy: MemberId) -> Result<Vec<Lender>> {
    tx.query(
        "select lender.name, d.until_day as until
         from identity.v_deputies d
         join identity.v_members lender on lender.workspace_id = d.workspace_id and lender.id = d.member_id
         where d.workspace_id = $1 and d.deputy_id = $2 and d.starts_at <= $3 and d.ends_at > $3
         order by lender.name, d.ends_at limit 20",
        &[&tx.workspace(), &deputy, &tx.now()],
    )
    .await
}
