//! The contacts' SQL.

use rapport_base::{Limit, Result, Total, text};
use rapport_db::{Built, TenantTx};
use uuid::Uuid;

use super::{Contact, ContactId, rules::Draft};
use crate::{ClientId, Reach};
use rapport_base::MemberId;

macro_rules! contact {
    ($rest:literal) => {
        concat!(
            "select p.id, p.client_id, c.company_name, p.name, p.email, p.phone, p.job_title,
    coalesce((select array_agg(r.role order by r.role) from clients.contact_roles r
      where r.workspace_id = $1 and r.contact_id = p.id), '{}') as roles,
    p.is_primary, p.do_not_contact, p.language, p.birthday, p.notes,
    coalesce((select array_agg(k.channel order by k.channel) from (
        select distinct on (channel) channel, is_granted from clients.contact_consents
        where workspace_id = $1 and contact_id = p.id order by channel, at desc) k where k.is_granted), '{}') as consents,
    p.created_at, p.updated_at, p.version
  from clients.contacts p
  join clients.clients c on c.workspace_id = $1 and c.id = p.client_id and c.deleted_at is null
  where p.workspace_id = $1 and p.deleted_at is null and ",
            $rest
        )
    };
}

const FIND: &str = contact!("p.id = $2");
const CLIENT_OWNER: &str = "select c.owner_id from clients.contacts p
  join clients.clients c on c.workspace_id = $1 and c.id = p.client_id and c.deleted_at is null
  where p.workspace_id = $1 and p.id = $2 and p.deleted_at is null";
const PRIMARY: &str = contact!("p.client_id = $2 and p.is_primary");
const LIST_FOR: &str = contact!("p.client_id = $2 order by p.is_primary desc, p.name_sort, p.id limit 500");
const BY_EMAIL: &str =
    contact!("p.email_folded = $2 order by p.is_primary desc, p.created_at, p.id limit 50");
const COUNT_FOR: &str =
    "select count(*) from clients.contacts where workspace_id = $1 and client_id = $2 and deleted_at is null";
const LOCK: &str = "select version from clients.contacts where workspace_id = $1 and id = $2 and deleted_at is null for update";
const LOCK_CLIENT: &str =
    "select id from clients.clients where workspace_id = $1 and id = $2 and deleted_at is null for update";

const CREATE: &str =
    "insert into clients.contacts (workspace_id, id, client_id, name, name_sort, email, email_folded, phone,
    job_title, is_primary, do_not_contact, language, birthday, notes, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
const UPDATE: &str = "update clients.contacts set client_id = $3, name = $4, name_sort = $5, email = $6, email_folded = $7,
    phone = $8, job_title = $9, is_primary = $10, do_not_contact = $11, language = $12, birthday = $13, notes = $14,
    email_bounced_at = case when email_folded is not distinct from $7 then email_bounced_at end,
    updated_at = $15, version = version + 1
  where workspace_id = $1 and id = $2 and version = $16 and deleted_at is null";
const NOT_PRIMARY: &str =
    "update clients.contacts set is_primary = false, updated_at = $4, version = version + 1
  where workspace_id = $1 and client_id = $2 and is_primary and id <> $3 and deleted_at is null";
const PROMOTE: &str = "update clients.contacts set is_primary = true, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = (select id from clients.contacts where workspace_id = $1 and client_id = $2
    and deleted_at is null order by created_at, id limit 1)
    and not exists (select 1 from clients.contacts where workspace_id = $1 and client_id = $2 and is_primary and deleted_at is null)";
const HAS_PRIMARY: &str = "select exists (select 1 from clients.contacts
  where workspace_id = $1 and client_id = $2 and is_primary and deleted_at is null)";
const DELETE: &str =
    "update clients.contacts set deleted_at = $3, is_primary = false, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is null";
const FORGET_ROLES: &str =
    "delete from clients.contact_roles where workspace_id = $1 and contact_id = $2 and role <> all($3)";
const ADD_ROLES: &str = "insert into clients.contact_roles (workspace_id, contact_id, role)
  select $1, $2, role from unnest($3::text[]) as role on conflict do nothing";
