//! The live stream of a workspace, filtered to what its reader may see.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{StreamExt, stream};
use rapport_base::Result;
use rapport_db::EventRecord;
use rapport_queue::Feed;
use rapport_web::{Cx, Query};
use serde_json::json;
use uuid::Uuid;

/// A stream ends after this long; browsers resume, and what they may see is found out anew.
const LIFETIME: Duration = Duration::from_secs(600);

/// Where a reader left off, for those who cannot send `Last-Event-ID`.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The id of the last event that was seen.
    after: Option<String>,
}

/// `GET /api/stream`, `GET /app/{workspace}/stream`.
pub async fn stream(cx: Cx, headers: HeaderMap, Query(resume): Query<Resume>) -> Result<Response> {
    let feed: Feed = cx.app.parts.get();
    let live = feed.subscribe(cx.workspace_id());
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).or(resume.after.as_deref());
    let last = last.and_then(|id| id.parse::<Uuid>().ok());
    let (missed, afresh) = match last {
        Some(last) => match feed.since(cx.workspace_id(), last).await? {
            Some(missed) => (missed, false),
            None => (Vec::new(), true),
        },
        None => (Vec::new(), false),
    };
    let seen: Vec<Uuid> = missed.iter().map(|event| event.id).collect();
    let live = live.filter(move |event| futures::future::ready(!seen.contains(&event.id)));
    let reader = cx.clone();
    let events = stream::iter(missed)
        .chain(live)
        .take_while(move |event| futures::future::ready(!ends(event)))
        .filter_map(move |event| {
            let reader = reader.clone();
            async move { visible(&reader, &event).await.then(|| Ok::<_, Infallible>(sent(&event))) }
        });
    let opening = afresh.then(|| Ok(Event::default().event("afresh").data("{}")));
    let opening = stream::iter(
        opening.into_iter().chain([Ok(Event::default().comment("open").retry(Duration::from_secs(2)))]),
    );
    let events = opening.chain(events).take_until(tokio::time::sleep(LIFETIME));
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response();
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

/// After these, what a reader may see has to be found out anew: it reconnects.
fn ends(event: &EventRecord) -> bool {
    matches!(event.kind.as_str(), "member.role_changed" | "member.deactivated" | "session.ended")
}

async fn visible(cx: &Cx, event: &EventRecord) -> bool {
    let Some(info) = cx.app.event(&event.kind) else { return false };
    if !cx.may(info.permission) && !is_about(cx, event) {
        return false;
    }
    let Some(project) = event.project_id.filter(|_| !cx.may(projects::PROJECTS_READ_ALL)) else {
        return true;
    };
    match cx.read().await {
        Ok(tx) => projects::assigned(&tx, project.into(), cx.member.id).await.unwrap_or(false),
        Err(_) => false,
    }
}

/// What happens to their own time, weeks and expenses, everybody hears.
fn is_about(cx: &Cx, event: &EventRecord) -> bool {
    event.payload["member_id"].as_str().is_some_and(|member| member == cx.member.id.to_string())
}

fn sent(event: &EventRecord) -> Event {
    let data = json!({
        "id": event.id,
        "kind": event.kind,
        "subject": { "kind": event.subject_kind, "id": event.subject_id },
        "client_id": event.client_id,
        "at": event.at,
    });
    Event::default().id(event.id.to_string()).data(data.to_string())
}
