//! `/api/sessions`.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rapport_base::{Page, Refusal, Result};
use rapport_db::App;
use rapport_web::{SignedIn, Visitor, nothing};
use uuid::Uuid;

use super::{list::SessionId, store};
use crate::{tokens, users};

fn who(visitor: &Visitor) -> Result<&SignedIn> {
    visitor.signed_in.as_ref().ok_or_else(|| Refusal::not_found().into())
}

/// The session or API client that asks.
async fn current(app: &App, who: &SignedIn, headers: &HeaderMap) -> Result<Option<Uuid>> {
    if who.session.id.is_some() {
        return Ok(who.session.id);
    }
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    match bearer {
        Some(token) => tokens::actions::family_of(app, token).await,
        None => Ok(None),
    }
}

pub(crate) async fn index(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response> {
    let who = who(&visitor)?;
    let current = current(&app, who, &headers).await?;
    let tx = app.db.system().await?;
    let rows = store::of_user(&tx, who.user.id).await?;
    Ok(axum::Json(Page::whole(rows.into_iter().map(|row| row.view(current)).collect())).into_response())
}

pub(crate) async fn end(State(app): State<App>, visitor: Visitor) -> Result<Response> {
    let id: SessionId = visitor.id("id")?;
    users::actions::end_session(&app, &visitor.request, who(&visitor)?, id.uuid()).await?;
    Ok(nothing())
}

pub(crate) async fn end_others(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response> {
    let who = who(&visitor)?;
    let keep = current(&app, who, &headers).await?;
    users::actions::end_other_sessions(&app, &visitor.request, who, keep).await?;
    Ok(nothing())
}
