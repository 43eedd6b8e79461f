//! Pipelines, stages and loss reasons over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    LossReason, NewPipeline, NewStage, Pipeline, PipelineChange, StageChange, StageId, actions, store,
};

/// Where the deals of a removed stage go.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct MoveTo {
    /// Another stage of the same pipeline and kind; needed while deals are in the stage.
    #[param(value_type = Option<String>)]
    move_to: Option<StageId>,
}

/// A reason for losing a deal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The reason.
    label: String,
}

/// GET /api/pipelines
pub async fn list(cx: Cx) -> Result<axum::Json<Page<Pipeline>>> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::list(&tx).await?)))
}

/// POST /api/pipelines
pub async fn create(cx: Cx, Json(input): Json<NewPipeline>) -> Result<Response> {
    Ok(created("/api/pipelines", &actions::create(&cx, input).await?))
}

/// PATCH /api/pipelines/{id}
pub async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<PipelineChange>,
) -> Result<Response> {
    let pipeline = actions::update(&cx, cx.id("id")?, change, version).await?;
    Ok(versioned(&pipeline, pipeline.version))
}

/// DELETE /api/pipelines/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// POST /api/pipelines/{id}/stages
pub async fn create_stage(cx: Cx, Json(input): Json<NewStage>) -> Result<Response> {
    Ok(created("/api/pipelines", &actions::create_stage(&cx, cx.id("id")?, input).await?))
}

/// PATCH /api/stages/{id}
pub async fn update_stage(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<StageChange>,
) -> Result<Response> {
    let stage = actions::update_stage(&cx, cx.id("id")?, change, version).await?;
    Ok(versioned(&stage, stage.version))
}

/// DELETE /api/stages/{id}
pub async fn delete_stage(cx: Cx, Query(to): Query<MoveTo>) -> Result<Response> {
    actions::delete_stage(&cx, cx.id("id")?, to.move_to).await?;
    Ok(nothing())
}

/// GET /api/loss-reasons
pub async fn reasons(cx: Cx) -> Result<axum::Json<Page<LossReason>>> {
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::reasons(&tx).await?)))
}

/// POST /api/loss-reasons
pub async fn create_reason(cx: Cx, Json(input): Json<Reason>) -> Result<axum::Json<Page<LossReason>>> {
    actions::add_reason(&cx, &input.label).await?;
    reasons(cx).await
}

/// PATCH /api/loss-reasons/{id}
pub async fn update_reason(cx: Cx, Json(input): Json<Reason>) -> Result<axum::Json<Page<LossReason>>> {
    actions::rename_reason(&cx, cx.id("id")?, &input.label).await?;
    reasons(cx).await
}

/// DELETE /api/loss-reasons/{id}
pub async fn delete_reason(cx: Cx) -> Result<Response> {
    actions::remove_reason(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
