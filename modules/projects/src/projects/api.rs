//! Projects as JSON.

use axum::response::{IntoResponse, Response};
use rapport_base::{Refusal, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, versioned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NewProject, Project, ProjectChange, ProjectId, ProjectQuery, actions, store};
use crate::{
    access::Scope,
    members::{self, ProjectMember},
};

/// A project with its team.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectWithTeam {
    #[serde(flatten)]
    project: Project,
    /// Everyone on it.
    members: Vec<ProjectMember>,
}

/// GET a list.
pub(crate) async fn list(cx: Cx, Query(query): Query<ProjectQuery>) -> Result<Response> {
    let tx = cx.read().await?;
    let page = store::list(&tx, Scope::of(&cx), &query).await?;
    Ok(axum::Json(page.map(|project| actions::shown(&cx, project))).into_response())
}

/// POST a new one.
pub(crate) async fn create(cx: Cx, Json(input): Json<NewProject>) -> Result<Response> {
    let id = actions::create(&cx, input).await?;
    Ok(created(&format!("/api/projects/{id}"), &load(&cx, id).await?))
}

/// GET one.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let body = load(&cx, cx.id("id")?).await?;
    Ok(versioned(&body, body.project.version))
}

/// PATCH one.
pub(crate) async fn update(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(change): Json<ProjectChange>,
) -> Result<Response> {
    let project = actions::update(&cx, cx.id("id")?, change, seen).await?;
    Ok(versioned(&project, project.version))
}

async fn load(cx: &Cx, id: ProjectId) -> Result<ProjectWithTeam> {
    let tx = cx.read().await?;
    let (project, team) = futures::join!(store::find(&tx, Scope::of(cx), id), members::store::list(&tx, id));
    let project = project?.ok_or_else(Refusal::not_found)?;
    Ok(ProjectWithTeam { project: actions::shown(cx, project), members: members::actions::shown(cx, team?) })
}
