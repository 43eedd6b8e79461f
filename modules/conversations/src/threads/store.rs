//! The threads' SQL.

use jiff::Timestamp;
use rapport_base::{Limit, MemberId, Result, Total};
use rapport_db::{Params, TenantTx};
use uuid::Uuid;

use super::{Conversation, ConversationId, Reader};

const OPEN_FOR_PORTAL: &str = "insert into conversations.conversations as c
    (workspace_id, id, client_id, portal_id, subject, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $6)
  on conflict (workspace_id, portal_id) where portal_id is not null do update set subject = excluded.subject
  returning c.id";

/// A thread as a member sees it.
macro_rules! thread {
    ($which:literal) => {
        concat!(
            "select c.id, c.client_id, k.company_name as client_name, c.contact_id, c.portal_id, c.subject, c.status,
    c.assigned_to, c.message_count, c.last_message_at, c.last_preview,
    coalesce(c.last_inbound_at > coalesce(r.read_until, '-infinity'), false) as is_unread
  from conversations.conversations c
  join clients.v_clients k on k.workspace_id = c.workspace_id and k.id = c.client_id
  left join conversations.readers r on r.workspace_id = c.workspace_id and r.conversation_id = c.id
    and r.reader_kind = 'member' and r.reader_id = $3
  where c.workspace_id = $1 and ",
            $which
        )
    };
}

const GET: &str = thread!("c.id = $2");

const OF_PORTAL: &str = thread!("c.portal_id = $2");

const FIND_FOR_PORTAL: &str =
    "select id from conversations.conversations where workspace_id = $1 and portal_id = $2";

const LIST: &str =
    "select c.id, c.client_id, k.company_name as client_name, c.contact_id, c.portal_id, c.subject, c.status,
    c.assigned_to, c.message_count, c.last_message_at, c.last_preview,
    coalesce(c.last_inbound_at > coalesce(r.read_until, '-infinity'), false) as is_unread
  from conversations.conversations c
  join clients.v_clients k on k.workspace_id = c.workspace_id and k.id = c.client_id
  left join conversations.readers r on r.workspace_id = c.workspace_id and r.conversation_id = c.id
    and r.reader_kind = 'member' and r.reader_id = $2
  where c.workspace_id = $1 and c.last_message_at is not null
    and ($3::uuid[] is null or c.portal_id = any($3) or c.assigned_to = $2)
    and ($4::text is null or c.status = $4) and ($5::uuid is null or c.client_id = $5)
    and (not $6::bool or coalesce(c.last_inbound_at > coalesce(r.read_until, '-infinity'), false))
    and ($7::timestamptz is null or (c.last_message_at, c.id) < ($7, $8))
  order by c.last_message_at desc, c.id desc limit $9";

const COUNT: &str = "select count(*) from (
    select 1 from conversations.conversations c
    left join conversations.readers r on r.workspace_id = c.workspace_id and r.conversation_id = c.id
      and r.reader_kind = 'member' and r.reader_id = $2
    where c.workspace_id = $1 and c.last_message_at is not null
      and ($3::uuid[] is null or c.portal_id = any($3) or c.assigned_to = $2)
      and ($4::text is null or c.status = $4) and ($5::uuid is null or c.client_id = $5)
      and (not $6::bool or coalesce(c.last_inbound_at > coalesce(r.read_until, '-infinity'), false))
    limit 1001) as counted";

const UNREAD_FOR_MEMBER: &str = "select count(*) from (
    select 1 from conversations.conversations c
    left join conversations.readers r on r.workspace_id = c.workspace_id and r.conversation_id = c.id
      and r.reader_kind = 'member' and r.reader_id = $2
    where c.workspace_id = $1 and c.status = 'open' and c.last_inbound_at > coalesce(r.read_until, '-infinity')
      and ($3::uuid[] is null or c.portal_id = any($3) or c.assigned_to = $2)
    limit 100) as unread";

const UNREAD_FOR_GUEST: &str = "select count(*) from (
    select 1 from conversations.v_guest_messages m
    left join conversations.readers r on r.workspace_id = m.workspace_id and r.conversation_id = m.conversation_id
      and r.reader_kind = 'guest' and r.reader_id = $3
    where m.workspace_id = $1 and m.portal_id = $2 and m.author_kind <> 'guest' and not m.is_deleted
      and m.created_at > coalesce(r.read_until, '-infinity')
    limit 100) as unread";

const SET_STATUS: &str = "update conversations.conversations set status = $3, snoozed_until = null, version = version + 1, updated_at = $4
  where workspace_id = $1 and id = $2 and status <> $3";

/// Which threads of the inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub status: Option<&'static str>,
    pub client_id: Option<Uuid>,
    pub unread: bool,
}

