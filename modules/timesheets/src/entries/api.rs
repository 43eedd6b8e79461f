//! Time entries over the API.

use axum::{
    Json as Answer,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rapport_base::{MemberId, Page, Refusal, Result};
use rapport_web::{Cx, IfMatch, Json, Query, nothing, versioned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Adjustment, EntryQuery, NewTimeEntry, TimeEntry, TimeEntryChange, actions, store, whose};
use crate::TIME_READ_ALL;

/// An entry that was changed, and what else was made of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The entry.
    #[serde(flatten)]
    pub entry: TimeEntry,
    /// Every entry the time lies in now: more than one when it goes over midnight.
    pub data: Vec<TimeEntry>,
}

/// GET /api/time-entries
pub async fn list(cx: Cx, Query(query): Query<EntryQuery>) -> Result<Answer<Page<TimeEntry>>> {
    let of = whose(&cx, query.member_id.map(MemberId))?;
    let tx = cx.read().await?;
    Ok(Answer(store::list(&tx, &query, of).await?.map(|entry| one(&cx, entry))))
}

/// POST /api/time-entries
pub async fn create(cx: Cx, Json(input): Json<NewTimeEntry>) -> Result<Response> {
    let entries = shown(&cx, actions::create(&cx, &input).await?);
    let location = entries.first().map(|entry| format!("/api/time-entries/{}", entry.id)).unwrap_or_default();
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(Page::whole(entries))).into_response())
}

/// GET /api/time-entries/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let of = if cx.may(TIME_READ_ALL) { None } else { Some(cx.member.id) };
    let entry = store::find(&tx, cx.id("id")?, of).await?.ok_or_else(Refusal::not_found)?;
    let version = entry.version;
    Ok(versioned(&one(&cx, entry), version))
}

/// PATCH /api/time-entries/{id}
pub async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<TimeEntryChange>,
) -> Result<Response> {
    let data = shown(&cx, actions::update(&cx, cx.id("id")?, &change, version).await?);
    let entry = data.first().cloned().ok_or_else(Refusal::not_found)?;
    let version = entry.version;
    Ok(versioned(&Changed { entry, data }, version))
}

/// DELETE /api/time-entries/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// POST /api/time-entries/{id}/adjust
pub async fn adjust(cx: Cx, Json(input): Json<Adjustment>) -> Result<Response> {
    let entry = actions::adjust(&cx, cx.id("id")?, &input).await?;
    let version = entry.version;
    Ok(versioned(&one(&cx, entry), version))
}

/// Entries as this reader may see them.
pub(crate) fn shown(cx: &Cx, entries: Vec<TimeEntry>) -> Vec<TimeEntry> {
    entries.into_iter().map(|entry| one(cx, entry)).collect()
}

fn one(cx: &Cx, entry: TimeEntry) -> TimeEntry {
    if cx.may(projects::PROJECTS_FINANCIALS) { entry } else { entry.without_money() }
}
