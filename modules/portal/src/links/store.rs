//! The links' and guests' SQL.

use jiff::Timestamp;
use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::{GuestId, GuestRow, Link, LinkId};
use crate::PortalId;

const LIST: &str =
    "select l.id, l.guest_id, g.contact_id, c.name as contact_name, c.email as contact_email, l.single_use,
    case when l.revoked_at is not null then 'revoked' when l.single_use and l.uses > 0 then 'used'
         when l.expires_at <= $3 then 'expired' else 'active' end as status,
    l.sent_by, m.name as created_by_name, l.created_at, l.expires_at, l.uses, l.last_used_at
  from portal.links l
  join portal.guests g on g.workspace_id = l.workspace_id and g.id = l.guest_id
  join clients.v_contacts c on c.workspace_id = g.workspace_id and c.id = g.contact_id
  left join identity.v_members m on m.workspace_id = l.workspace_id and m.id = l.created_by
  where l.workspace_id = $1 and l.portal_id = $2 order by l.created_at desc, l.id desc limit 200";

const GUESTS: &str = "select g.id, g.contact_id, c.name, c.email, g.role, g.last_seen_at, g.revoked_at
  from portal.guests g
  join clients.v_contacts c on c.workspace_id = g.workspace_id and c.id = g.contact_id
  where g.workspace_id = $1 and g.portal_id = $2 order by c.name, g.id limit 200";

const CONTACTS: &str = "select c.id, c.name, c.email from portal.portals p
  join clients.v_contacts c on c.workspace_id = p.workspace_id and c.client_id = p.client_id
  where p.workspace_id = $1 and p.id = $2 and c.deleted_at is null order by c.is_primary desc, c.name, c.id limit 200";

const CONTACT: &str = "select c.id, c.name, c.email from clients.v_contacts c
  where c.workspace_id = $1 and c.client_id = $2 and c.deleted_at is null and ($3::uuid is null or c.id = $3)
  order by c.is_primary desc, c.name, c.id limit 1";

const CONTACT_BY_EMAIL: &str = "select c.id, c.name, c.email from clients.v_contacts c
  where c.workspace_id = $1 and c.client_id = $2 and c.deleted_at is null and c.email_folded = $3";

const ADMIT: &str = "insert into portal.guests as g (workspace_id, id, portal_id, contact_id, invited_by_member, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $6)
  on conflict (workspace_id, portal_id, contact_id) do update
    set revoked_at = case when $7 then null else g.revoked_at end, updated_at = excluded.updated_at
  returning g.id, g.revoked_at is not null";

const CREATE: &str = "insert into portal.links (workspace_id, id, portal_id, guest_id, token_hash, single_use, sent_by, created_by, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const FOR_GUEST: &str = "select g.contact_id, l.single_use, greatest(1, ceil(extract(epoch from l.expires_at - l.created_at) / 86400))::int4
  from portal.links l join portal.guests g on g.workspace_id = l.workspace_id and g.id = l.guest_id
  where l.workspace_id = $1 and l.portal_id = $2 and l.id = $3";

const REVOKE: &str = "with revoked as (
    update portal.links set revoked_at = $4, revoked_by = $5
    where workspace_id = $1 and portal_id = $2 and ($3::uuid is null or id = $3) and revoked_at is null returning id),
  ended as (
    update portal.guest_sessions set ended_at = $4
    where workspace_id = $1 and portal_id = $2 and ended_at is null and ($3::uuid is null or link_id = $3) returning id)
  select count(*) from revoked";

const LINK_EXISTS: &str =
    "select exists (select from portal.links where workspace_id = $1 and portal_id = $2 and id = $3)";

const REVOKE_GUEST: &str = "with guest as (
    update portal.guests set revoked_at = $4, updated_at = $4 where workspace_id = $1 and portal_id = $2 and id = $3 and revoked_at is null returning id),
  links as (
    update portal.links set revoked_at = $4, revoked_by = $5
    where workspace_id = $1 and portal_id = $2 and guest_id = $3 and revoked_at is null returning id),
  ended as (
    update portal.guest_sessions set ended_at = $4
    where workspace_id = $1 and portal_id = $2 and guest_id = $3 and ended_at is null returning id)
  select count(*) from guest";

const RESTORE_GUEST: &str = "update portal.guests set revoked_at = null, updated_at = $4
  where workspace_id = $1 and portal_id = $2 and id = $3 and revoked_at is not null";

const SET_ROLE: &str = "update portal.guests set role = $4, updated_at = $5 where workspace_id = $1 and portal_id = $2 and id = $3";

/// A contact a link may be for.
#[derive(Clone, Debug)]
pub(crate) struct Addressee {
    pub id: Uuid,
    pub name: String,
    pub email: Option<String>,
}

