//! `/api/me`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use garde::Validate;
use rapport_base::{Refusal, Result};
use rapport_db::App;
use rapport_web::{Cx, Json, Visitor, nothing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{UserView, WorkspaceView, actions, store};
use crate::sessions;

/// Who asks, and what they may.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The person.
    pub user: UserView,
    /// The workspace.
    pub workspace: WorkspaceView,
    /// The membership.
    pub member_id: rapport_base::MemberId,
    /// The role.
    pub role: String,
    /// What the caller may do here.
    pub permissions: Vec<&'static str>,
}

/// A change of the own password.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one.
    #[garde(length(max = 1024))]
    #[schema(format = "password")]
    pub present: String,
    /// The new one, at least 10 characters.
    #[garde(skip)]
    #[schema(format = "password")]
    pub password: String,
}

pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let (user, workspace) = (cx.user(), cx.workspace());
    let me = MeView {
        user: UserView {
            id: user.id,
            email: user.email.clone(),
            name: user.name.clone(),
            email_verified: user.email_verified,
            locale: user.locale.clone(),
            timezone: user.timezone.clone(),
        },
        workspace: WorkspaceView {
            id: workspace.id,
            slug: workspace.slug.clone(),
            name: workspace.name.clone(),
            currency: workspace.currency,
            timezone: workspace.timezone.clone(),
            locale: workspace.locale.clone(),
        },
        member_id: cx.member.id,
        role: cx.member.role.clone(),
        permissions: cx.member.permissions.names().collect(),
    };
    Ok(axum::Json(me).into_response())
}

pub(crate) async fn update(
    State(app): State<App>,
    visitor: Visitor,
    Json(wished): Json<actions::ChangeMe>,
) -> Result<Response> {
    let who = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    actions::change(&app, &who.user, wished).await?;
    let tx = app.db.system().await?;
    Ok(axum::Json(store::account(&tx, who.user.id, None).await?.user()).into_response())
}

pub(crate) async fn change_password(
    State(app): State<App>,
    visitor: Visitor,
    Json(change): Json<ChangePassword>,
) -> Result<Response> {
    rapport_web::validate(&change)?;
    let who = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    let token =
        actions::change_password(&app, &visitor.request, who, &change.present, &change.password).await?;
    Ok(match token {
        Some(token) => sessions::actions::give(&app, nothing(), &token),
        None => nothing(),
    })
}
