//! Project members as JSON.

use axum::response::{IntoResponse, Response};
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json};

use super::{TeamInput, actions, store};
use crate::{ProjectId, projects};

/// GET the team.
pub(crate) async fn list(cx: Cx) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let tx = cx.read().await?;
    let (project, team) = futures::join!(projects::actions::get(&cx, &tx, id), store::list(&tx, id));
    project?;
    Ok(axum::Json(Page::whole(actions::shown(&cx, team?))).into_response())
}

/// PUT the team.
pub(crate) async fn put(cx: Cx, Json(input): Json<TeamInput>) -> Result<Response> {
    let team = actions::put(&cx, cx.id("id")?, input).await?;
    Ok(axum::Json(Page::whole(team)).into_response())
}
