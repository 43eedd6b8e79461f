//! The clients' SQL: single ones.

use jiff::Timestamp;
use rapport_base::{Currency, MemberId, Result, text};
use rapport_db::{SystemTx, TenantTx};
use uuid::Uuid;

use super::{Address, Client, ClientId, Stage, rules::Draft, search::has_words};

/// The columns of a [`Client`] and where they come from.
macro_rules! client {
    ($rest:literal) => {
        concat!(
            "select c.id, c.kind, c.company_name, p.name as contact_name, p.email as contact_email, p.phone as contact_phone,
    c.industry, c.size, c.relationship_stage, c.owner_id, m.name as owner_name, c.source, c.website, c.tax_id,
    coalesce((select array_agg(t.tag order by t.tag_folded) from clients.client_tags t
      where t.workspace_id = $1 and t.client_id = c.id), '{}') as tags,
    c.notes, c.language, c.currency, c.payment_terms_days, c.hourly_rate_cents, c.total_revenue_cents, c.health_score,
    c.risk_level, c.last_activity_at, c.created_at, c.updated_at, c.deleted_at, c.version
  from clients.clients c
  left join clients.contacts p on p.workspace_id = $1 and p.client_id = c.id and p.is_primary and p.deleted_at is null
  left join identity.v_members m on m.workspace_id = $1 and m.id = c.owner_id
  where c.workspace_id = $1 and ",
            $rest
        )
    };
}
pub(crate) use client;

const FIND: &str = client!("c.id = $2 and c.deleted_at is null");
const FIND_IN_BIN: &str = client!("c.id = $2 and c.deleted_at is not null and c.purged_at is null");
const BIN: &str = client!(
    "c.deleted_at is not null and c.purged_at is null order by c.deleted_at desc, c.id desc limit 200"
);
const LOCK: &str = "select version from clients.clients where workspace_id = $1 and id = $2 and deleted_at is null for update";
const NAMES: &str = "select id, company_name from clients.clients where workspace_id = $1 and id = any($2)";
const SEARCH: &str = concat!(
    "select c.id, c.company_name from clients.clients c
  where c.workspace_id = $1 and c.deleted_at is null and (cardinality($2::text[]) = 0 or ",
    has_words!(),
    ") order by c.name_sort, c.id limit $3"
);

const CREATE: &str =
    "insert into clients.clients (workspace_id, id, kind, company_name, name_sort, industry, size,
    relationship_stage, stage_changed_at, owner_id, source, website, tax_id, notes, language, currency,
    payment_terms_days, hourly_rate_cents, last_activity_at, created_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $9, $19, $9, $9)";
const UPDATE: &str = "update clients.clients set kind = $3, company_name = $4, name_sort = $5, industry = $6, size = $7,
    stage_changed_at = case when relationship_stage = $8 then stage_changed_at else $9 end, relationship_stage = $8,
    owner_id = $10, source = $11, website = $12, tax_id = $13, notes = $14, language = $15, currency = $16,
    payment_terms_days = $17, hourly_rate_cents = $18, updated_at = $9, version = version + 1
  where workspace_id = $1 and id = $2 and version = $19 and deleted_at is null";

const FORGET_TAGS: &str =
    "delete from clients.client_tags where workspace_id = $1 and client_id = $2 and tag_folded <> all($3)";
const ADD_TAGS: &str = "insert into clients.client_tags (workspace_id, client_id, tag_folded, tag)
  select $1, $2, t.folded, t.tag from unnest($3::text[], $4::text[]) as t(folded, tag)
  on conflict (workspace_id, client_id, tag_folded) do update set tag = excluded.tag";
const TAGS: &str = "select min(tag) from clients.client_tags where workspace_id = $1 group by tag_folded order by tag_folded limit 300";

const BILLING: &str = "select line1, line2, postal_code, city, region, country from clients.addresses
  where workspace_id = $1 and client_id = $2 and is_billing";
const SET_BILLING: &str = "insert into clients.addresses (workspace_id, id, client_id, label, line1, line2, postal_code, city,
    region, country, is_billing, created_at, updated_at)
  values ($1, $2, $3, 'Main', $4, $5, $6, $7, $8, $9, true, $10, $10)
  on conflict (workspace_id, client_id) where is_billing
  do update set line1 = excluded.line1, line2 = excluded.line2, postal_code = excluded.postal_code, city = excluded.city,
    region = excluded.region, country = excluded.country, updated_at = excluded.updated_at";
