//! The messages' SQL.

use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::{ActorKind, Params, TenantTx};
use uuid::Uuid;

use super::{Attachment, GuestMessage, Message, MessageId};
use crate::ConversationId;

/// A page of a thread's messages for the team.
macro_rules! page {
    ($thread:literal) => {
        concat!(
            "select m.id, m.conversation_id, m.channel, m.is_internal, m.author_kind, m.author_member_id, m.author_contact_id,
    m.author_name, m.body as content, m.created_at, m.edited_at,
    (select min(r.read_at) from conversations.message_reads r
     where r.workspace_id = m.workspace_id and r.message_id = m.id and r.reader_kind <> m.author_kind) as read_at
  from conversations.messages m
  where m.workspace_id = $1 and m.deleted_at is null
    and ($3::timestamptz is null or (m.created_at, m.id) < ($3, $4)) and m.conversation_id = ",
            $thread,
            " order by m.created_at desc, m.id desc limit $5"
        )
    };
}

const LIST: &str = page!("$2");

const LIST_FOR_PORTAL: &str =
    page!("(select id from conversations.conversations where workspace_id = $1 and portal_id = $2)");

const GUEST_LIST: &str = "select m.id, m.author_kind, m.author_contact_id, m.author_name, m.body as content, m.created_at, m.edited_at,
    (select min(r.read_at) from conversations.message_reads r
     where r.workspace_id = m.workspace_id and r.message_id = m.id and r.reader_kind <> m.author_kind) as read_at
  from conversations.v_guest_messages m
  where m.workspace_id = $1 and m.portal_id = $2 and not m.is_deleted
    and ($3::timestamptz is null or (m.created_at, m.id) < ($3, $4))
  order by m.created_at desc, m.id desc limit $5";

const ATTACHMENTS: &str = "select a.message_id, a.file_id, v.name, v.content_type, v.byte_size
  from conversations.message_attachments a
  join files.v_file_versions v on v.workspace_id = a.workspace_id and v.file_id = a.file_id and v.number = a.file_version
  where a.workspace_id = $1 and a.message_id = any($2) order by a.message_id, a.position";

const ATTACHMENTS_OF_PAGE: &str = "select a.message_id, a.file_id, v.name, v.content_type, v.byte_size
  from (select m.id from conversations.messages m
    where m.workspace_id = $1 and m.conversation_id = $2 and m.deleted_at is null
      and ($3::timestamptz is null or (m.created_at, m.id) < ($3, $4))
    order by m.created_at desc, m.id desc limit $5) shown
  join conversations.message_attachments a on a.workspace_id = $1 and a.message_id = shown.id
  join files.v_file_versions v on v.workspace_id = a.workspace_id and v.file_id = a.file_id and v.number = a.file_version
  order by a.message_id, a.position";

const INSERT: &str =
    "insert into conversations.messages (workspace_id, id, conversation_id, channel, direction, is_internal,
    author_kind, author_member_id, author_contact_id, author_name, body, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const ATTACH: &str = "insert into conversations.message_attachments (workspace_id, message_id, position, file_id, file_version)
  select $1, $2, (ordinality - 1)::int2, file_id, 1 from unnest($3::uuid[]) with ordinality as f (file_id, ordinality)";

const TOUCH: &str =
    "update conversations.conversations set message_count = message_count + 1, last_message_at = $3,
    last_inbound_at = case when $4 = 'inbound' then $3 else last_inbound_at end,
    last_outbound_at = case when $4 = 'outbound' then $3 else last_outbound_at end,
    last_preview = case when $4 = 'internal' then last_preview else $5 end,
    status = case when $4 = 'internal' then status else 'open' end,
    snoozed_until = case when $4 = 'internal' then snoozed_until end,
    updated_at = $3
  where workspace_id = $1 and id = $2 returning client_id, portal_id";

const EDIT: &str = "update conversations.messages set body = $4, edited_at = $5
  where workspace_id = $1 and id = $2 and deleted_at is null and created_at > $6
    and coalesce(author_member_id, author_contact_id) = $3
  returning conversation_id";

