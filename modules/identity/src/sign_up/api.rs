//! `POST /api/auth/signup`.

use axum::{extract::State, response::Response};
use rapport_base::Result;
use rapport_db::App;
use rapport_web::{Json, Visitor, created};

use super::{NewAccount, actions};
use crate::tokens;

pub(crate) async fn sign_up(
    State(app): State<App>,
    visitor: Visitor,
    Json(new): Json<NewAccount>,
) -> Result<Response> {
    let (user, founded) = actions::sign_up(&app, &visitor.request, new).await?;
    let signed_in = tokens::actions::issue(&app, &visitor.request, user, Some(founded.workspace_id)).await?;
    Ok(created("/api/me", &signed_in))
}
