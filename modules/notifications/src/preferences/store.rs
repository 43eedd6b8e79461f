//! Statements about preferences.

use jiff::Timestamp;
use rapport_base::{MemberId, Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};

use super::Wish;

/// Kind, in the bell, by e-mail: all a member said.
pub(crate) async fn list(tx: &TenantTx, member: MemberId) -> Result<Vec<(String, bool, String)>> {
    tx.query(
        "select kind, in_app, by_email from notifications.preferences where workspace_id = $1 and member_id = $2",
        &[&tx.workspace(), &member],
    )
    .await
}

/// Keeps wishes; the last of a kind holds.
pub(crate) async fn save(tx: &TenantTx, member: MemberId, wishes: &[Wish]) -> Result<()> {
    let kinds: Vec<&str> = wishes.iter().map(|wish| wish.kind.as_str()).collect();
    let in_app: Vec<bool> = wishes.iter().map(|wish| wish.in_app).collect();
    let by_email: Vec<&str> = wishes.iter().map(|wish| wish.by_email.as_str()).collect();
    let now = tx.now();
    tx.execute(
        "insert into notifications.preferences (workspace_id, member_id, kind, in_app, by_email, updated_at)
         select distinct on (wish.kind) $1::uuid, $2::uuid, wish.kind, wish.in_app, wish.by_email, $6::timestamptz
         from unnest($3::text[], $4::bool[], $5::text[]) with ordinality as wish(kind, in_app, by_email, number)
         order by wish.kind, wish.number desc
         on conflict (workspace_id, member_id, kind)
         do update set in_app = excluded.in_app, by_email = excluded.by_email, updated_at = excluded.updated_at",
        &[&tx.workspace(), &member, &kinds, &in_app, &by_email, &now],
    )
    .await?;
    Ok(())
}

/// Who wants anything in one mail a day.
pub(crate) async fn daily_readers(tx: &SystemTx) -> Result<Vec<(WorkspaceId, MemberId)>> {
    tx.query(
        "select distinct workspace_id, member_id from notifications.preferences where by_email = 'daily'
         order by workspace_id, member_id",
        &[],
    )
    .await
}

/// An active member's name and address, and the titles of what they want to hear of once a day,
/// came since an instant and is not read; nothing without any.
pub(crate) async fn unread_for_mail(
    tx: &TenantTx,
    member: MemberId,
    since: Timestamp,
) -> Result<Option<(String, String, Vec<String>)>> {
    tx.find(
        "select member.name, member.email, array_agg(notice.title order by notice.created_at, notice.id)
         from notifications.notices as notice
         join notifications.preferences as wish
           on wish.workspace_id = notice.workspace_id and wish.member_id = notice.member_id and wish.kind = notice.kind
             and wish.by_email = 'daily'
         join identity.v_members as member on member.workspace_id = notice.workspace_id and member.id = notice.member_id
         where notice.workspace_id = $1 and notice.member_id = $2 and notice.read_at is null and notice.created_at >= $3
           and member.is_active
         group by member.name, member.email",
        &[&tx.workspace(), &member, &since],
    )
    .await
}