const OWN: &str = "select created_at from conversations.messages
  where workspace_id = $1 and id = $2 and deleted_at is null and coalesce(author_member_id, author_contact_id) = $3";

/// A page of a thread's messages, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list(
    tx: &TenantTx,
    conversation: ConversationId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Message>> {
    let (at, id) = before.unzip();
    tx.query(LIST, &[&tx.workspace(), &conversation, &at, &id, &limit]).await
}

/// As [`list`], of the thread of a portal; empty when there is none yet.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list_for_portal(
    tx: &TenantTx,
    portal: Uuid,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Message>> {
    let (at, id) = before.unzip();
    tx.query(LIST_FOR_PORTAL, &[&tx.workspace(), &portal, &at, &id, &limit]).await
}

/// The files that came with the messages of such a page.
pub(crate) async fn attachments_of_page(
    tx: &TenantTx,
    conversation: ConversationId,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Attachment>> {
    let (at, id) = before.unzip();
    tx.query(ATTACHMENTS_OF_PAGE, &[&tx.workspace(), &conversation, &at, &id, &limit]).await
}

/// A page of what a portal's guests read of its thread, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn guest_list(
    tx: &TenantTx,
    portal: Uuid,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<GuestMessage>> {
    let (at, id) = before.unzip();
    tx.query(GUEST_LIST, &[&tx.workspace(), &portal, &at, &id, &limit]).await
}

/// The files that came with some messages.
///
/// # Errors
/// A bug when the database refuses.
pub async fn attachments(tx: &TenantTx, messages: &[MessageId]) -> Result<Vec<Attachment>> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let messages: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
    tx.query(ATTACHMENTS, &[&tx.workspace(), &messages]).await
}

/// One message to be written down.
pub(crate) struct Written<'a> {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub body: &'a str,
    pub excerpt: &'a str,
    pub is_internal: bool,
    pub by: ActorKind,
    pub author: Option<Uuid>,
    pub author_name: &'a str,
}

/// Writes a message and brings its thread up to date; gives the thread's client and portal.
pub(crate) async fn insert(tx: &TenantTx, message: &Written<'_>) -> Result<(Uuid, Option<Uuid>)> {
    let (channel, direction) = match (message.is_internal, message.by) {
        (true, _) => ("note", "internal"),
        (false, ActorKind::Guest) => ("portal", "inbound"),
        (false, _) => ("portal", "outbound"),
    };
    let (kind, member, contact) = match message.by {
        ActorKind::Member => ("member", message.author, None),
        ActorKind::Guest => ("guest", None, message.author),
        ActorKind::System | ActorKind::Provider => ("system", None, None),
    };
    let (workspace, now) = (tx.workspace(), tx.now());
    let touched: Params = &[&workspace, &message.conversation, &now, &direction, &message.excerpt];
    let about = tx.get(TOUCH, touched).await?;
    tx.execute(
        INSERT,
        &[
            &workspace,
            &message.id,
            &message.conversation,
            &channel,
            &direction,
            &message.is_internal,
            &kind,
            &member,
            &contact,
            &message.author_name,
            &message.body,
            &now,
        ],
    )
    .await?;
    Ok(about)
}

pub(crate) async fn attach(tx: &TenantTx, message: MessageId, files: &[Uuid]) -> Result<()> {
    tx.execute(ATTACH, &[&tx.workspace(), &message, &files.to_vec()]).await.map(drop)
}

/// Changes a message of that author written after an instant.
pub(crate) async fn edit(
    tx: &TenantTx,
    id: MessageId,
    author: Uuid,
    body: &str,
    since: Timestamp,
) -> Result<Option<ConversationId>> {
    let edited = tx
        .find::<(ConversationId,)>(EDIT, &[&tx.workspace(), &id, &author, &body, &tx.now(), &since])
        .await?;
    Ok(edited.map(|(conversation,)| conversation))
}

/// When an author wrote a message; `None` when it is not theirs.
pub(crate) async fn own(tx: &TenantTx, id: MessageId, author: Uuid) -> Result<Option<Timestamp>> {
    Ok(tx.find::<(Timestamp,)>(OWN, &[&tx.workspace(), &id, &author]).await?.map(|(at,)| at))
}
