//! The SQL of coming in. Before the workspace is known it runs beyond the wall: look-ups
//! by the hash of a token, or by a portal's id, and nothing else.

use jiff::Timestamp;
use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};
use uuid::Uuid;

use crate::{GuestId, LinkId, PortalId};

const LINK: &str = "select l.workspace_id, l.id as link_id, l.guest_id
  from portal.links l
  join portal.guests g on g.workspace_id = l.workspace_id and g.id = l.guest_id
  join portal.portals p on p.workspace_id = l.workspace_id and p.id = l.portal_id
  where l.token_hash = $1 and l.portal_id = $2 and l.revoked_at is null and l.expires_at > $3
    and not (l.single_use and l.uses > 0) and g.revoked_at is null and p.status = 'active'";

const SESSION: &str =
    "select s.workspace_id, s.id, s.portal_id, s.guest_id, s.last_seen_at, g.contact_id, p.client_id
  from portal.guest_sessions s
  join portal.guests g on g.workspace_id = s.workspace_id and g.id = s.guest_id
  join portal.portals p on p.workspace_id = s.workspace_id and p.id = s.portal_id
  where s.session_hash = $1 and ($2::uuid is null or s.portal_id = $2) and s.ended_at is null
    and s.idle_expires_at > $3 and s.expires_at > $3 and g.revoked_at is null and p.status = 'active'";

const LOOK: &str =
    "select p.workspace_id, p.client_id, p.title, p.status, coalesce(p.accent_color, w.brand_color) as color,
    p.logo_file_id, w.name as workspace_name, w.logo_key, w.logo_content_type
  from portal.portals p join identity.v_workspace w on w.workspace_id = p.workspace_id
  where p.id = $1 and p.status <> 'draft'";

const REDEEM: &str = "update portal.links set uses = uses + 1, last_used_at = $3
  where workspace_id = $1 and id = $2 and revoked_at is null and expires_at > $3 and not (single_use and uses > 0)";

const OPEN: &str = "insert into portal.guest_sessions (workspace_id, id, portal_id, guest_id, link_id, session_hash, ip, user_agent,
    created_at, last_seen_at, idle_expires_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)";

const GREET: &str =
    "update portal.guests g set first_seen_at = coalesce(first_seen_at, $4), last_seen_at = $4
  from clients.v_contacts c, portal.portals p
  where g.workspace_id = $1 and g.portal_id = $2 and g.id = $3 and g.revoked_at is null
    and c.workspace_id = g.workspace_id and c.id = g.contact_id and c.deleted_at is null
    and p.workspace_id = g.workspace_id and p.id = g.portal_id
  returning g.contact_id, c.name, c.email, p.client_id";

const CONTACT: &str =
    "select name, email from clients.v_contacts where workspace_id = $1 and id = $2 and deleted_at is null";

const SEEN: &str = "with session as (
    update portal.guest_sessions set last_seen_at = $3, idle_expires_at = $4 where workspace_id = $1 and id = $2 returning guest_id)
  update portal.guests set last_seen_at = $3 where workspace_id = $1 and id = (select guest_id from session)";

const LEAVE: &str =
    "update portal.guest_sessions set ended_at = $3 where workspace_id = $1 and id = $2 and ended_at is null";

const LOG: &str = "insert into portal.access_log (workspace_id, id, portal_id, guest_id, session_id, contact_name, action,
    subject_kind, subject_id, ip, user_agent, at)
  values ($1, $2, $3, (select guest_id from portal.guest_sessions where workspace_id = $1 and id = $4), $4, $5, $6, $7, $8, $9, $10, $11)";

const LOG_LIST: &str =
    "select id, contact_name, action, subject_kind, subject_id, ip, at from portal.access_log
  where workspace_id = $1 and portal_id = $2 and ($3::timestamptz is null or (at, id) < ($3, $4))
  order by at desc, id desc limit $5";

const NEW_CODE: &str = "insert into portal.guest_codes (workspace_id, id, portal_id, guest_id, purpose, code_hash, browser_hash, created_at, expires_at)
  select s.workspace_id, $3, s.portal_id, s.guest_id, 'confirm', $4, s.session_hash, $5, $6
  from portal.guest_sessions s where s.workspace_id = $1 and s.id = $2";

