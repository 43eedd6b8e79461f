//! `/api/api-keys`.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiKey, actions, store};

/// A key just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApiKey {
    /// About it.
    #[serde(flatten)]
    pub about: ApiKey,
    /// The key itself: shown only now.
    pub key: String,
}

pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::list(&tx).await?)).into_response())
}

pub(crate) async fn create(cx: Cx, Json(new): Json<actions::NewApiKey>) -> Result<Response> {
    let (about, key) = actions::create(&cx, new).await?;
    let location = format!("/api/api-keys/{}", about.id);
    Ok(created(&location, &CreatedApiKey { about, key }))
}

pub(crate) async fn revoke(cx: Cx) -> Result<Response> {
    actions::revoke(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
