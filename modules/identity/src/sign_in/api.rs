//! `POST /api/auth/login`, `/refresh`, `/logout`.

use axum::{extract::State, http::HeaderMap, response::{IntoResponse, Response}};
use garde::Validate;
use rapport_base::{Refusal, Result};
use rapport_db::App;
use rapport_web::{Json, Visitor, nothing, validate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::actions;
use crate::{sessions, tokens};

/// Who signs in.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Address.
    #[garde(length(max = 254))]
    pub email: String,
    /// Password.
    #[garde(length(max = 1024))]
    #[schema(format = "password")]
    pub password: String,
}

/// A refresh token to be exchanged.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshWith {
    /// The newest one.
    #[garde(length(max = 200))]
    pub refresh_token: String,
}

pub(crate) async fn login(State(app): State<App>, visitor: Visitor, Json(login): Json<Login>) -> Result<Response> {
    validate(&login)?;
    let user = actions::by_password(&app, &visitor.request, &login.email, &login.password).await?;
    Ok(axum::Json(tokens::actions::issue(&app, &visitor.request, user, None).await?).into_response())
}

pub(crate) async fn refresh(State(app): State<App>, visitor: Visitor, Json(with): Json<RefreshWith>) -> Result<Response> {
    validate(&with)?;
    Ok(axum::Json(tokens::actions::refresh(&app, &visitor.request, &with.refresh_token).await?).into_response())
}

pub(crate) async fn logout(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response> {
    let signed_in = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    if let Some(session) = signed_in.session.id {
        sessions::actions::end(&app, signed_in.user.id, session).await?;
        return Ok(sessions::actions::take(&app, nothing()));
    }
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    tokens::actions::sign_out(&app, token.unwrap_or_default()).await?;
    Ok(nothing())
}
