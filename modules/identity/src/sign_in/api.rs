//! `POST /api/auth/login`, `/refresh`, `/logout`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use garde::Validate;
use rapport_base::{Refusal, Result, Token};
use rapport_db::App;
use rapport_web::{Json, Visitor, nothing, validate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{actions, link};
use crate::{mail_tokens, sessions, tokens};

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

pub(crate) async fn login(
    State(app): State<App>,
    visitor: Visitor,
    Json(login): Json<Login>,
) -> Result<Response> {
    validate(&login)?;
    let user = actions::by_password(&app, &visitor.request, &login.email, &login.password).await?;
    Ok(axum::Json(tokens::actions::issue(&app, &visitor.request, user, None).await?).into_response())
}

pub(crate) async fn refresh(
    State(app): State<App>,
    visitor: Visitor,
    Json(with): Json<RefreshWith>,
) -> Result<Response> {
    validate(&with)?;
    Ok(axum::Json(tokens::actions::refresh(&app, &visitor.request, &with.refresh_token).await?)
        .into_response())
}

pub(crate) async fn logout(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response> {
    let signed_in = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    if let Some(session) = signed_in.session.id {
        sessions::actions::end(&app, signed_in.user.id, session).await?;
        return Ok(sessions::actions::take(&app, nothing()));
    }
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    tokens::actions::sign_out(&app, token.unwrap_or_default()).await?;
    Ok(nothing())
}

/// Someone who asks for a sign-in link.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskLink {
    /// Address.
    #[garde(length(max = 254))]
    pub email: String,
}

/// What a client that asked keeps, to present it with the code.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingLink {
    /// Stands for this client: the code works only together with it.
    pub pending: String,
    /// Seconds the code works.
    pub expires_in: i64,
}

/// The code from the mail.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInByCode {
    /// From the answer to the asking.
    #[garde(length(max = 100))]
    pub pending: String,
    /// Six digits.
    #[garde(length(max = 20))]
    pub code: String,
}

pub(crate) async fn ask_link(
    State(app): State<App>,
    visitor: Visitor,
    Json(ask): Json<AskLink>,
) -> Result<Response> {
    validate(&ask)?;
    let pending = Token::new();
    link::ask(&app, &visitor.request, &ask.email, pending.expose(), "/app").await?;
    let answer =
        PendingLink { pending: pending.expose().to_owned(), expires_in: mail_tokens::SIGN_IN.as_secs() };
    Ok((StatusCode::ACCEPTED, axum::Json(answer)).into_response())
}

pub(crate) async fn by_code(
    State(app): State<App>,
    visitor: Visitor,
    Json(with): Json<SignInByCode>,
) -> Result<Response> {
    validate(&with)?;
    let arrival = link::by_code(&app, &visitor.request, &with.code, Some(&with.pending)).await?;
    Ok(axum::Json(tokens::actions::issue(&app, &visitor.request, arrival.user, None).await?).into_response())
}
