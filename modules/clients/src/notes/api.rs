//! Notes over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{NewNote, Note, actions, store};
use crate::clients::access;

/// GET /api/clients/{id}/notes
pub async fn list(cx: Cx) -> Result<axum::Json<Page<Note>>> {
    let (tx, id) = (cx.read().await?, cx.id("id")?);
    let (seen, notes) = futures::join!(access::require_visible(&cx, &tx, id), store::list_for(&tx, id));
    seen?;
    Ok(axum::Json(Page::whole(notes?)))
}

/// POST /api/clients/{id}/notes
pub async fn create(cx: Cx, Json(input): Json<NewNote>) -> Result<Response> {
    let note = actions::create(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/notes/{}", note.id), &note))
}

/// DELETE /api/notes/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
