//! All SQL of single deals.

use jiff::Timestamp;
use rapport_base::{MemberId, Result, WorkspaceId, text};
use rapport_db::{Params, SystemTx, TenantTx};
use uuid::Uuid;

use super::{Deal, DealId};
use crate::{ClientId, ContactId, PipelineId, StageId};

/// The columns of a [`Deal`] and where they come from. Deals of clients in the bin are out of sight.
macro_rules! deal {
    ($rest:literal) => {
        concat!(
            "select d.id, d.title, d.description, d.client_id, c.company_name as client_name, d.value_cents, d.currency,
    d.pipeline_id, d.stage_id, s.name as stage_name, s.kind as stage_kind, s.color as stage_color, s.rot_days,
    s.probability as stage_probability, d.probability as own_probability, d.expected_close_date, d.assigned_to,
    m.name as assigned_name, d.source, d.lost_reason, d.stage_entered_at, d.closed_at, d.project_id, d.created_by,
    d.created_at, d.updated_at, d.version, d.moved_version, b.name as moved_by,
    coalesce((select array_agg(t.tag order by t.tag_folded) from deals.deal_tags t
      where t.workspace_id = $1 and t.deal_id = d.id), '{}') as tags,
    coalesce((select array_agg(k.contact_id order by k.contact_id) from deals.deal_contacts k
      where k.workspace_id = $1 and k.deal_id = d.id), '{}') as contact_ids
  from deals.deals d
  join deals.stages s on s.workspace_id = $1 and s.id = d.stage_id
  join clients.v_clients c on c.workspace_id = $1 and c.id = d.client_id and c.deleted_at is null
  left join identity.v_members m on m.workspace_id = $1 and m.id = d.assigned_to
  left join identity.v_members b on b.workspace_id = $1 and b.id = d.stage_moved_by
  where d.workspace_id = $1 and ",
            $rest
        )
    };
}
pub(crate) use deal;

const FIND: &str = deal!("d.id = $2 and d.deleted_at is null and ($3::uuid is null or d.assigned_to = $3)");
const FIND_IN_BIN: &str =
    deal!("d.id = $2 and d.deleted_at is not null and ($3::uuid is null or d.assigned_to = $3)");
const OF_CLIENT: &str = deal!(
    "d.client_id = $2 and d.deleted_at is null and ($3::uuid is null or d.assigned_to = $3)
  order by d.created_at desc, d.id desc limit 200"
);
const CONTACTS: &str = "select k.id, k.name from deals.deals d
  join clients.v_contacts k on k.workspace_id = $1 and k.client_id = d.client_id and k.deleted_at is null
  where d.workspace_id = $1 and d.id = $2 order by k.is_primary desc, lower(k.name), k.id limit 500";
const LOCK: &str =
    "select version from deals.deals where workspace_id = $1 and id = $2 and deleted_at is null for update";
const NAMES: &str = "select id, title from deals.deals where workspace_id = $1 and id = any($2)";
const COUNT_OF_CLIENT: &str = "select count(*) from (select 1 from deals.deals
  where workspace_id = $1 and client_id = $2 and deleted_at is null limit 1001) as counted";
const CLIENTS_OF: &str = "select distinct client_id from deals.deals where workspace_id = $1 and assigned_to = $2 and deleted_at is null";

const INSERT: &str = "insert into deals.deals (workspace_id, id, title, title_sort, description, client_id, pipeline_id, stage_id,
    board_rank, value_cents, currency, probability, expected_close_date, assigned_to, source, stage_entered_at, stage_moved_by,
    created_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $16, $16)";
const UPDATE: &str = "update deals.deals set title = $3, title_sort = $4, description = $5, client_id = $6, value_cents = $7,
    currency = $8, probability = $9, expected_close_date = $10, assigned_to = $11, source = $12, lost_reason = $13,
    updated_at = $14, version = version + 1
  where workspace_id = $1 and id = $2";