const TRY_CODE: &str = "update portal.guest_codes c set attempts = attempts + 1
  from portal.guest_sessions s
  where s.workspace_id = $1 and s.id = $2 and c.workspace_id = $1 and c.portal_id = s.portal_id and c.guest_id = s.guest_id
    and c.browser_hash = s.session_hash and c.purpose = 'confirm' and c.used_at is null and c.expires_at > $3 and c.attempts < 5
    and c.id = (select n.id from portal.guest_codes n where n.workspace_id = $1 and n.portal_id = s.portal_id and n.guest_id = s.guest_id
                order by n.created_at desc, n.id desc limit 1)
  returning c.id, c.code_hash";

const USE_CODE: &str = "with used as (update portal.guest_codes set used_at = $4 where workspace_id = $1 and id = $3 and used_at is null returning id)
  update portal.guest_sessions set code_confirmed_at = $4 where workspace_id = $1 and id = $2 and exists (select from used)";

const SWEEP_SESSIONS: &str =
    "select workspace_id from portal.guest_sessions where idle_expires_at < $1 group by workspace_id";
const DROP_SESSIONS: &str =
    "delete from portal.guest_sessions where workspace_id = $1 and idle_expires_at < $2";
const DROP_CODES: &str = "delete from portal.guest_codes where workspace_id = $1 and expires_at < $2";

rapport_db::row! {
    /// A link that works.
    pub(crate) struct Usable {
        pub workspace_id: WorkspaceId,
        pub link_id: LinkId,
        pub guest_id: GuestId,
    }
}

rapport_db::row! {
    /// A guest's session.
    pub(crate) struct Session {
        pub workspace_id: WorkspaceId,
        pub id: Uuid,
        pub portal_id: PortalId,
        pub last_seen_at: Timestamp,
        pub contact_id: Uuid,
        pub client_id: Uuid,
    }
}

rapport_db::row! {
    /// What may be known of a portal by its id alone.
    pub(crate) struct Look {
        pub workspace_id: WorkspaceId,
        pub client_id: Uuid,
        pub title: String,
        pub status: String,
        pub color: String,
        pub logo_file_id: Option<Uuid>,
        pub workspace_name: String,
        pub logo_key: Option<String>,
        pub logo_content_type: Option<String>,
    }
}

rapport_db::row! {
    /// A line of the access log.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct AccessRow {
        /// Id.
        pub id: Uuid,
        /// Who, as they were called then.
        pub contact_name: Option<String>,
        /// What they did.
        pub action: String,
        /// To what sort of thing.
        pub subject_kind: Option<String>,
        /// Its id.
        pub subject_id: Option<Uuid>,
        /// Their address.
        pub ip: Option<String>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub at: Timestamp,
    }
}

pub(crate) async fn find_link(tx: &SystemTx, portal: PortalId, token_hash: &[u8]) -> Result<Option<Usable>> {
    tx.find(LINK, &[&token_hash.to_vec(), &portal, &tx.now()]).await
}

pub(crate) async fn find_session(
    tx: &SystemTx,
    session_hash: &[u8],
    portal: Option<Uuid>,
) -> Result<Option<Session>> {
    tx.find(SESSION, &[&session_hash.to_vec(), &portal, &tx.now()]).await
}

pub(crate) async fn look(tx: &SystemTx, portal: PortalId) -> Result<Option<Look>> {
    tx.find(LOOK, &[&portal]).await
}

/// Uses a link up; false when someone else was quicker or it no longer works.
pub(crate) async fn redeem(tx: &TenantTx, link: LinkId) -> Result<bool> {
    Ok(tx.execute(REDEEM, &[&tx.workspace(), &link, &tx.now()]).await? == 1)
}

/// A session to be opened.
pub(crate) struct Opening<'a> {
    pub id: Uuid,
    pub portal: PortalId,
    pub guest: GuestId,
    pub link: LinkId,
    pub hash: Vec<u8>,
    pub ip: &'a str,
    pub user_agent: &'a str,
    pub idle_until: Timestamp,
    pub until: Timestamp,
}