const CONSENT: &str = "insert into clients.contact_consents (workspace_id, contact_id, channel, is_granted, source, recorded_by, at)
  select $1, $2, c.channel, c.granted, $5, $6, $7 from unnest($3::text[], $4::bool[]) as c(channel, granted)
  on conflict do nothing";

/// A contact; `None` when there is none.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: ContactId) -> Result<Option<Contact>> {
    tx.find(FIND, &[&tx.workspace(), &id]).await
}

/// A contact.
///
/// # Errors
/// Not found.
pub async fn get(tx: &TenantTx, id: ContactId) -> Result<Contact> {
    tx.get(FIND, &[&tx.workspace(), &id]).await
}

/// Who looks after a contact's client.
pub(crate) async fn client_owner(tx: &TenantTx, id: ContactId) -> Result<Option<MemberId>> {
    let (owner,): (Option<MemberId>,) = tx.get(CLIENT_OWNER, &[&tx.workspace(), &id]).await?;
    Ok(owner)
}

/// The one to turn to first at a client.
///
/// # Errors
/// A bug when the database refuses.
pub async fn primary(tx: &TenantTx, client: ClientId) -> Result<Option<Contact>> {
    tx.find(PRIMARY, &[&tx.workspace(), &client]).await
}

/// The contacts of a client: the primary one first, then by name.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list_for(tx: &TenantTx, client: ClientId) -> Result<Vec<Contact>> {
    tx.query(LIST_FOR, &[&tx.workspace(), &client]).await
}

/// The contacts with that address, at whatever client.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find_by_email(tx: &TenantTx, email: &str) -> Result<Vec<Contact>> {
    tx.query(BY_EMAIL, &[&tx.workspace(), &email.trim().to_lowercase()]).await
}

pub(crate) async fn count_for(tx: &TenantTx, client: ClientId) -> Result<i64> {
    tx.scalar(COUNT_FOR, &[&tx.workspace(), &client]).await
}

/// Locks a contact for a change.
pub(crate) async fn lock(tx: &TenantTx, id: ContactId) -> Result<i32> {
    let (version,): (i32,) = tx.get(LOCK, &[&tx.workspace(), &id]).await?;
    Ok(version)
}

/// Locks a client, so that its contacts change one after the other.
pub(crate) async fn lock_client(tx: &TenantTx, client: ClientId) -> Result<()> {
    tx.get::<(ClientId,)>(LOCK_CLIENT, &[&tx.workspace(), &client]).await.map(drop)
}

pub(crate) async fn create(
    tx: &TenantTx,
    id: ContactId,
    client: ClientId,
    draft: &Draft,
    is_primary: bool,
) -> Result<()> {
    tx.execute(
        CREATE,
        &[
            &tx.workspace(),
            &id,
            &client,
            &draft.name,
            &text::fold(&draft.name),
            &draft.email.as_ref().map(|e| e.as_str()),
            &draft.email.as_ref().map(|e| e.folded()),
            &draft.phone.as_ref().map(|p| p.as_str()),
            &draft.job_title,
            &is_primary,
            &draft.do_not_contact,
            &draft.language,
            &draft.birthday,
            &draft.notes,
            &tx.now(),
        ],
    )
    .await?;
    set_roles(tx, id, &draft.roles).await
}

/// Whether the row still was of that version.
pub(crate) async fn update(
    tx: &TenantTx,
    id: ContactId,
    client: ClientId,
    draft: &Draft,
    is_primary: bool,
    version: i32,
) -> Result<bool> {
    let changed = tx
        .execute(
            UPDATE,
            &[
                &tx.workspace(),
                &id,
                &client,
                &draft.name,
                &text::fold(&draft.name),
                &draft.email.as_ref().map(|e| e.as_str()),
                &draft.email.as_ref().map(|e| e.folded()),
                &draft.phone.as_ref().map(|p| p.as_str()),
                &draft.job_title,
                &is_primary,
                &draft.do_not_contact,
                &draft.language,
                &draft.birthday,
                &draft.notes,
                &tx.now(),
                &version,
            ],
        )
        .await?;
    set_roles(tx, id, &draft.roles).await?;
    Ok(changed == 1)
}