const MOVE: &str = "update deals.deals set pipeline_id = $3, stage_id = $4, board_rank = coalesce($5, board_rank), probability = null,
    stage_entered_at = $6, stage_moved_by = $7, closed_at = $8, lost_reason = $9, project_id = $10, updated_at = $6,
    version = version + 1, moved_version = version + 1
  where workspace_id = $1 and id = $2";
const RECORD: &str = "insert into deals.stage_history (workspace_id, id, deal_id, from_stage_id, to_stage_id, entered_at, value_cents,
    reason, moved_by, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SET_PROJECT: &str = "update deals.deals set project_id = $3, updated_at = $4, version = version + 1
  where workspace_id = $1 and id = $2 and project_id is distinct from $3";

const RANKS: &str = "select id, board_rank from deals.deals d
  where d.workspace_id = $1 and d.stage_id = $2 and d.deleted_at is null and d.id <> $3
    and ($5::uuid is null or d.assigned_to = $5) and ($6::uuid is null or d.client_id = $6)
    and (select count(*) from unnest($7::text[]) as w(word) where exists (select 1 from deals.search_terms t
      where t.workspace_id = $1 and t.deal_id = d.id and t.term ^@ w.word)) = cardinality($7::text[])
  order by d.board_rank, d.id limit $4";
const COLUMN: &str =
    "select id from deals.deals where workspace_id = $1 and stage_id = $2 and deleted_at is null and id <> $3
  order by board_rank, id for update skip locked";
const SET_RANKS: &str =
    "update deals.deals d set board_rank = e.rank from unnest($2::uuid[], $3::text[]) as e(id, rank)
  where d.workspace_id = $1 and d.id = e.id";
const SET_RANK: &str = "update deals.deals set board_rank = $3 where workspace_id = $1 and id = $2";

const EMPTY: &str =
    "update deals.deals set stage_id = $3, probability = null, stage_entered_at = $4, stage_moved_by = $5,
    updated_at = $4, version = version + 1, moved_version = version + 1
  where workspace_id = $1 and stage_id = $2";
const IN_STAGE: &str = "select id, title, client_id, stage_entered_at, value_cents from deals.deals
  where workspace_id = $1 and stage_id = $2 and deleted_at is null order by board_rank, id for update";
const RECORD_ALL: &str = "insert into deals.stage_history (workspace_id, id, deal_id, from_stage_id, to_stage_id, entered_at, value_cents,
    moved_by, at)
  select $1, e.id, e.deal_id, $2, $3, e.entered_at, e.value_cents, $4, $5
  from unnest($6::uuid[], $7::uuid[], $8::timestamptz[], $9::int8[]) as e(id, deal_id, entered_at, value_cents)";

const FORGET_TAGS: &str =
    "delete from deals.deal_tags where workspace_id = $1 and deal_id = $2 and tag_folded <> all($3)";
const ADD_TAGS: &str = "insert into deals.deal_tags (workspace_id, deal_id, tag_folded, tag)
  select $1, $2, t.folded, t.tag from unnest($3::text[], $4::text[]) as t(folded, tag)
  on conflict (workspace_id, deal_id, tag_folded) do update set tag = excluded.tag";
const FORGET_CONTACTS: &str =
    "delete from deals.deal_contacts where workspace_id = $1 and deal_id = $2 and contact_id <> all($3)";
const ADD_CONTACTS: &str = "insert into deals.deal_contacts (workspace_id, deal_id, contact_id)
  select $1, $2, k.id from clients.v_contacts k
  where k.workspace_id = $1 and k.id = any($3) and k.client_id = $4 and k.deleted_at is null
  on conflict do nothing";
const FOREIGN_CONTACTS: &str = "select count(*) from unnest($2::uuid[]) as e(id) where not exists (
    select 1 from clients.v_contacts k where k.workspace_id = $1 and k.id = e.id and k.client_id = $3 and k.deleted_at is null)";
const IS_MEMBER: &str =
    "select exists (select 1 from identity.v_members where workspace_id = $1 and id = $2 and is_active)";