const DROP_BILLING: &str =
    "delete from clients.addresses where workspace_id = $1 and client_id = $2 and is_billing";

const SET_STAGE: &str = "update clients.clients c set relationship_stage = $3, stage_changed_at = $4, updated_at = $4, version = c.version + 1
  from (select id, relationship_stage, company_name from clients.clients where workspace_id = $1 and id = $2 for update) was
  where c.workspace_id = $1 and c.id = was.id and c.deleted_at is null and was.relationship_stage <> $3
  returning was.relationship_stage, was.company_name";
const ADD_REVENUE: &str = "update clients.clients set total_revenue_cents = total_revenue_cents + $3
  where workspace_id = $1 and id = $2";
const SET_HEALTH: &str =
    "update clients.clients set health_score = $3, risk_level = $4 where workspace_id = $1 and id = $2";
const TOUCH: &str = "update clients.clients set last_activity_at = $3
  where workspace_id = $1 and id = $2 and last_activity_at < $3";

const DELETE: &str =
    "update clients.clients set deleted_at = $3, deleted_by = $4, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is null";
const RESTORE: &str =
    "update clients.clients set deleted_at = null, deleted_by = null, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is not null and purged_at is null";

const MEMBERS: &str = "select id, name from identity.v_members where workspace_id = $1 and is_active order by name, id limit 500";
const IS_MEMBER: &str =
    "select exists (select 1 from identity.v_members where workspace_id = $1 and id = $2 and is_active)";

const DUPLICATES: &str = "select c.id, c.company_name, case
      when $3::text is not null and exists (select 1 from clients.contacts p where p.workspace_id = $1 and p.client_id = c.id
        and p.email_folded = $3 and p.deleted_at is null) then 'email'
      when $4::text is not null and exists (select 1 from clients.contacts p where p.workspace_id = $1 and p.client_id = c.id
        and p.phone = $4 and p.deleted_at is null) then 'phone'
      else 'name' end as because
  from clients.clients c
  where c.workspace_id = $1 and c.deleted_at is null and (
    c.id in (select p.client_id from clients.contacts p where p.workspace_id = $1 and p.email_folded = $3 and p.deleted_at is null)
    or c.id in (select p.client_id from clients.contacts p where p.workspace_id = $1 and p.phone = $4 and p.deleted_at is null)
    or c.name_sort = $2
    or c.id in (select s.client_id from clients.similar_terms s, unnest($5::text[]) as w(word)
        where s.workspace_id = $1 and s.term % w.word group by s.client_id having count(distinct w.word) >= cardinality($5))
      and similarity(c.name_sort, $2) >= 0.5)
  order by 3, c.name_sort, c.id limit 5";

const TO_PURGE: &str = "select workspace_id, id from clients.clients
  where deleted_at < $1 and purged_at is null order by deleted_at limit 200";
const PURGE: &str = "delete from clients.clients where workspace_id = $1 and id = $2 and deleted_at < $3";
const ERASE: &str =
    "update clients.clients set company_name = 'Erased client', name_sort = 'erased client', industry = null,
    size = null, source = null, website = null, tax_id = null, notes = null, stripe_customer_id = null,
    purged_at = $3, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is not null";
const ERASE_CONTACTS: &str = "update clients.contacts set name = 'Erased person', name_sort = 'erased person', email = null,
    email_folded = null, phone = null, job_title = null, language = null, timezone = null, birthday = null, notes = null,
    deleted_at = coalesce(deleted_at, $3), erased_at = $3, updated_at = $3, version = version + 1
  where workspace_id = $1 and client_id = $2";
const ERASE_NOTES: &str = "delete from clients.notes where workspace_id = $1 and client_id = $2";
const ERASE_ADDRESSES: &str = "delete from clients.addresses where workspace_id = $1 and client_id = $2";
const ERASE_TAGS: &str = "delete from clients.client_tags where workspace_id = $1 and client_id = $2";
const ERASE_TERMS: &str = "delete from clients.search_terms where workspace_id = $1 and client_id = $2";

rapport_db::row! {
    /// A client that may be the one about to be added.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Duplicate {
        /// The client.
        pub id: ClientId,
        /// Its name.
        pub company_name: String,
        /// `email`, `phone` or `name`.
        pub because: String,
    }
}