/// A thread, as a member sees it.
///
/// # Errors
/// Not found.
pub(crate) async fn get(tx: &TenantTx, id: ConversationId, member: MemberId) -> Result<Conversation> {
    tx.get(GET, &[&tx.workspace(), &id, &member]).await
}

/// As [`get`], if it is there.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: ConversationId, member: MemberId) -> Result<Option<Conversation>> {
    tx.find(GET, &[&tx.workspace(), &id, &member]).await
}

/// The thread of a portal, as a member sees it; `None` when there is none yet.
///
/// # Errors
/// A bug when the database refuses.
pub async fn of_portal(tx: &TenantTx, portal: Uuid, member: MemberId) -> Result<Option<Conversation>> {
    tx.find(OF_PORTAL, &[&tx.workspace(), &portal, &member]).await
}

/// The thread of a portal.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find_for_portal(tx: &TenantTx, portal: Uuid) -> Result<Option<ConversationId>> {
    Ok(tx.find::<(ConversationId,)>(FIND_FOR_PORTAL, &[&tx.workspace(), &portal]).await?.map(|(id,)| id))
}

/// How many threads hold something a member has not seen, at most 100; only those of the given
/// portals when they are named.
///
/// # Errors
/// A bug when the database refuses.
pub async fn unread_for_member(tx: &TenantTx, member: MemberId, portals: Option<&[Uuid]>) -> Result<i64> {
    let portals = portals.map(<[Uuid]>::to_vec);
    tx.scalar(UNREAD_FOR_MEMBER, &[&tx.workspace(), &member, &portals]).await
}

/// How many messages a guest of a portal has not seen, at most 100.
///
/// # Errors
/// A bug when the database refuses.
pub async fn unread_for_guest(tx: &TenantTx, portal: Uuid, contact: Option<Uuid>) -> Result<i64> {
    tx.scalar(UNREAD_FOR_GUEST, &[&tx.workspace(), &portal, &contact.unwrap_or_default()]).await
}

pub(crate) async fn open_for_portal(
    tx: &TenantTx,
    portal: Uuid,
    client: Uuid,
    subject: &str,
) -> Result<ConversationId> {
    let subject = subject.to_owned();
    let (id,): (ConversationId,) = tx
        .get(
            OPEN_FOR_PORTAL,
            &[&tx.workspace(), &ConversationId::new(), &client, &portal, &subject, &tx.now()],
        )
        .await?;
    Ok(id)
}

pub(crate) async fn list(
    tx: &TenantTx,
    member: MemberId,
    portals: Option<Vec<Uuid>>,
    filter: &Filter,
    after: Option<(Timestamp, Uuid)>,
    limit: Limit,
) -> Result<(Vec<Conversation>, Total)> {
    let (at, id) = after.unzip();
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    let rows: Params =
        &[&workspace, &member, &portals, &filter.status, &filter.client_id, &filter.unread, &at, &id, &fetch];
    let count: Params = &[&workspace, &member, &portals, &filter.status, &filter.client_id, &filter.unread];
    let (rows, count) = futures::join!(tx.query(LIST, rows), tx.scalar::<i64>(COUNT, count));
    Ok((rows?, Total::capped(count?)))
}

pub(crate) async fn set_status(tx: &TenantTx, id: ConversationId, status: &'static str) -> Result<u64> {
    tx.execute(SET_STATUS, &[&tx.workspace(), &id, &status, &tx.now()]).await
}

/// Notes how far a reader has read: up to the newest message that can be seen now, since one
/// that is being written this moment has yet to be read.
pub(crate) async fn mark_read(tx: &TenantTx, id: ConversationId, reader: Reader) -> Result<u64> {
    const RECEIPTS: &str = "insert into conversations.message_reads (workspace_id, message_id, reader_kind, reader_id, read_at)
      select m.workspace_id, m.id, $3, $4, $5
      from conversations.messages m
      left join conversations.readers r on r.workspace_id = m.workspace_id and r.conversation_id = m.conversation_id
        and r.reader_kind = $3 and r.reader_id = $4
      where m.workspace_id = $1 and m.conversation_id = $2 and m.author_kind <> $3 and not m.is_internal
        and m.created_at > coalesce(r.read_until, '-infinity')
      on conflict do nothing";
    const UNTIL: &str = "insert into conversations.readers as r (workspace_id, conversation_id, reader_kind, reader_id, read_until)
      select $1, $2, $3, $4, coalesce(max(m.created_at), $5)
      from conversations.messages m where m.workspace_id = $1 and m.conversation_id = $2
      on conflict (workspace_id, conversation_id, reader_kind, reader_id)
        do update set read_until = greatest(r.read_until, excluded.read_until)";
    let (kind, who) = reader.parts();
    let params: Params = &[&tx.workspace(), &id, &kind, &who, &tx.now()];
    let fresh = tx.execute(RECEIPTS, params).await?;
    tx.execute(UNTIL, params).await?;
    Ok(fresh)
}