const FORGET_TERMS: &str =
    "delete from deals.search_terms where workspace_id = $1 and deal_id = $2 and term <> all($3)";
const LEARN_TERMS: &str = "insert into deals.search_terms (workspace_id, deal_id, term)
  select $1, $2, term from unnest($3::text[]) as term on conflict do nothing";

const DELETE: &str = "update deals.deals set deleted_at = $3, updated_at = $3, version = version + 1 where workspace_id = $1 and id = $2";
const RESTORE: &str = "update deals.deals set deleted_at = null, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is not null";
const TO_PURGE: &str =
    "select workspace_id, id from deals.deals where deleted_at < $1 order by deleted_at limit 500";
const PURGE: &str = "delete from deals.deals where workspace_id = $1 and id = $2 and deleted_at < $3";

/// A deal, whoever asks; `None` when there is none, or it or its client is in the bin.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: DealId) -> Result<Option<Deal>> {
    seen(tx, id, None).await
}

/// A deal, whoever asks.
///
/// # Errors
/// Not found.
pub async fn get(tx: &TenantTx, id: DealId) -> Result<Deal> {
    tx.get(FIND, &[&tx.workspace(), &id, &None::<MemberId>]).await
}

/// Titles of deals, deleted ones included, in no order.
///
/// # Errors
/// A bug when the database refuses.
pub async fn names(tx: &TenantTx, ids: &[DealId]) -> Result<Vec<(DealId, String)>> {
    tx.query(NAMES, &[&tx.workspace(), &ids]).await
}

pub(crate) async fn seen(tx: &TenantTx, id: DealId, only: Option<MemberId>) -> Result<Option<Deal>> {
    tx.find(FIND, &[&tx.workspace(), &id, &only]).await
}

pub(crate) async fn in_bin(tx: &TenantTx, id: DealId, only: Option<MemberId>) -> Result<Option<Deal>> {
    tx.find(FIND_IN_BIN, &[&tx.workspace(), &id, &only]).await
}

pub(crate) async fn of_client(tx: &TenantTx, client: ClientId, only: Option<MemberId>) -> Result<Vec<Deal>> {
    tx.query(OF_CLIENT, &[&tx.workspace(), &client, &only]).await
}

/// Holds a deal for a change.
pub(crate) async fn lock(tx: &TenantTx, id: DealId) -> Result<()> {
    tx.get::<(i32,)>(LOCK, &[&tx.workspace(), &id]).await.map(drop)
}

pub(crate) async fn count_of_client(tx: &TenantTx, client: ClientId) -> Result<i64> {
    tx.scalar(COUNT_OF_CLIENT, &[&tx.workspace(), &client]).await
}

/// The clients a member sells to.
pub(crate) async fn clients_of(tx: &TenantTx, member: MemberId) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = tx.query(CLIENTS_OF, &[&tx.workspace(), &member]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(crate) async fn is_member(tx: &TenantTx, id: MemberId) -> Result<bool> {
    tx.scalar(IS_MEMBER, &[&tx.workspace(), &id]).await
}

/// A deal as it is first written.
#[derive(Clone, Debug)]
pub(crate) struct NewRow<'a> {
    pub deal: &'a super::NewDeal,
    pub id: DealId,
    pub client: ClientId,
    pub currency: rapport_base::Currency,
    pub pipeline: PipelineId,
    pub stage: StageId,
    pub rank: &'a str,
    pub by: Option<Uuid>,
}

