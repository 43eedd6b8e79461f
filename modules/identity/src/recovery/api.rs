//! `POST /api/auth/password/forgot`, `/reset`, `/api/auth/verify`.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use garde::Validate;
use rapport_base::{Refusal, Result};
use rapport_db::App;
use rapport_web::{Json, Visitor, nothing, validate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::actions;

/// Someone without their password.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// Address.
    #[garde(length(max = 254))]
    pub email: String,
}

/// A new password.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// From the link in the mail.
    #[garde(length(max = 200))]
    pub token: String,
    /// At least 10 characters.
    #[garde(skip)]
    #[schema(format = "password")]
    pub password: String,
}

/// The proof of an address.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    /// From the link in the mail.
    #[garde(length(max = 200))]
    pub token: String,
}

pub(crate) async fn forgot(
    State(app): State<App>,
    visitor: Visitor,
    Json(who): Json<ForgotPassword>,
) -> Result<Response> {
    validate(&who)?;
    actions::forgot(&app, &visitor.request, &who.email).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

pub(crate) async fn reset(
    State(app): State<App>,
    visitor: Visitor,
    Json(new): Json<ResetPassword>,
) -> Result<Response> {
    validate(&new)?;
    actions::reset(&app, &visitor.request, &new.token, &new.password).await?;
    Ok(nothing())
}

pub(crate) async fn verify(
    State(app): State<App>,
    visitor: Visitor,
    Json(with): Json<VerifyEmail>,
) -> Result<Response> {
    validate(&with)?;
    actions::verify(&app, &visitor.request, &with.token).await?;
    Ok(nothing())
}

pub(crate) async fn resend(State(app): State<App>, visitor: Visitor) -> Result<Response> {
    let signed_in = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    actions::resend_verification(&app, &visitor.request, &signed_in.user).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
