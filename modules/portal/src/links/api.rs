//! Links over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{Link, NewLink, actions, store};
use crate::portals::actions::seen;

/// GET /api/portals/{id}/links
pub async fn list(cx: Cx) -> Result<axum::Json<Page<Link>>> {
    let tx = cx.read().await?;
    let portal = seen(&cx, &tx, cx.id("id")?).await?;
    Ok(axum::Json(Page::whole(store::list(&tx, portal.id).await?)))
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
