//! Tasks as JSON.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Refusal, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};

use super::{NewTask, TaskChange, TaskQuery, actions, checklist, comments, store};
use crate::{ProjectId, access::Scope, projects};

/// GET the tasks of a project.
pub(crate) async fn list_of_project(cx: Cx, Query(mut query): Query<TaskQuery>) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let tx = cx.read().await?;
    query.project_id = Some(id.uuid());
    let (project, page) = futures::join!(
        projects::store::find(&tx, Scope::of(&cx), id),
        store::list(&tx, Scope::of(&cx), &query)
    );
    project?.ok_or_else(Refusal::not_found)?;
    Ok(axum::Json(page?.map(|task| actions::shown(&cx, task))).into_response())
}

/// GET tasks over all projects.
pub(crate) async fn list(cx: Cx, Query(query): Query<TaskQuery>) -> Result<Response> {
    let tx = cx.read().await?;
    let page = store::list(&tx, Scope::of(&cx), &query).await?;
    Ok(axum::Json(page.map(|task| actions::shown(&cx, task))).into_response())
}

/// POST a new one.
pub(crate) async fn create(cx: Cx, Json(input): Json<NewTask>) -> Result<Response> {
    let id = actions::create(&cx, cx.id("id")?, input).await?;
    let tx = cx.read().await?;
    Ok(created(&format!("/api/tasks/{id}"), &actions::get(&cx, &tx, id).await?))
}

/// GET one.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let task = actions::get(&cx, &tx, cx.id("id")?).await?;
    Ok(versioned(&task, task.version))
}

/// PATCH one.
pub(crate) async fn update(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(change): Json<TaskChange>,
) -> Result<Response> {
    let task = actions::update(&cx, cx.id("id")?, change, seen).await?;
    Ok(versioned(&task, task.version))
}

/// DELETE one.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// GET the comments of a task.
pub(crate) async fn list_comments(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let id = cx.id("id")?;
    let (task, list) = futures::join!(actions::get(&cx, &tx, id), comments::list(&tx, id));
    task?;
    Ok(axum::Json(Page::whole(list?)).into_response())
}

/// POST a comment.
pub(crate) async fn comment(cx: Cx, Json(input): Json<comments::NewComment>) -> Result<Response> {
    let comment = comments::add(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/tasks/{}/comments", comment.task_id), &comment))
}

/// GET the checklist of a task.
pub(crate) async fn list_checklist(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let id = cx.id("id")?;
    let (task, list) = futures::join!(actions::get(&cx, &tx, id), checklist::list(&tx, id));
    task?;
    Ok(axum::Json(Page::whole(list?)).into_response())
}

/// POST a step.
pub(crate) async fn add_step(cx: Cx, Json(input): Json<checklist::NewStep>) -> Result<Response> {
    let step = checklist::add(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/checklist/{}", step.id), &step))
}

/// PATCH a step.
pub(crate) async fn change_step(cx: Cx, Json(input): Json<checklist::StepChange>) -> Result<Response> {
    let step = checklist::change(&cx, cx.id("id")?, input).await?;
    Ok(axum::Json(step).into_response())
}

/// DELETE a step.
pub(crate) async fn remove_step(cx: Cx) -> Result<Response> {
    checklist::remove(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
