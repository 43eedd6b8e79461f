//! Templates as JSON.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Refusal, Result};
use rapport_web::{Cx, IfMatch, Json, created, nothing, versioned};

use super::{NewTemplate, Shape, TemplateChange, TemplateId, actions, store};
use crate::PROJECTS_FINANCIALS;

/// GET a list.
pub(crate) async fn list(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let mut list = store::list(&tx).await?;
    if !cx.may(PROJECTS_FINANCIALS) {
        list.iter_mut().for_each(|template| template.budget_cents = None);
    }
    Ok(axum::Json(Page::whole(list)).into_response())
}

/// POST a project's shape.
pub(crate) async fn create(cx: Cx, Json(input): Json<NewTemplate>) -> Result<Response> {
    let id = actions::save(&cx, input).await?;
    Ok(created(&format!("/api/templates/{id}"), &load(&cx, id).await?))
}

/// GET one.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let shape = load(&cx, cx.id("id")?).await?;
    Ok(versioned(&shape, shape.template.version))
}

/// PATCH one.
pub(crate) async fn update(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(change): Json<TemplateChange>,
) -> Result<Response> {
    let shape = actions::update(&cx, cx.id("id")?, change, seen).await?;
    Ok(versioned(&shape, shape.template.version))
}

/// DELETE one.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

async fn load(cx: &Cx, id: TemplateId) -> Result<Shape> {
    let tx = cx.read().await?;
    store::load(&tx, id).await?.ok_or_else(|| Refusal::not_found().into())
}
