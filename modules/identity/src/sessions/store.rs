//! Statements about sessions, and the one that tells who asks.

use jiff::Timestamp;
use rapport_base::{Currency, MemberId, Result, UserId, WorkspaceId};
use rapport_db::{SystemTx, row};
use uuid::Uuid;

use super::{ABSOLUTE, IDLE, SUDO, list::Seen};

pub(crate) async fn insert(
    tx: &SystemTx,
    token_hash: &[u8],
    user: UserId,
    workspace: Option<WorkspaceId>,
    ip: &str,
    user_agent: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into identity.sessions (id, token_hash, user_id, workspace_id, sudo_until, ip, user_agent,
           created_at, last_seen_at, idle_expires_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)",
        &[
            &Uuid::now_v7(),
            &token_hash,
            &user,
            &workspace,
            &(now + SUDO),
            &ip,
            &user_agent,
            &now,
            &(now + IDLE),
            &(now + ABSOLUTE),
        ],
    )
    .await?;
    Ok(())
}

row! {
    /// Who asks, with everything every page needs of them.
    pub(crate) struct Found {
        pub session_id: Option<Uuid>,
        pub key_id: Option<Uuid>,
        pub current: Option<WorkspaceId>,
        pub sudo_until: Option<Timestamp>,
        pub seen_at: Option<Timestamp>,
        pub scope: Option<Vec<String>>,
        pub allowed_ips: Option<Vec<String>>,
        pub user_id: UserId,
        pub name: String,
        pub email: String,
        pub email_verified: bool,
        pub locale: String,
        pub timezone: String,
        pub member_id: Option<MemberId>,
        pub role: Option<String>,
        /// The roles of those the member is deputy of now.
        pub lent_roles: Option<Vec<String>>,
        pub workspace_id: Option<WorkspaceId>,
        pub slug: Option<String>,
        pub workspace_name: Option<String>,
        pub currency: Option<Currency>,
        pub workspace_timezone: Option<String>,
        pub workspace_locale: Option<String>,
        pub week_start: Option<i16>,
        pub brand_color: Option<String>,
        pub has_logo: Option<bool>,
        pub names: Option<Vec<String>>,
        pub slugs: Option<Vec<String>>,
    }
}

// `who` is one row: what was presented. $2 is the workspace named by the request, $3 now.
// What is lent is v_deputies without its join to the deputy, who is m: it runs on every request.
macro_rules! who_asks {
    ($who:literal) => {
        concat!(
            "with who as (",
            $who,
            ")
             select who.session_id, who.key_id, who.current, who.sudo_until, who.seen_at, who.scope, who.allowed_ips,
               u.id as user_id, u.name, u.email, u.email_verified_at is not null as email_verified, u.locale, u.timezone,
               m.id as member_id, m.role, lent.roles as lent_roles, w.id as workspace_id, w.slug, w.name as workspace_name, w.currency,
               w.timezone as workspace_timezone, w.locale as workspace_locale, w.week_start, w.brand_color,
               w.logo_key is not null as has_logo, mine.names, mine.slugs
             from who
             join identity.users u on u.id = who.user_id and u.disabled_at is null
             left join identity.workspaces w on w.status = 'active' and w.id =
               case when $2::text is null then who.current else (select o.id from identity.workspaces o where o.slug = $2) end
             left join identity.memberships m on m.workspace_id = w.id and m.user_id = u.id and m.is_active
             left join lateral (
               select array_agg(lender.role) as roles
               from identity.deputies d
               join identity.memberships lender on lender.workspace_id = d.workspace_id and lender.id = d.member_id
               where d.workspace_id = m.workspace_id and d.deputy_id = m.id and d.ended_at is null
                 and d.starts_at <= $3 and d.ends_at > $3
                 and lender.is_active and lender.role <> 'viewer' and m.role <> 'viewer') lent on true
             left join lateral (
               select array_agg(o.name order by o.name, o.slug) as names, array_agg(o.slug order by o.name, o.slug) as slugs
               from identity.memberships om
               join identity.workspaces o on o.id = om.workspace_id and o.status = 'active'
               where om.user_id = u.id and om.is_active) mine on true"
        )
    };
}

const BY_SESSION: &str = who_asks!(
    "select s.id as session_id, null::uuid as key_id, s.workspace_id as current, s.sudo_until, s.last_seen_at as seen_at,
       null::text[] as scope, null::text[] as allowed_ips, s.user_id
     from identity.sessions s
     where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $3 and s.idle_expires_at > $3"
);

const BY_FAMILY: &str = who_asks!(
    "select null::uuid as session_id, null::uuid as key_id, f.workspace_id as current, null::timestamptz as sudo_until,
       null::timestamptz as seen_at, null::text[] as scope, null::text[] as allowed_ips, f.user_id
     from identity.refresh_families f
     where f.id = $1 and f.revoked_at is null and f.expires_at > $3"
);

