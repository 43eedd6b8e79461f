//! Statements about notices.

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, MemberId, Page, Result, Total};
use rapport_db::{SystemTx, TenantTx, row};

use super::{Notice, NoticeId};

row! {
    /// Who is to be told, and by which ways.
    #[derive(Clone, Debug)]
    pub(crate) struct Recipient {
        pub id: MemberId,
        pub name: String,
        pub email: String,
        pub in_app: bool,
        /// As the member wishes; nothing said means the kind's default.
        pub by_email: Option<String>,
    }
}

/// The active members among those named, those of the roles, and the present deputies of those of
/// the roles that lend.
pub(crate) async fn recipients(
    tx: &TenantTx,
    kind: &str,
    members: &[MemberId],
    roles: &[&str],
    lending: &[&str],
    but: Option<MemberId>,
) -> Result<Vec<Recipient>> {
    tx.query(
        "select member.id, member.name, member.email, coalesce(wish.in_app, true) as in_app, wish.by_email
         from identity.v_members as member
         left join notifications.preferences as wish
           on wish.workspace_id = member.workspace_id and wish.member_id = member.id and wish.kind = $2
         where member.workspace_id = $1 and member.is_active and (member.id = any($3) or member.role = any($4)
             or exists (select 1 from identity.v_deputies as deputy
               where deputy.workspace_id = $1 and deputy.deputy_id = member.id and deputy.role = any($6)
                 and deputy.starts_at <= $7 and deputy.ends_at > $7))
           and member.id is distinct from $5
         order by member.id",
        &[&tx.workspace(), &kind, &members, &roles, &but, &lending, &tx.now()],
    )
    .await
}

/// Name and piece of the address of the workspace.
pub(crate) async fn workspace(tx: &TenantTx) -> Result<(String, String)> {
    tx.get("select name, slug from identity.v_workspace where workspace_id = $1", &[&tx.workspace()]).await
}

/// What all recipients are told.
pub(crate) struct Told<'a> {
    pub kind: &'a str,
    pub title: &'a str,
    pub body: Option<&'a str>,
    pub path: &'a str,
    pub key: &'a str,
}

/// Writes a notice for each member who has not got it yet; returns those written.
pub(crate) async fn insert(
    tx: &TenantTx,
    told: &Told<'_>,
    members: &[MemberId],
    now: Timestamp,
) -> Result<Vec<(NoticeId, MemberId)>> {
    let ids: Vec<NoticeId> = members.iter().map(|_| NoticeId::new()).collect();
    tx.query(
        "insert into notifications.notices (workspace_id, id, member_id, kind, title, body, path, key, created_at)
         select $1, told.id, told.member_id, $4, $5, $6, $7, $8, $9
         from unnest($2::uuid[], $3::uuid[]) as told(id, member_id)
         on conflict (workspace_id, member_id, kind, key) do nothing
         returning id, member_id",
        &[&tx.workspace(), &ids, &members, &told.kind, &told.title, &told.body, &told.path, &told.key, &now],
    )
    .await
}

/// A member's notices, newest first.
pub(crate) async fn list(
    tx: &TenantTx,
    member: MemberId,
    unread: bool,
    after: Option<&str>,
    limit: Limit,
) -> Result<Page<Notice>> {
    let (at, id): (Option<Timestamp>, Option<NoticeId>) = match after {
        Some(after) => Cursor::unpack::<(Timestamp, NoticeId)>(after).map(|(at, id)| (Some(at), Some(id)))?,
        None => (None, None),
    };
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    let of: rapport_db::Params = &[&workspace, &member, &unread];
    let shown: rapport_db::Params = &[&workspace, &member, &unread, &at, &id, &fetch];
    let (rows, count) = futures::join!(
        tx.query::<Notice>(
            "select id, kind, title, body, path, read_at, created_at from notifications.notices
             where workspace_id = $1 and member_id = $2 and (not $3 or read_at is null)
               and ($4::timestamptz is null or (created_at, id) < ($4, $5))
             order by created_at desc, id desc limit $6",
            shown,
        ),
        tx.scalar::<i64>(
            "select count(*) from (select 1 from notifications.notices
             where workspace_id = $1 and member_id = $2 and (not $3 or read_at is null) limit 1001) as counted",
            of,
        ),
    );
    Ok(Page::cut(rows?, limit, Total::capped(count?), |notice| Cursor::pack(&(notice.created_at, notice.id))))
}

/// How many a member has not read, counted up to 100.
pub(crate) async fn unread(tx: &TenantTx, member: MemberId) -> Result<i64> {
    tx.scalar(
        "select count(*) from (select 1 from notifications.notices
         where workspace_id = $1 and member_id = $2 and read_at is null limit 100) as counted",
        &[&tx.workspace(), &member],
    )
    .await
}

/// Marks one as read and tells where it leads.
pub(crate) async fn read(tx: &TenantTx, member: MemberId, id: NoticeId, now: Timestamp) -> Result<String> {
    tx.get::<(String,)>(
        "update notifications.notices set read_at = coalesce(read_at, $4)
         where workspace_id = $1 and member_id = $2 and id = $3 returning path",
        &[&tx.workspace(), &member, &id, &now],
    )
    .await
    .map(|(path,)| path)
}

/// Marks all as read.
pub(crate) async fn read_all(tx: &TenantTx, member: MemberId, now: Timestamp) -> Result<u64> {
    tx.execute(
        "update notifications.notices set read_at = $3 where workspace_id = $1 and member_id = $2 and read_at is null",
        &[&tx.workspace(), &member, &now],
    )
    .await
}

/// Removes what was read before an instant, and what is older than another whether read or not.
pub(crate) async fn sweep(tx: &SystemTx, read_before: Timestamp, before: Timestamp) -> Result<u64> {
    tx.execute(
        "delete from notifications.notices where created_at < $2 or (created_at < $1 and read_at < $1)",
        &[&read_before, &before],
    )
    .await
}