pub(crate) async fn insert(tx: &TenantTx, row: &NewRow<'_>) -> Result<()> {
    let d = row.deal;
    tx.execute(
        INSERT,
        &[
            &tx.workspace(),
            &row.id,
            &d.title,
            &text::fold(&d.title),
            &d.description,
            &row.client,
            &row.pipeline,
            &row.stage,
            &row.rank,
            &d.value_cents.unwrap_or(0),
            &row.currency,
            &d.probability,
            &d.expected_close_date,
            &d.assigned_to,
            &d.source,
            &tx.now(),
            &row.by,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn update(tx: &TenantTx, d: &Deal) -> Result<()> {
    tx.execute(
        UPDATE,
        &[
            &tx.workspace(),
            &d.id,
            &d.title,
            &text::fold(&d.title),
            &d.description,
            &d.client_id,
            &d.value_cents.unwrap_or(0),
            &d.currency,
            &d.probability_is_own.then_some(d.probability),
            &d.expected_close_date,
            &d.assigned_to,
            &d.source,
            &d.lost_reason,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Where a deal goes and what it is there.
pub(crate) struct Arrival {
    pub pipeline: PipelineId,
    pub stage: StageId,
    pub rank: Option<String>,
    pub by: Option<Uuid>,
    pub closed_at: Option<Timestamp>,
    pub lost_reason: Option<String>,
    pub project: Option<Uuid>,
}

pub(crate) async fn put_into_stage(tx: &TenantTx, id: DealId, to: &Arrival) -> Result<()> {
    tx.execute(
        MOVE,
        &[
            &tx.workspace(),
            &id,
            &to.pipeline,
            &to.stage,
            &to.rank,
            &tx.now(),
            &to.by,
            &to.closed_at,
            &to.lost_reason,
            &to.project,
        ],
    )
    .await
    .map(drop)
}

/// Writes a move into the history; `from` is the stage it left and since when it was there.
pub(crate) async fn record(
    tx: &TenantTx,
    deal: DealId,
    from: Option<(StageId, Timestamp)>,
    to: StageId,
    value_cents: i64,
    reason: Option<&str>,
    by: Option<Uuid>,
) -> Result<()> {
    tx.execute(
        RECORD,
        &[
            &tx.workspace(),
            &Uuid::now_v7(),
            &deal,
            &from.map(|(stage, _)| stage),
            &to,
            &from.map(|(_, since)| since),
            &value_cents,
            &reason,
            &by,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn set_project(tx: &TenantTx, deal: DealId, project: Option<Uuid>) -> Result<()> {
    tx.execute(SET_PROJECT, &[&tx.workspace(), &deal, &project, &tx.now()]).await.map(drop)
}

/// What of a column the one who moves a card sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub assigned_to: Option<MemberId>,
    pub client: Option<ClientId>,
    pub words: Vec<String>,
}

/// The first cards of a column and their ranks, without one of them.
pub(crate) async fn ranks(
    tx: &TenantTx,
    stage: StageId,
    without: DealId,
    seen: &Seen,
    limit: i64,
) -> Result<Vec<(DealId, String)>> {
    tx.query(
        RANKS,
        &[&tx.workspace(), &stage, &without, &limit, &seen.assigned_to, &seen.client, &seen.words],
    )
    .await
}

/// The column in order without one of its cards, held for a change; cards that somebody else
/// holds keep their places, so that no two moves wait for each other.
pub(crate) async fn column(tx: &TenantTx, stage: StageId, without: DealId) -> Result<Vec<DealId>> {
    let rows: Vec<(DealId,)> = tx.query(COLUMN, &[&tx.workspace(), &stage, &without]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(crate) async fn set_ranks(tx: &TenantTx, ids: &[DealId], ranks: &[String]) -> Result<()> {
    tx.execute(SET_RANKS, &[&tx.workspace(), &ids, &ranks]).await.map(drop)
}

pub(crate) async fn set_rank(tx: &TenantTx, id: DealId, rank: &str) -> Result<()> {
    tx.execute(SET_RANK, &[&tx.workspace(), &id, &rank]).await.map(drop)
}

rapport_db::row! {
    /// A deal in a stage that is about to go.
    #[derive(Clone, Debug)]
    pub(crate) struct Tenant {
        pub id: DealId,
        pub title: String,
        pub client_id: ClientId,
        pub stage_entered_at: Timestamp,
        pub value_cents: i64,
    }
}

/// The deals in a stage, held for a change.
pub(crate) async fn in_stage(tx: &TenantTx, stage: StageId) -> Result<Vec<Tenant>> {
    tx.query(IN_STAGE, &[&tx.workspace(), &stage]).await
}

/// Moves every deal of a stage, deleted ones too, and writes the history of those given.
pub(crate) async fn empty(
    tx: &TenantTx,
    from: StageId,
    to: StageId,
    deals: &[Tenant],
    by: Option<Uuid>,
) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    tx.execute(EMPTY, &[&workspace, &from, &to, &now, &by]).await?;
    let ids: Vec<Uuid> = deals.iter().map(|_| Uuid::now_v7()).collect();
    let deal_ids: Vec<DealId> = deals.iter().map(|d| d.id).collect();
    let since: Vec<Timestamp> = deals.iter().map(|d| d.stage_entered_at).collect();
    let values: Vec<i64> = deals.iter().map(|d| d.value_cents).collect();
    tx.execute(RECORD_ALL, &[&workspace, &from, &to, &by, &now, &ids, &deal_ids, &since, &values])
        .await
        .map(drop)
}

pub(crate) async fn set_tags(tx: &TenantTx, id: DealId, tags: &[String]) -> Result<()> {
    let workspace = tx.workspace();
    let folded: Vec<String> = tags.iter().map(|tag| text::fold(tag)).collect();
    let (forget, add): (Params, Params) = (&[&workspace, &id, &folded], &[&workspace, &id, &folded, &tags]);
    let (forgotten, added) = futures::join!(tx.execute(FORGET_TAGS, forget), tx.execute(ADD_TAGS, add));
    forgotten?;
    added.map(drop)
}

/// The contacts of a deal's client, the primary one first, then by name.
pub(crate) async fn contacts(tx: &TenantTx, id: DealId) -> Result<Vec<(ContactId, String)>> {
    tx.query(CONTACTS, &[&tx.workspace(), &id]).await
}

/// How many of some contacts are none of the client's.
pub(crate) async fn foreign_contacts(tx: &TenantTx, contacts: &[ContactId], client: ClientId) -> Result<i64> {
    tx.scalar(FOREIGN_CONTACTS, &[&tx.workspace(), &contacts, &client]).await
}

pub(crate) async fn set_contacts(
    tx: &TenantTx,
    id: DealId,
    contacts: &[ContactId],
    client: ClientId,
) -> Result<()> {
    let workspace = tx.workspace();
    let (forget, add): (Params, Params) =
        (&[&workspace, &id, &contacts], &[&workspace, &id, &contacts, &client]);
    let (forgotten, added) =
        futures::join!(tx.execute(FORGET_CONTACTS, forget), tx.execute(ADD_CONTACTS, add));
    forgotten?;
    added.map(drop)
}

/// Writes the words a deal is found by.
pub(crate) async fn index(tx: &TenantTx, id: DealId, terms: &[String]) -> Result<()> {
    let workspace = tx.workspace();
    let params: Params = &[&workspace, &id, &terms];
    let (forgotten, learned) =
        futures::join!(tx.execute(FORGET_TERMS, params), tx.execute(LEARN_TERMS, params));
    forgotten?;
    learned.map(drop)
}

pub(crate) async fn delete(tx: &TenantTx, id: DealId) -> Result<()> {
    tx.execute(DELETE, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

pub(crate) async fn restore(tx: &TenantTx, id: DealId) -> Result<bool> {
    Ok(tx.execute(RESTORE, &[&tx.workspace(), &id, &tx.now()]).await? == 1)
}

/// Deals whose time in the bin is over, in all workspaces.
pub(crate) async fn to_purge(tx: &SystemTx, before: Timestamp) -> Result<Vec<(WorkspaceId, DealId)>> {
    tx.query(TO_PURGE, &[&before]).await
}

pub(crate) async fn purge(tx: &TenantTx, id: DealId, before: Timestamp) -> Result<()> {
    tx.execute(PURGE, &[&tx.workspace(), &id, &before]).await.map(drop)
}
