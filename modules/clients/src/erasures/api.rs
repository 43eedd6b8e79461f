//! Personal data and erasures over the API.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created};
use serde_json::Value;

use super::{Certificate, ErasurePreview, NewErasure, actions, store};
use crate::ContactId;

/// GET /api/contacts/{id}/personal-data
pub async fn export(cx: Cx) -> Result<axum::Json<Value>> {
    let tx = cx.read().await?;
    actions::export(&cx.app, &tx, cx.id("id")?).await.map(axum::Json)
}

/// GET /api/contacts/{id}/erasure
pub async fn preview(cx: Cx) -> Result<axum::Json<ErasurePreview>> {
    let tx = cx.read().await?;
    actions::preview(&cx.app, &tx, cx.id("id")?).await.map(axum::Json)
}

/// POST /api/contacts/{id}/erasure
pub async fn erase(cx: Cx, Json(input): Json<NewErasure>) -> Result<Response> {
    let contact: ContactId = cx.id("id")?;
    let certificate = actions::erase(&cx, contact, input).await?;
    Ok(created(&format!("/api/erasures/{}", certificate.id), &certificate))
}

/// GET /api/erasures
pub async fn list(cx: Cx) -> Result<axum::Json<Page<Certificate>>> {
    let tx = cx.read().await?;
    let data = store::list(&tx).await?;
    Ok(axum::Json(Page::whole(data)))
}

/// GET /api/erasures/{id}
pub async fn show(cx: Cx) -> Result<axum::Json<Certificate>> {
    let tx = cx.read().await?;
    store::get(&tx, cx.id("id")?).await.map(axum::Json)
}

/// A JSON file to be kept.
pub(crate) fn file(name: &str, content: &impl serde::Serialize) -> Result<Response> {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, serde_json::to_vec_pretty(content)?).into_response())
}
