//! `/api/deputies`.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{actions, store};

pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::current(&tx).await?)).into_response())
}

pub(crate) async fn create(cx: Cx, Json(new): Json<actions::NewDeputy>) -> Result<Response> {
    let deputy = actions::name(&cx, new).await?;
    Ok(created(&format!("/api/deputies/{}", deputy.id), &deputy))
}

pub(crate) async fn end(cx: Cx) -> Result<Response> {
    actions::end(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
