//! A deal's history over the API.

use rapport_base::{Page, Result};
use rapport_web::Cx;

use super::{Happening, Stay, happenings, of};
use crate::deals::access;

/// GET /api/deals/{id}/history
pub async fn stays(cx: Cx) -> Result<axum::Json<Page<Stay>>> {
    let (tx, id) = (cx.read().await?, cx.id("id")?);
    let (seen, stays) = futures::join!(access::visible(&cx, &tx, id), of(&tx, id));
    seen?;
    Ok(axum::Json(Page::whole(stays?)))
}

/// GET /api/deals/{id}/timeline
pub async fn timeline(cx: Cx) -> Result<axum::Json<Page<Happening>>> {
    let (tx, id) = (cx.read().await?, cx.id("id")?);
    let (seen, happened) = futures::join!(access::visible(&cx, &tx, id), happenings(&cx, &tx, id));
    seen?;
    Ok(axum::Json(Page::whole(happened?)))
}
