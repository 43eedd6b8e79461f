//! The timer over the API.

use axum::{
    Json as Answer,
    response::{IntoResponse, Response},
};
use rapport_base::{Page, Result};
use rapport_web::{Cx, Json, created, nothing};

use super::{NewTimer, Started, StopTimer, actions, store};
use crate::entries::{TimeEntry, api::shown};

/// GET /api/timer
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    Ok(match store::find(&tx, cx.member.id).await? {
        Some(timer) => Answer(timer).into_response(),
        None => nothing(),
    })
}

/// POST /api/timer/start
pub async fn start(cx: Cx, Json(input): Json<NewTimer>) -> Result<Response> {
    let (timer, stopped) = actions::start(&cx, &input).await?;
    Ok(created("/api/timer", &Started { timer, stopped: shown(&cx, stopped) }))
}

/// POST /api/timer/stop
pub async fn stop(cx: Cx, Json(how): Json<StopTimer>) -> Result<Answer<Page<TimeEntry>>> {
    Ok(Answer(Page::whole(shown(&cx, actions::stop(&cx, &how).await?))))
}

/// DELETE /api/timer
pub async fn discard(cx: Cx) -> Result<Response> {
    actions::discard(&cx).await?;
    Ok(nothing())
}