/// A client; `None` when there is none, or in the bin.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: ClientId) -> Result<Option<Client>> {
    tx.find(FIND, &[&tx.workspace(), &id]).await
}

/// A client.
///
/// # Errors
/// Not found, in the bin included.
pub async fn get(tx: &TenantTx, id: ClientId) -> Result<Client> {
    tx.get(FIND, &[&tx.workspace(), &id]).await
}

/// Names of clients, those in the bin included, in no order.
///
/// # Errors
/// A bug when the database refuses.
pub async fn names(tx: &TenantTx, ids: &[ClientId]) -> Result<Vec<(ClientId, String)>> {
    tx.query(NAMES, &[&tx.workspace(), &ids]).await
}

/// Clients found by the beginnings of words, by name: for choosing one.
///
/// # Errors
/// A bug when the database refuses.
pub async fn search(tx: &TenantTx, typed: &str, limit: i64) -> Result<Vec<(ClientId, String)>> {
    let words = super::search::typed(typed);
    tx.query(SEARCH, &[&tx.workspace(), &words, &limit]).await
}

pub(crate) async fn find_in_bin(tx: &TenantTx, id: ClientId) -> Result<Option<Client>> {
    tx.find(FIND_IN_BIN, &[&tx.workspace(), &id]).await
}

pub(crate) async fn bin(tx: &TenantTx) -> Result<Vec<Client>> {
    tx.query(BIN, &[&tx.workspace()]).await
}

/// Locks a client for a change.
pub(crate) async fn lock(tx: &TenantTx, id: ClientId) -> Result<i32> {
    let (version,): (i32,) = tx.get(LOCK, &[&tx.workspace(), &id]).await?;
    Ok(version)
}

pub(crate) async fn create(tx: &TenantTx, id: ClientId, draft: &Draft, by: Option<Uuid>) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    tx.execute(
        CREATE,
        &[
            &workspace,
            &id,
            &draft.kind,
            &draft.company_name,
            &text::fold(&draft.company_name),
            &draft.industry,
            &draft.size,
            &draft.stage.as_str(),
            &now,
            &draft.owner_id,
            &draft.source,
            &draft.website,
            &draft.tax_id,
            &draft.notes,
            &draft.language,
            &draft.currency,
            &draft.payment_terms_days,
            &draft.hourly_rate_cents,
            &by,
        ],
    )
    .await?;
    set_tags(tx, id, &draft.tags).await
}

/// Whether the row still was of that version.
pub(crate) async fn update(tx: &TenantTx, id: ClientId, draft: &Draft, version: i32) -> Result<bool> {
    let (workspace, now) = (tx.workspace(), tx.now());
    let changed = tx
        .execute(
            UPDATE,
            &[
                &workspace,
                &id,
                &draft.kind,
                &draft.company_name,
                &text::fold(&draft.company_name),
                &draft.industry,
                &draft.size,
                &draft.stage.as_str(),
                &now,
                &draft.owner_id,
                &draft.source,
                &draft.website,
                &draft.tax_id,
                &draft.notes,
                &draft.language,
                &draft.currency,
                &draft.payment_terms_days,
                &draft.hourly_rate_cents,
                &version,
            ],
        )
        .await?;
    set_tags(tx, id, &draft.tags).await?;
    Ok(changed == 1)
}

async fn set_tags(tx: &TenantTx, id: ClientId, tags: &[String]) -> Result<()> {
    let workspace = tx.workspace();
    let folded: Vec<String> = tags.iter().map(|tag| text::fold(tag)).collect();
    let (forget, add): (rapport_db::Params, rapport_db::Params) =
        (&[&workspace, &id, &folded], &[&workspace, &id, &folded, &tags]);
    let (forgotten, added) = futures::join!(tx.execute(FORGET_TAGS, forget), tx.execute(ADD_TAGS, add));
    forgotten?;
    added.map(drop)
}

pub(crate) async fn tags(tx: &TenantTx) -> Result<Vec<String>> {
    let tags: Vec<(String,)> = tx.query(TAGS, &[&tx.workspace()]).await?;
    Ok(tags.into_iter().map(|(tag,)| tag).collect())
}

pub(crate) async fn address(tx: &TenantTx, id: ClientId) -> Result<Option<Address>> {
    tx.find(BILLING, &[&tx.workspace(), &id]).await
}

