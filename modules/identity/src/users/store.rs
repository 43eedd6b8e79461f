//! Statements about people.

use jiff::Timestamp;
use rapport_base::{Email, Result, UserId, WorkspaceId};
use rapport_db::{SystemTx, row};

use super::Account;

row! {
    pub(crate) struct SignInRow {
        pub id: UserId,
        pub name: String,
        pub email: String,
        pub password_hash: Option<String>,
        pub disabled: bool,
    }
}

pub(crate) async fn by_email(tx: &SystemTx, email: &Email) -> Result<Option<SignInRow>> {
    tx.find(
        "select id, name, email, password_hash, disabled_at is not null as disabled
         from identity.users where email_folded = $1",
        &[&email.folded()],
    )
    .await
}

/// `false` when the address is taken.
pub(crate) async fn insert(
    tx: &SystemTx,
    id: UserId,
    email: &Email,
    name: &str,
    password_hash: Option<&str>,
    verified: bool,
    (locale, timezone): (&str, &str),
) -> Result<bool> {
    let now = tx.now();
    let verified_at = verified.then_some(now);
    let password_at = password_hash.map(|_| now);
    let rows = tx
        .execute(
            "insert into identity.users (id, email, email_folded, name, password_hash, password_changed_at,
               email_verified_at, locale, timezone, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (email_folded) do nothing",
            &[
                &id,
                &email.as_str(),
                &email.folded(),
                &name,
                &password_hash,
                &password_at,
                &verified_at,
                &locale,
                &timezone,
                &now,
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// A person with the workspace wished for, or else the last one worked in, or else the first.
pub(crate) async fn account(tx: &SystemTx, user: UserId, wished: Option<WorkspaceId>) -> Result<Account> {
    tx.get(
        "select u.id as user_id, u.name, u.email, u.email_verified_at is not null as email_verified,
           u.locale, u.timezone as user_timezone, m.id as member_id, m.role, w.id as workspace_id, w.slug,
           w.name as workspace_name, w.currency, w.timezone, w.locale as workspace_locale
         from identity.users u
         left join lateral (
           select m.workspace_id, m.id, m.role
           from identity.memberships m join identity.workspaces w on w.id = m.workspace_id and w.status = 'active'
           where m.user_id = u.id and m.is_active
           order by (m.workspace_id = coalesce($2, u.last_workspace_id)) desc nulls last, m.joined_at, m.id
           limit 1) m on true
         left join identity.workspaces w on w.id = m.workspace_id
         where u.id = $1",
        &[&user, &wished],
    )
    .await
}

pub(crate) async fn set_password(tx: &SystemTx, user: UserId, hash: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "update identity.users set password_hash = $2, password_changed_at = $3, updated_at = $3 where id = $1",
        &[&user, &hash, &now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn password_hash(tx: &SystemTx, user: UserId) -> Result<Option<String>> {
    let (hash,): (Option<String>,) =
        tx.get("select password_hash from identity.users where id = $1", &[&user]).await?;
    Ok(hash)
}

pub(crate) async fn verify_email(tx: &SystemTx, user: UserId) -> Result<()> {
    let now: Timestamp = tx.now();
    tx.execute(
        "update identity.users set email_verified_at = coalesce(email_verified_at, $2), updated_at = $2 where id = $1",
        &[&user, &now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn note_sign_in(
    tx: &SystemTx,
    user: Option<UserId>,
    way: &str,
    succeeded: bool,
    ip: &str,
    user_agent: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "with noted as (
           insert into identity.sign_ins (id, user_id, way, succeeded, ip, user_agent, at) values ($1, $2, $3, $4, $5, $6, $7))
         update identity.users set last_sign_in_at = $7 where id = $2 and $4",
        &[&uuid::Uuid::now_v7(), &user, &way, &succeeded, &ip, &user_agent, &now],
    )
    .await?;
    Ok(())
}

row! {
    /// What people change about themselves.
    pub(crate) struct Profile {
        pub name: String,
        pub locale: String,
        pub timezone: String,
        pub phone: Option<String>,
    }
}

pub(crate) async fn lock_profile(tx: &SystemTx, user: UserId) -> Result<Profile> {
    tx.get("select name, locale, timezone, phone from identity.users where id = $1 for update", &[&user])
        .await
}

pub(crate) async fn profile(tx: &SystemTx, user: UserId) -> Result<Profile> {
    tx.get("select name, locale, timezone, phone from identity.users where id = $1", &[&user]).await
}

pub(crate) async fn save_profile(tx: &SystemTx, user: UserId, profile: &Profile) -> Result<()> {
    tx.execute(
        "update identity.users set name = $2, locale = $3, timezone = $4, phone = $5, updated_at = $6, version = version + 1
         where id = $1",
        &[&user, &profile.name, &profile.locale, &profile.timezone, &profile.phone, &tx.now()],
    )
    .await?;
    Ok(())
}
