//! Signing API clients in, on and out.

use rapport_base::{Kind, Refusal, Result, Token, UserId, WorkspaceId};
use rapport_db::{App, SystemTx};
use rapport_web::RequestInfo;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ACCESS, SigningKeys, store};
use crate::{
    limits,
    users::{self, UserView, WorkspaceView},
};

/// A signed-in API client.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInView {
    /// The person.
    pub user: UserView,
    /// The workspace the tokens are for.
    pub workspace: WorkspaceView,
    /// The person's role in it.
    pub role: String,
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Exchange it for new tokens before or after the access token ends; it works once.
    pub refresh_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lasts.
    pub expires_in: i64,
}

/// Signs an API client of a person in.
pub(crate) async fn issue(
    app: &App,
    request: &RequestInfo,
    user: UserId,
    workspace: Option<WorkspaceId>,
) -> Result<SignedInView> {
    let tx = app.db.system().await?;
    let account = users::store::account(&tx, user, workspace).await?;
    let (Some(workspace), Some(role)) = (account.workspace(), account.role.clone()) else {
        return Err(no_workspace().into());
    };
    let (family, refresh) = (Uuid::now_v7(), Token::new());
    store::insert_family(&tx, family, user, workspace.id, &request.ip, &request.user_agent).await?;
    store::insert_refresh(&tx, family, &refresh.hash()).await?;
    tx.commit().await?;
    view(app, account.user(), workspace, role, family, &refresh).await
}

async fn view(
    app: &App,
    user: UserView,
    workspace: WorkspaceView,
    role: String,
    family: Uuid,
    refresh: &Token,
) -> Result<SignedInView> {
    let keys: SigningKeys = app.parts.get();
    Ok(SignedInView {
        access_token: keys.sign(app, user.id, workspace.id, family).await?,
        refresh_token: refresh.expose().to_owned(),
        token_type: "Bearer",
        expires_in: ACCESS.as_secs(),
        user,
        workspace,
        role,
    })
}

/// New tokens for a refresh token. One that was used before ends the whole family: it was stolen,
/// or what it was exchanged for was.
pub(crate) async fn refresh(app: &App, request: &RequestInfo, presented: &str) -> Result<SignedInView> {
    let hash = Token::hash_of(presented);
    let tx = app.db.system().await?;
    let Some(row) = store::lock_refresh(&tx, &hash).await?.filter(|row| row.alive) else {
        drop(tx);
        limits::attempt(app, &limits::TOKEN, &request.ip, None).await?;
        return Err(ended().into());
    };
    if row.rotated {
        store::revoke_family(&tx, row.family_id, "reuse").await?;
        tx.commit().await?;
        tracing::warn!(user = %row.user_id, ip = %request.ip, "a refresh token was used twice: its family has ended");
        return Err(ended().into());
    }
    let account = users::store::account(&tx, row.user_id, Some(row.workspace_id)).await?;
    let (Some(workspace), Some(role)) =
        (account.workspace().filter(|w| w.id == row.workspace_id), account.role.clone())
    else {
        return Err(no_workspace().into());
    };
    let new = Token::new();
    store::rotate(&tx, row.family_id, &hash, &new.hash(), &request.ip).await?;
    tx.commit().await?;
    view(app, account.user(), workspace, role, row.family_id, &new).await
}

/// Ends the API client an access token belongs to.
pub(crate) async fn sign_out(app: &App, access_token: &str) -> Result<()> {
    let keys: SigningKeys = app.parts.get();
    if let Some(claims) = keys.read(app, access_token).await? {
        let tx = app.db.system().await?;
        store::revoke_family(&tx, claims.family, "sign_out").await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Ends all API clients of a person.
pub(crate) async fn end_all(
    tx: &SystemTx,
    user: UserId,
    workspace: Option<WorkspaceId>,
    reason: &str,
) -> Result<u64> {
    store::revoke_families(tx, user, workspace, reason).await
}

fn ended() -> Refusal {
    Refusal::new(Kind::Unauthenticated, "refresh_token_ended", "This refresh token has ended. Sign in again.")
}

fn no_workspace() -> Refusal {
    Refusal::new(
        Kind::Forbidden,
        "no_workspace",
        "You belong to no workspace. Sign in with a browser to found one.",
    )
}

/// Ends one API client of a person.
pub(crate) async fn end_one(tx: &SystemTx, user: UserId, family: Uuid) -> Result<bool> {
    store::revoke_own(tx, user, family).await
}

/// Ends the API clients of a person but one.
pub(crate) async fn end_others(tx: &SystemTx, user: UserId, except: Option<Uuid>) -> Result<u64> {
    store::revoke_others(tx, user, except).await
}

/// The API client an access token belongs to.
pub(crate) async fn family_of(app: &App, access_token: &str) -> Result<Option<Uuid>> {
    let keys: SigningKeys = app.parts.get();
    Ok(keys.read(app, access_token).await?.map(|claims| claims.family))
}