pub(crate) async fn set_address(tx: &TenantTx, id: ClientId, address: Option<&Address>) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    let Some(a) = address else {
        return tx.execute(DROP_BILLING, &[&workspace, &id]).await.map(drop);
    };
    tx.execute(
        SET_BILLING,
        &[
            &workspace,
            &Uuid::now_v7(),
            &id,
            &a.line1,
            &a.line2,
            &a.postal_code,
            &a.city,
            &a.region,
            &a.country,
            &now,
        ],
    )
    .await
    .map(drop)
}

/// The stage before and the client's name, when it changed.
pub(crate) async fn set_stage(tx: &TenantTx, id: ClientId, stage: Stage) -> Result<Option<(String, String)>> {
    tx.find(SET_STAGE, &[&tx.workspace(), &id, &stage.as_str(), &tx.now()]).await
}

pub(crate) async fn add_revenue(tx: &TenantTx, id: ClientId, delta_cents: i64) -> Result<()> {
    tx.execute(ADD_REVENUE, &[&tx.workspace(), &id, &delta_cents]).await.map(drop)
}

pub(crate) async fn set_health(
    tx: &TenantTx,
    id: ClientId,
    score: Option<i16>,
    risk: Option<&str>,
) -> Result<()> {
    tx.execute(SET_HEALTH, &[&tx.workspace(), &id, &score, &risk]).await.map(drop)
}

pub(crate) async fn touch(tx: &TenantTx, id: ClientId, at: Timestamp) -> Result<()> {
    tx.execute(TOUCH, &[&tx.workspace(), &id, &at]).await.map(drop)
}

pub(crate) async fn delete(tx: &TenantTx, id: ClientId, by: Option<Uuid>) -> Result<bool> {
    Ok(tx.execute(DELETE, &[&tx.workspace(), &id, &tx.now(), &by]).await? == 1)
}

pub(crate) async fn restore(tx: &TenantTx, id: ClientId) -> Result<bool> {
    Ok(tx.execute(RESTORE, &[&tx.workspace(), &id, &tx.now()]).await? == 1)
}

/// Members who may look after a client, by name.
pub(crate) async fn members(tx: &TenantTx) -> Result<Vec<(MemberId, String)>> {
    tx.query(MEMBERS, &[&tx.workspace()]).await
}

pub(crate) async fn is_member(tx: &TenantTx, id: MemberId) -> Result<bool> {
    tx.scalar(IS_MEMBER, &[&tx.workspace(), &id]).await
}

/// Clients with the same address or phone, or a similar name.
pub(crate) async fn duplicates(
    tx: &TenantTx,
    name: &str,
    email: Option<String>,
    phone: Option<String>,
) -> Result<Vec<Duplicate>> {
    let folded = text::fold(name);
    let words = text::terms([name], 6);
    tx.query(DUPLICATES, &[&tx.workspace(), &folded, &email, &phone, &words]).await
}

/// Clients that went to the bin before, over all workspaces.
pub(crate) async fn to_purge(
    tx: &SystemTx,
    before: Timestamp,
) -> Result<Vec<(rapport_base::WorkspaceId, ClientId)>> {
    tx.query(TO_PURGE, &[&before]).await
}

/// Removes a client with all that is only its own.
pub(crate) async fn purge(tx: &TenantTx, id: ClientId, before: Timestamp) -> Result<()> {
    tx.execute(PURGE, &[&tx.workspace(), &id, &before]).await.map(drop)
}

/// Takes a client's own data away and leaves a placeholder, where other modules' records point at it.
pub(crate) async fn erase(tx: &TenantTx, id: ClientId) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    let of: rapport_db::Params = &[&workspace, &id];
    let of_now: rapport_db::Params = &[&workspace, &id, &now];
    for (sql, params) in [
        (ERASE, of_now),
        (ERASE_CONTACTS, of_now),
        (ERASE_NOTES, of),
        (ERASE_ADDRESSES, of),
        (ERASE_TAGS, of),
        (ERASE_TERMS, of),
    ] {
        tx.execute(sql, params).await?;
    }
    Ok(())
}

/// The currency of a client: its own, else the workspace's.
pub(crate) fn currency(client: &Client, workspace: Currency) -> Currency {
    client.currency.unwrap_or(workspace)
}