async fn set_roles(tx: &TenantTx, id: ContactId, roles: &[&'static str]) -> Result<()> {
    let workspace = tx.workspace();
    let params: rapport_db::Params = &[&workspace, &id, &roles];
    let (forgotten, added) = futures::join!(tx.execute(FORGET_ROLES, params), tx.execute(ADD_ROLES, params));
    forgotten?;
    added.map(drop)
}

/// Notes consents given and taken back, with where they come from and who wrote them down.
pub(crate) async fn note_consents(
    tx: &TenantTx,
    id: ContactId,
    changes: &[(&'static str, bool)],
    source: &str,
    by: Option<Uuid>,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let (channels, granted): (Vec<&str>, Vec<bool>) = changes.iter().copied().unzip();
    tx.execute(CONSENT, &[&tx.workspace(), &id, &channels, &granted, &source, &by, &tx.now()]).await.map(drop)
}

pub(crate) async fn has_primary(tx: &TenantTx, client: ClientId) -> Result<bool> {
    tx.scalar(HAS_PRIMARY, &[&tx.workspace(), &client]).await
}

/// Takes the mark from every other contact of the client.
pub(crate) async fn only_primary(tx: &TenantTx, client: ClientId, id: ContactId) -> Result<()> {
    tx.execute(NOT_PRIMARY, &[&tx.workspace(), &client, &id, &tx.now()]).await.map(drop)
}

/// Marks the oldest contact when none is marked.
pub(crate) async fn promote(tx: &TenantTx, client: ClientId) -> Result<()> {
    tx.execute(PROMOTE, &[&tx.workspace(), &client, &tx.now()]).await.map(drop)
}

pub(crate) async fn delete(tx: &TenantTx, id: ContactId) -> Result<()> {
    tx.execute(DELETE, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

/// Which contacts.
pub(crate) struct Filter {
    pub client: Option<ClientId>,
    pub words: Vec<String>,
    pub only: Option<(MemberId, Reach)>,
    pub after: Option<(String, Uuid)>,
}

impl Filter {
    fn apply(&self, mut built: Built) -> Built {
        if let Some(client) = self.client {
            built = built.sql(" and p.client_id = ").bind(client);
        }
        for word in &self.words {
            built = built
                .sql(" and (strpos(' ' || p.name_sort || ' ' || coalesce(p.email_folded, '') || ' ' || coalesce(p.phone, '') || ' ' || c.name_sort, ")
                .bind(format!(" {word}"))
                .sql(") > 0)");
        }
        if let Some((member, reach)) = &self.only {
            built = built
                .sql(" and (c.owner_id = ")
                .bind(*member)
                .sql(" or c.id = any(")
                .bind(reach.clients.clone())
                .sql("))");
        }
        built
    }
}

/// Contacts by name, one more than the limit, and how many there are.
pub(crate) async fn list(tx: &TenantTx, filter: &Filter, limit: Limit) -> Result<(Vec<Contact>, Total)> {
    let mut rows = filter.apply(Built::new(contact!("p.workspace_id = ")).bind(tx.workspace()));
    if let Some((name, id)) = &filter.after {
        rows = rows.sql(" and (p.name_sort, p.id) > (").bind(name.clone()).sql(", ").bind(*id).sql(")");
    }
    let rows = rows.sql(" order by p.name_sort, p.id").limit(limit);
    let count = Built::new(
        "select count(*) from (select 1 from clients.contacts p
          join clients.clients c on c.workspace_id = p.workspace_id and c.id = p.client_id and c.deleted_at is null
          where p.deleted_at is null and p.workspace_id = ",
    )
    .bind(tx.workspace());
    let count = filter.apply(count).sql(" limit 1001) as counted");
    let (rows, counted) = futures::join!(tx.query_built::<Contact>(&rows), tx.query_built::<(i64,)>(&count));
    let counted = counted?.first().map_or(0, |(count,)| *count);
    Ok((rows?, Total::capped(counted)))
}
