//! Health as JSON.

use clients::ClientId;
use rapport_base::Result;
use rapport_web::Cx;

use super::{Cause, ClientHealth, actions};

/// GET /api/clients/{id}/health
pub async fn show(cx: Cx) -> Result<axum::Json<ClientHealth>> {
    let id: ClientId = cx.id("id")?;
    let tx = cx.read().await?;
    let (seen, health) =
        futures::join!(clients::require_visible(&cx, &tx, id), actions::health(&tx, id, cx.now()));
    seen?;
    health.map(axum::Json)
}

/// POST /api/clients/{id}/health/recalculate
pub async fn recalculate(cx: Cx) -> Result<axum::Json<ClientHealth>> {
    let id: ClientId = cx.id("id")?;
    let tx = cx.begin().await?;
    clients::require_visible(&cx, &tx, id).await?;
    actions::recalculate_in(&tx, &[id], Cause::Manual).await?;
    let health = actions::health(&tx, id, cx.now()).await?;
    tx.commit().await?;
    Ok(axum::Json(health))
}
