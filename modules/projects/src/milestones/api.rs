//! Milestones as JSON.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Refusal, Result};
use rapport_web::{Cx, IfMatch, Json, created, nothing, versioned};

use super::{MilestoneChange, NewMilestone, actions, store};
use crate::{ProjectId, access::Scope, projects};

/// GET the milestones of a project.
pub(crate) async fn list(cx: Cx) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let tx = cx.read().await?;
    let (project, list) =
        futures::join!(projects::store::find(&tx, Scope::of(&cx), id), store::list(&tx, id));
    project?.ok_or_else(Refusal::not_found)?;
    Ok(axum::Json(Page::whole(list?).map(|milestone| actions::shown(&cx, milestone))).into_response())
}

/// POST a new one.
pub(crate) async fn create(cx: Cx, Json(input): Json<NewMilestone>) -> Result<Response> {
    let id = actions::create(&cx, cx.id("id")?, input).await?;
    let tx = cx.read().await?;
    Ok(created(&format!("/api/milestones/{id}"), &actions::get(&cx, &tx, id).await?))
}

/// GET one.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let milestone = actions::get(&cx, &tx, cx.id("id")?).await?;
    Ok(versioned(&milestone, milestone.version))
}

/// PATCH one.
pub(crate) async fn update(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(change): Json<MilestoneChange>,
) -> Result<Response> {
    let milestone = actions::update(&cx, cx.id("id")?, change, seen).await?;
    Ok(versioned(&milestone, milestone.version))
}

/// DELETE one.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
