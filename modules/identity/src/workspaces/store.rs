//! Statements about workspaces.

use rapport_base::{MemberId, Result, UserId, WorkspaceId};
use rapport_db::SystemTx;

use super::NewWorkspace;

/// `false` when the slug is taken.
pub(crate) async fn insert(tx: &SystemTx, id: WorkspaceId, slug: &str, new: &NewWorkspace) -> Result<bool> {
    let now = tx.now();
    let rows = tx
        .execute(
            "insert into identity.workspaces (id, slug, name, currency, timezone, locale, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (slug) do nothing",
            &[&id, &slug, &new.name, &new.currency, &new.timezone, &new.locale, &now],
        )
        .await?;
    Ok(rows == 1)
}

pub(crate) async fn insert_member(
    tx: &SystemTx,
    workspace: WorkspaceId,
    member: MemberId,
    user: UserId,
    role: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into identity.memberships (workspace_id, id, user_id, role, joined_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5, $5)",
        &[&workspace, &member, &user, &role, &now],
    )
    .await?;
    Ok(())
}