type ContactRow = (Uuid, String, Option<String>);

fn addressee((id, name, email): ContactRow) -> Addressee {
    Addressee { id, name, email }
}

pub(crate) async fn list(tx: &TenantTx, portal: PortalId) -> Result<Vec<Link>> {
    tx.query(LIST, &[&tx.workspace(), &portal, &tx.now()]).await
}

pub(crate) async fn guests(tx: &TenantTx, portal: PortalId) -> Result<Vec<GuestRow>> {
    tx.query(GUESTS, &[&tx.workspace(), &portal]).await
}

/// The contacts of a portal's client.
pub(crate) async fn contacts(tx: &TenantTx, portal: PortalId) -> Result<Vec<Addressee>> {
    let rows: Vec<ContactRow> = tx.query(CONTACTS, &[&tx.workspace(), &portal]).await?;
    Ok(rows.into_iter().map(addressee).collect())
}

/// A contact of a client; its main one when none is named.
pub(crate) async fn contact(tx: &TenantTx, client: Uuid, contact: Option<Uuid>) -> Result<Option<Addressee>> {
    Ok(tx.find::<ContactRow>(CONTACT, &[&tx.workspace(), &client, &contact]).await?.map(addressee))
}

pub(crate) async fn contact_by_email(tx: &TenantTx, client: Uuid, email: &str) -> Result<Option<Addressee>> {
    Ok(tx.find::<ContactRow>(CONTACT_BY_EMAIL, &[&tx.workspace(), &client, &email]).await?.map(addressee))
}

/// Makes a contact a guest, or finds that it is one; the flag tells that its access was taken away.
/// A member who makes a link gives the access back, a guest who asks for one does not.
pub(crate) async fn admit(
    tx: &TenantTx,
    portal: PortalId,
    contact: Uuid,
    by: Option<MemberId>,
) -> Result<(GuestId, bool)> {
    tx.get(ADMIT, &[&tx.workspace(), &GuestId::new(), &portal, &contact, &by, &tx.now(), &by.is_some()]).await
}

/// A link to be written down.
pub(crate) struct NewRow {
    pub id: LinkId,
    pub portal: PortalId,
    pub guest: GuestId,
    pub token_hash: Vec<u8>,
    pub single_use: bool,
    pub sent: bool,
    pub by: Option<MemberId>,
    pub expires_at: Timestamp,
}

pub(crate) async fn create(tx: &TenantTx, row: &NewRow) -> Result<()> {
    let sent_by = if row.sent { "email" } else { "none" };
    tx.execute(
        CREATE,
        &[
            &tx.workspace(),
            &row.id,
            &row.portal,
            &row.guest,
            &row.token_hash,
            &row.single_use,
            &sent_by,
            &row.by,
            &tx.now(),
            &row.expires_at,
        ],
    )
    .await
    .map(drop)
}

/// Whom a link is for, whether it works once, and its life in days.
pub(crate) async fn settings_of(tx: &TenantTx, portal: PortalId, link: LinkId) -> Result<(Uuid, bool, i32)> {
    tx.get(FOR_GUEST, &[&tx.workspace(), &portal, &link]).await
}

/// Revokes one link, or all, with the sessions that came by them; gives how many links.
pub(crate) async fn revoke(
    tx: &TenantTx,
    portal: PortalId,
    link: Option<LinkId>,
    by: Option<Uuid>,
) -> Result<i64> {
    tx.scalar(REVOKE, &[&tx.workspace(), &portal, &link, &tx.now(), &by]).await
}

pub(crate) async fn exists(tx: &TenantTx, portal: PortalId, link: LinkId) -> Result<bool> {
    tx.scalar(LINK_EXISTS, &[&tx.workspace(), &portal, &link]).await
}

pub(crate) async fn revoke_guest(
    tx: &TenantTx,
    portal: PortalId,
    guest: GuestId,
    by: Option<Uuid>,
) -> Result<bool> {
    Ok(tx.scalar::<i64>(REVOKE_GUEST, &[&tx.workspace(), &portal, &guest, &tx.now(), &by]).await? == 1)
}

pub(crate) async fn restore_guest(tx: &TenantTx, portal: PortalId, guest: GuestId) -> Result<bool> {
    Ok(tx.execute(RESTORE_GUEST, &[&tx.workspace(), &portal, &guest, &tx.now()]).await? == 1)
}

pub(crate) async fn set_role(tx: &TenantTx, portal: PortalId, guest: GuestId, role: &str) -> Result<bool> {
    Ok(tx.execute(SET_ROLE, &[&tx.workspace(), &portal, &guest, &role, &tx.now()]).await? == 1)
}
