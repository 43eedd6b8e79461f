//! Statements about invitations.

use jiff::Timestamp;
use rapport_base::{MemberId, Result, UserId, WorkspaceId};
use rapport_db::{Params, SystemTx, TenantTx, row};
use uuid::Uuid;

use super::{Invitation, InvitationId, LIFE};

macro_rules! invitations {
    ($ending:literal) => {
        concat!(
            "select id, email, role,
               case when status = 'pending' and expires_at <= $2 then 'expired' else status end as status,
               sent_count, expires_at, created_at
             from identity.invitations where workspace_id = $1 ",
            $ending
        )
    };
}

pub(crate) async fn pending(tx: &TenantTx) -> Result<Vec<Invitation>> {
    tx.query(
        invitations!("and status = 'pending' order by created_at desc, id desc limit 500"),
        &[&tx.workspace(), &tx.now()],
    )
    .await
}

pub(crate) async fn lock(tx: &TenantTx, id: InvitationId) -> Result<Invitation> {
    tx.get(invitations!("and id = $3 for update"), &[&tx.workspace(), &tx.now(), &id]).await
}

/// Which of some addresses belong to active members already, and which were asked already.
pub(crate) async fn known(tx: &TenantTx, folded: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let (workspace, now) = (tx.workspace(), tx.now());
    let (of_members, of_asked): (Params<'_>, Params<'_>) =
        (&[&workspace, &folded], &[&workspace, &folded, &now]);
    let (members, asked) = futures::join!(
        tx.query::<(String,)>(
            "select lower(u.email) from identity.memberships m join identity.users u on u.id = m.user_id
             where m.workspace_id = $1 and m.is_active and lower(u.email) = any($2)",
            of_members,
        ),
        tx.query::<(String,)>(
            "select email_folded from identity.invitations
             where workspace_id = $1 and status = 'pending' and expires_at > $3 and email_folded = any($2)",
            of_asked,
        ),
    );
    let flat = |rows: Vec<(String,)>| rows.into_iter().map(|(email,)| email).collect();
    Ok((flat(members?), flat(asked?)))
}

/// New invitations, in one statement; one that had expired makes room.
pub(crate) struct NewRows {
    pub ids: Vec<InvitationId>,
    pub emails: Vec<String>,
    pub folded: Vec<String>,
    pub hashes: Vec<Vec<u8>>,
}

pub(crate) async fn insert(
    tx: &TenantTx,
    rows: &NewRows,
    role: &str,
    message: Option<&str>,
    project_ids: &[Uuid],
    by: MemberId,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "update identity.invitations set status = 'revoked', revoked_at = $3, updated_at = $3
         where workspace_id = $1 and status = 'pending' and expires_at <= $3 and email_folded = any($2)",
        &[&tx.workspace(), &rows.folded, &now],
    )
    .await?;
    tx.execute(
        "insert into identity.invitations (workspace_id, id, email, email_folded, role, project_ids, message, token_hash,
           invited_by, sent_at, expires_at, created_at, updated_at)
         select $1, new.id, new.email, new.folded, $6, $7, $8, new.hash, $9, $10, $11, $10, $10
         from unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[]) as new(id, email, folded, hash)",
        &[
            &tx.workspace(),
            &rows.ids,
            &rows.emails,
            &rows.folded,
            &rows.hashes,
            &role,
            &project_ids,
            &message,
            &by,
            &now,
            &(now + LIFE),
        ],
    )
    .await?;
    Ok(())
}

/// Another link for an invitation; the one before stops working.
pub(crate) async fn renew(tx: &TenantTx, id: InvitationId, hash: &[u8]) -> Result<Timestamp> {
    let (now, expires) = (tx.now(), tx.now() + LIFE);
    tx.execute(
        "update identity.invitations set token_hash = $3, sent_count = sent_count + 1, sent_at = $4, expires_at = $5,
           updated_at = $4
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &hash, &now, &expires],
    )
    .await?;
    Ok(expires)
}

pub(crate) async fn revoke(tx: &TenantTx, id: InvitationId) -> Result<()> {
    tx.execute(
        "update identity.invitations set status = 'revoked', revoked_at = $3, updated_at = $3
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await?;
    Ok(())
}

row! {
    /// An invitation as the one invited sees it.
    pub(crate) struct Open {
        pub workspace_id: WorkspaceId,
        pub id: InvitationId,
        pub email: String,
        pub email_folded: String,
        pub role: String,
        pub project_ids: Vec<Uuid>,
        pub workspace_name: String,
        pub slug: String,
        pub locale: String,
        pub timezone: String,
        pub inviter: String,
        pub user_id: Option<UserId>,
    }
}

macro_rules! open {
    ($ending:literal) => {
        concat!(
            "select i.workspace_id, i.id, i.email, i.email_folded, i.role, i.project_ids, w.name as workspace_name, w.slug,
               w.locale, w.timezone, u.name as inviter, known.id as user_id
             from identity.invitations i
             join identity.workspaces w on w.id = i.workspace_id and w.status = 'active'
             join identity.memberships m on m.workspace_id = i.workspace_id and m.id = i.invited_by
             join identity.users u on u.id = m.user_id
             left join identity.users known on known.email_folded = i.email_folded
             where i.token_hash = $1 and i.status = 'pending' and i.expires_at > $2",
            $ending
        )
    };
}

pub(crate) async fn by_token(tx: &SystemTx, hash: &[u8]) -> Result<Option<Open>> {
    tx.find(open!(""), &[&hash, &tx.now()]).await
}

pub(crate) async fn lock_by_token(tx: &SystemTx, hash: &[u8]) -> Result<Option<Open>> {
    tx.find(open!(" for update of i"), &[&hash, &tx.now()]).await
}

/// The membership that comes of it: a new one, or an old one that wakes up. `None` for someone
/// who is an active member already.
pub(crate) async fn join(
    tx: &SystemTx,
    open: &Open,
    member: MemberId,
    user: UserId,
) -> Result<Option<MemberId>> {
    let row: Option<(MemberId,)> = tx
        .find(
            "insert into identity.memberships as m (workspace_id, id, user_id, role, joined_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5, $5)
             on conflict (workspace_id, user_id) do update
               set is_active = true, deactivated_at = null, role = excluded.role, updated_at = $5, version = m.version + 1
               where not m.is_active
             returning id",
            &[&open.workspace_id, &member, &user, &open.role, &tx.now()],
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

pub(crate) async fn accepted(tx: &SystemTx, open: &Open, member: Option<MemberId>) -> Result<()> {
    tx.execute(
        "update identity.invitations set status = 'accepted', accepted_at = $3, accepted_member_id = $4, updated_at = $3
         where workspace_id = $1 and id = $2",
        &[&open.workspace_id, &open.id, &tx.now(), &member],
    )
    .await?;
    Ok(())
}
