//! `/api/exports`.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rapport_base::{Page, Result};
use rapport_web::{Cx, nothing};

use super::{actions, store};

pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::list(&tx).await?)).into_response())
}

pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(axum::Json(store::get(&tx, cx.id("id")?).await?).into_response())
}

pub(crate) async fn create(cx: Cx) -> Result<Response> {
    let export = actions::request(&cx).await?;
    let location = format!("/api/exports/{}", export.id);
    Ok((StatusCode::ACCEPTED, [("location", location)], axum::Json(export)).into_response())
}

pub(crate) async fn cancel(cx: Cx) -> Result<Response> {
    actions::cancel(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

pub(crate) async fn download(cx: Cx) -> Result<Response> {
    actions::download(&cx, cx.id("id")?).await
}
