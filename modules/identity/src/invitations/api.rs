//! `/api/team/invitations` and their acceptance.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use garde::Validate;
use rapport_base::{Page, Result};
use rapport_db::App;
use rapport_web::{Cx, Json, Visitor, created, nothing, validate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{accept, actions, store};
use crate::tokens;

/// Someone joins.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// From the link in the mail.
    #[garde(length(max = 200))]
    pub token: String,
    /// Full name; may be left out by someone who has an account.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    pub name: String,
    /// A new password, or the present one of someone who has an account.
    #[garde(length(max = 1024))]
    #[schema(format = "password")]
    pub password: String,
}

pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::pending(&tx).await?)).into_response())
}

pub(crate) async fn create(cx: Cx, Json(new): Json<actions::NewInvitation>) -> Result<Response> {
    validate(&new)?;
    let many = actions::NewInvitations {
        emails: vec![new.email],
        role: new.role,
        message: new.message,
        project_ids: new.project_ids,
    };
    let made = actions::invite(&cx, many, "email").await?;
    Ok(created("/api/team/invitations", &made.first()))
}

pub(crate) async fn resend(cx: Cx) -> Result<Response> {
    Ok(axum::Json(actions::resend(&cx, cx.id("id")?).await?).into_response())
}

pub(crate) async fn revoke(cx: Cx) -> Result<Response> {
    actions::revoke(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

pub(crate) async fn accept(
    State(app): State<App>,
    visitor: Visitor,
    Json(with): Json<AcceptInvitation>,
) -> Result<Response> {
    validate(&with)?;
    let who = accept::Who::Presents { name: &with.name, password: &with.password };
    let (user, open) = accept::accept(&app, &visitor.request, &with.token, who).await?;
    let signed_in = tokens::actions::issue(&app, &visitor.request, user, Some(open.workspace_id)).await?;
    Ok(created("/api/me", &signed_in))
}
