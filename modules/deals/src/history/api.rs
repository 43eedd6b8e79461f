//! A deal's history over the API.

use rapport_base::{Page, Result};
use rapport_web::Cx;

use super::{Happening, Stay, happenings, of};
use crate::deals::access;

/// GET /api/deals/{id}/history
pub async fn stays(cx: Cx) -> Result<axum::Json<Page<Stay>>> {
    let tx = cx.read().await?;
    let deal = access::visible(&cx, &tx, cx.id("id")?).await?;
    Ok(axum::Json(Page::whole(of(&tx, &deal).await?)))
}

/// GET /api/deals/{id}/timeline
pub async fn timeline(cx: Cx) -> Result<axum::Json<Page<Happening>>> {
    let tx = cx.read().await?;
    let deal = access::visible(&cx, &tx, cx.id("id")?).await?;
    Ok(axum::Json(Page::whole(happenings(&cx, &tx, deal.id).await?)))
}
