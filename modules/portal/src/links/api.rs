//! Links over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{Link, NewLink, actions, store};
use crate::portals::actions::seen;

/// GET /api/portals/{id}/links
pub async fn list(cx: Cx) -> Result<axum::Json<Page<Link>>> {
    let (tx, id) = (cx.read().await?, cx.id("id")?);
    let (seen, links) = futures::join!(seen(&cx, &tx, id), store::list(&tx, id));
    seen?;
    Ok(axum::Json(Page::whole(links?)))
}

/// POST /api/portals/{id}/links
pub async fn create(cx: Cx, Json(input): Json<NewLink>) -> Result<Response> {
    let made = actions::create(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/portals/{}/links", cx.param("id")), &made))
}

/// DELETE /api/portals/{id}/links/{link_id}
pub async fn revoke(cx: Cx) -> Result<Response> {
    actions::revoke(&cx, cx.id("id")?, Some(cx.id("link_id")?)).await?;
    Ok(nothing())
}