const BY_KEY: &str = who_asks!(
    "select null::uuid as session_id, k.id as key_id, k.workspace_id as current, null::timestamptz as sudo_until,
       k.last_used_at as seen_at, k.permissions as scope, k.allowed_ips, m.user_id
     from identity.api_keys k
     join identity.memberships m on m.workspace_id = k.workspace_id and m.id = k.member_id
     where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $3)"
);

const OLDEST_OWNER: &str = who_asks!(
    "select null::uuid as session_id, null::uuid as key_id, m.workspace_id as current, null::timestamptz as sudo_until,
       $3::timestamptz as seen_at, null::text[] as scope, null::text[] as allowed_ips, m.user_id
     from identity.memberships m
     where m.workspace_id = $1 and m.role = 'owner' and m.is_active
     order by m.joined_at, m.id limit 1"
);

/// The workspace's first owner, as if signed in.
pub(crate) async fn oldest_owner(tx: &SystemTx, workspace: WorkspaceId) -> Result<Option<Found>> {
    tx.find(OLDEST_OWNER, &[&workspace, &None::<String>, &tx.now()]).await
}

pub(crate) async fn by_session(
    tx: &SystemTx,
    token_hash: &[u8],
    slug: Option<&str>,
) -> Result<Option<Found>> {
    tx.find(BY_SESSION, &[&token_hash, &slug, &tx.now()]).await
}

pub(crate) async fn by_family(tx: &SystemTx, family: Uuid, slug: Option<&str>) -> Result<Option<Found>> {
    tx.find(BY_FAMILY, &[&family, &slug, &tx.now()]).await
}

pub(crate) async fn by_key(tx: &SystemTx, key_hash: &[u8], slug: Option<&str>) -> Result<Option<Found>> {
    tx.find(BY_KEY, &[&key_hash, &slug, &tx.now()]).await
}

/// The session is in use, and where.
pub(crate) async fn seen(
    tx: &SystemTx,
    session: Uuid,
    workspace: Option<WorkspaceId>,
    ip: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "with seen as (
           update identity.sessions set last_seen_at = $2, idle_expires_at = $3, ip = $5,
             workspace_id = coalesce($4, workspace_id)
           where id = $1 returning user_id),
         placed as (
           update identity.users set last_workspace_id = $4
           where $4::uuid is not null and id in (select user_id from seen) and last_workspace_id is distinct from $4)
         update identity.memberships set last_seen_at = $2
         where workspace_id = $4 and user_id in (select user_id from seen)",
        &[&session, &now, &(now + IDLE), &workspace, &ip],
    )
    .await?;
    Ok(())
}

/// The key was used.
pub(crate) async fn key_used(tx: &SystemTx, workspace: WorkspaceId, key: Uuid, ip: &str) -> Result<()> {
    tx.execute(
        "update identity.api_keys set last_used_at = $3, last_used_ip = $4 where workspace_id = $1 and id = $2",
        &[&workspace, &key, &tx.now(), &ip],
    )
    .await?;
    Ok(())
}

pub(crate) async fn end(tx: &SystemTx, user: UserId, session: Uuid) -> Result<bool> {
    let rows = tx
        .execute(
            "update identity.sessions set revoked_at = $3 where user_id = $1 and id = $2 and revoked_at is null",
            &[&user, &session, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

/// Ends all sessions of a person except one; returns how many.
pub(crate) async fn end_others(tx: &SystemTx, user: UserId, except: Option<Uuid>) -> Result<u64> {
    tx.execute(
        "update identity.sessions set revoked_at = $3
         where user_id = $1 and revoked_at is null and expires_at > $3 and idle_expires_at > $3 and id is distinct from $2",
        &[&user, &except, &tx.now()],
    )
    .await
}

/// Where a person is signed in, by browser and by API, the latest first.
pub(crate) async fn of_user(tx: &SystemTx, user: UserId) -> Result<Vec<Seen>> {
    tx.query(
        "select id, kind, ip, user_agent, created_at, last_seen_at, expires_at from (
           select id, 'browser' as kind, ip, user_agent, created_at, last_seen_at, idle_expires_at as expires_at
           from identity.sessions
           where user_id = $1 and revoked_at is null and expires_at > $2 and idle_expires_at > $2
           union all
           select id, 'api', ip, user_agent, created_at, last_used_at, expires_at
           from identity.refresh_families where user_id = $1 and revoked_at is null and expires_at > $2) as places
         order by last_seen_at desc, id desc limit 200",
        &[&user, &tx.now()],
    )
    .await
}
