//! Tax rates over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{TaxRate, TaxRateInput, actions};

/// GET /api/tax-rates
pub(crate) async fn list(cx: Cx) -> Result<axum::Json<Page<TaxRate>>> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(actions::list(&tx).await?)))
}

/// POST /api/tax-rates
pub(crate) async fn create(cx: Cx, Json(input): Json<TaxRateInput>) -> Result<Response> {
    let rate = actions::create(&cx, input).await?;
    Ok(created(&format!("/api/tax-rates/{}", rate.id), &rate))
}

/// PUT /api/tax-rates/{id}
pub(crate) async fn update(cx: Cx, Json(input): Json<TaxRateInput>) -> Result<axum::Json<TaxRate>> {
    Ok(axum::Json(actions::update(&cx, cx.id("id")?, input).await?))
}

/// DELETE /api/tax-rates/{id}
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::archive(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
