//! Opening and ending sessions.

use axum::response::Response;
use rapport_base::{Result, Token, UserId, WorkspaceId};
use rapport_db::{App, SystemTx};
use rapport_web::{RequestInfo, SESSION, cookie};

use super::{ABSOLUTE, store};

/// Opens a session: a new token, never one the browser had before.
pub(crate) async fn open(
    tx: &SystemTx,
    request: &RequestInfo,
    user: UserId,
    workspace: Option<WorkspaceId>,
) -> Result<Token> {
    let token = Token::new();
    store::insert(tx, &token.hash(), user, workspace, &request.ip, &request.user_agent).await?;
    Ok(token)
}

/// Opens a session in a transaction of its own.
pub(crate) async fn open_now(
    app: &App,
    request: &RequestInfo,
    user: UserId,
    workspace: Option<WorkspaceId>,
) -> Result<Token> {
    let tx = app.db.system().await?;
    let token = open(&tx, request, user, workspace).await?;
    tx.commit().await?;
    Ok(token)
}

/// Puts the session into the browser.
pub(crate) fn give(app: &App, mut response: Response, token: &Token) -> Response {
    cookie::set(response.headers_mut(), app, SESSION, token.expose(), Some(ABSOLUTE.as_secs()));
    response
}

/// Takes the session out of the browser.
pub(crate) fn take(app: &App, mut response: Response) -> Response {
    cookie::clear(response.headers_mut(), app, SESSION);
    response
}

/// Ends one session of a person.
pub(crate) async fn end(app: &App, user: UserId, session: uuid::Uuid) -> Result<bool> {
    let tx = app.db.system().await?;
    let ended = super::store::end(&tx, user, session).await?;
    tx.commit().await?;
    Ok(ended)
}