pub(crate) async fn open(tx: &TenantTx, s: &Opening<'_>) -> Result<()> {
    tx.execute(
        OPEN,
        &[
            &tx.workspace(),
            &s.id,
            &s.portal,
            &s.guest,
            &s.link,
            &s.hash,
            &s.ip,
            &s.user_agent,
            &tx.now(),
            &s.idle_until,
            &s.until,
        ],
    )
    .await
    .map(drop)
}

/// Notes that a guest came in; gives their contact, name, address and client.
pub(crate) async fn greet(
    tx: &TenantTx,
    portal: PortalId,
    guest: GuestId,
) -> Result<Option<(Uuid, String, Option<String>, Uuid)>> {
    tx.find(GREET, &[&tx.workspace(), &portal, &guest, &tx.now()]).await
}

pub(crate) async fn contact(tx: &TenantTx, contact: Uuid) -> Result<Option<(String, Option<String>)>> {
    tx.find(CONTACT, &[&tx.workspace(), &contact]).await
}

pub(crate) async fn seen(tx: &TenantTx, session: Uuid, idle_until: Timestamp) -> Result<()> {
    tx.execute(SEEN, &[&tx.workspace(), &session, &tx.now(), &idle_until]).await.map(drop)
}

pub(crate) async fn leave(tx: &TenantTx, session: Uuid) -> Result<()> {
    tx.execute(LEAVE, &[&tx.workspace(), &session, &tx.now()]).await.map(drop)
}

/// A line to be written into the access log.
pub(crate) struct Entry<'a> {
    pub portal: PortalId,
    pub session: Option<Uuid>,
    pub name: &'a str,
    pub action: &'a str,
    pub subject: Option<(&'static str, Uuid)>,
    pub ip: &'a str,
    pub user_agent: &'a str,
}

pub(crate) async fn log(tx: &TenantTx, entry: &Entry<'_>) -> Result<()> {
    let (kind, id) = entry.subject.unzip();
    tx.execute(
        LOG,
        &[
            &tx.workspace(),
            &Uuid::now_v7(),
            &entry.portal,
            &entry.session,
            &entry.name,
            &entry.action,
            &kind,
            &id,
            &entry.ip,
            &entry.user_agent,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn log_list(
    tx: &TenantTx,
    portal: PortalId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<AccessRow>> {
    let (at, id) = before.unzip();
    tx.query(LOG_LIST, &[&tx.workspace(), &portal, &at, &id, &limit]).await
}

pub(crate) async fn new_code(
    tx: &TenantTx,
    session: Uuid,
    id: Uuid,
    code_hash: Vec<u8>,
    until: Timestamp,
) -> Result<()> {
    tx.execute(NEW_CODE, &[&tx.workspace(), &session, &id, &code_hash, &tx.now(), &until]).await.map(drop)
}

/// Counts an attempt at the newest code of a session; gives the code's id and hash.
pub(crate) async fn try_code(tx: &TenantTx, session: Uuid) -> Result<Option<(Uuid, Vec<u8>)>> {
    tx.find(TRY_CODE, &[&tx.workspace(), &session, &tx.now()]).await
}

/// Uses a code up; false when it was used already.
pub(crate) async fn use_code(tx: &TenantTx, session: Uuid, code: Uuid) -> Result<bool> {
    Ok(tx.execute(USE_CODE, &[&tx.workspace(), &session, &code, &tx.now()]).await? == 1)
}

pub(crate) async fn workspaces_to_sweep(tx: &SystemTx, before: Timestamp) -> Result<Vec<WorkspaceId>> {
    let rows: Vec<(WorkspaceId,)> = tx.query(SWEEP_SESSIONS, &[&before]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(crate) async fn sweep(tx: &TenantTx, before: Timestamp) -> Result<()> {
    tx.execute(DROP_SESSIONS, &[&tx.workspace(), &before]).await?;
    tx.execute(DROP_CODES, &[&tx.workspace(), &before]).await.map(drop)
}
