//! Deals over the API.

use axum::response::Response;
use rapport_base::{Kind, Page, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};

use super::{
    Deal, DealChange, NewDeal, StageMove, access, actions,
    list::{self, ListQuery},
    stage,
    store::Seen,
};

/// GET /api/deals
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Deal>>> {
    let tx = cx.read().await?;
    list::list(&cx, &tx, &query).await.map(axum::Json)
}

/// POST /api/deals
pub async fn create(cx: Cx, Json(input): Json<NewDeal>) -> Result<Response> {
    let deal = actions::create(&cx, input).await?;
    Ok(created(&format!("/api/deals/{}", deal.id), &deal))
}

/// GET /api/deals/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let deal = access::visible(&cx, &tx, cx.id("id")?).await?;
    Ok(versioned(&deal, deal.version))
}

/// PATCH /api/deals/{id}
pub async fn update(cx: Cx, IfMatch(version): IfMatch, Json(change): Json<DealChange>) -> Result<Response> {
    let deal = actions::update(&cx, cx.id("id")?, change, version).await?;
    Ok(versioned(&deal, deal.version))
}

/// POST /api/deals/{id}/stage
pub async fn move_to_stage(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(mut to): Json<StageMove>,
) -> Result<Response> {
    to.version = version.or(to.version);
    match stage::move_deal(&cx, cx.id("id")?, to, &Seen::default()).await {
        Ok(deal) => Ok(versioned(&deal, deal.version)),
        // A failed If-Match is answered as HTTP says, with the mover's name all the same.
        Err(rapport_base::Error::Refusal(mut refusal))
            if version.is_some() && refusal.code == stage::MOVED =>
        {
            refusal.kind = Kind::Stale;
            Err(refusal.into())
        }
        Err(error) => Err(error),
    }
}

/// DELETE /api/deals/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// POST /api/deals/{id}/restore
pub async fn restore(cx: Cx) -> Result<Response> {
    let deal = actions::restore(&cx, cx.id("id")?).await?;
    Ok(versioned(&deal, deal.version))
}
