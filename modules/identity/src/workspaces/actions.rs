//! Founding a workspace.

use rapport_base::{MemberId, Result, Token, UserId, WorkspaceId, text};
use rapport_db::{App, SystemTx, TenantTx};
use rapport_web::RequestInfo;
use uuid::Uuid;

use super::{Founded, NewWorkspace, rules, store};
use crate::{WorkspaceDefaults, events::WorkspaceCreated, origin};

/// Founds a workspace within a transaction that may have made its owner's account: the workspace,
/// the owner's membership, and every module's defaults are there together or not at all.
/// The transaction goes on inside the new workspace and still has to be committed.
pub(crate) async fn found(
    app: &App,
    request: &RequestInfo,
    tx: SystemTx,
    (owner, owner_name): (UserId, &str),
    new: NewWorkspace,
) -> Result<(Founded, TenantTx)> {
    let (workspace_id, member_id) = (WorkspaceId::from(Uuid::now_v7()), MemberId::from(Uuid::now_v7()));
    let name = new.name.clone();
    let wished = text::slug(&name);
    let mut slug = if rules::is_reserved(&wished) { format!("{wished}-1") } else { wished.clone() };
    while !store::insert(&tx, workspace_id, &slug, &new).await? {
        let ending: String = Token::new()
            .expose()
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(5)
            .collect();
        slug = format!("{wished}-{ending}");
    }
    store::insert_member(&tx, workspace_id, member_id, owner, "owner").await?;
    let tx = tx.enter(workspace_id, origin(request, member_id, owner_name)).await?;
    app.parts.find::<WorkspaceDefaults>().unwrap_or_default().make(&tx).await?;
    tx.publish(&WorkspaceCreated { workspace_id, name, owner_id: member_id });
    let founded = Founded {
        workspace_id,
        #[cfg(feature = "testing")]
        member_id,
        slug,
    };
    Ok((founded, tx))
}
