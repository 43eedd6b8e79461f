//! Timesheets over the API.

use axum::Json as Answer;
use rapport_base::{MemberId, Page, Result};
use rapport_web::{Cx, Json, Query, nothing};

use super::{
    PeriodLock, SheetQuery, SheetSummary, Submission, Timesheet, Verdict, WaitingQuery, actions, store,
};
use crate::entries::{api::shown, rules::week_of, whose};

/// GET /api/timesheets
pub async fn show(cx: Cx, Query(query): Query<SheetQuery>) -> Result<Answer<Timesheet>> {
    let member = whose(&cx, Some(query.member_id.map_or(cx.member.id, MemberId)))?.unwrap_or(cx.member.id);
    let week = week_of(query.week.unwrap_or(cx.today()), cx.workspace().week_start);
    let tx = cx.read().await?;
    Ok(Answer(one(&cx, actions::load(&tx, member, week).await?)))
}

/// GET /api/timesheets/waiting
pub async fn waiting(cx: Cx, Query(query): Query<WaitingQuery>) -> Result<Answer<Page<SheetSummary>>> {
    let tx = cx.read().await?;
    Ok(Answer(store::waiting(&tx, &query).await?))
}

/// GET /api/timesheets/{id}
pub async fn find(cx: Cx) -> Result<Answer<Timesheet>> {
    let tx = cx.read().await?;
    let (row, sheet) = actions::load_sheet(&tx, cx.id("id")?).await?;
    whose(&cx, Some(row.member_id))?;
    Ok(Answer(one(&cx, sheet)))
}

/// POST /api/timesheets/submit
pub async fn submit(cx: Cx, Json(input): Json<Submission>) -> Result<Answer<Timesheet>> {
    Ok(Answer(one(&cx, actions::submit(&cx, &input).await?)))
}

/// POST /api/timesheets/{id}/approve
pub async fn approve(cx: Cx, Json(verdict): Json<Verdict>) -> Result<Answer<Timesheet>> {
    Ok(Answer(one(&cx, actions::approve(&cx, cx.id("id")?, &verdict).await?)))
}

/// POST /api/timesheets/{id}/reject
pub async fn reject(cx: Cx, Json(verdict): Json<Verdict>) -> Result<Answer<Timesheet>> {
    Ok(Answer(one(&cx, actions::reject(&cx, cx.id("id")?, &verdict).await?)))
}

/// POST /api/timesheets/{id}/reopen
pub async fn reopen(cx: Cx, Json(verdict): Json<Verdict>) -> Result<Answer<Timesheet>> {
    Ok(Answer(one(&cx, actions::reopen(&cx, cx.id("id")?, &verdict).await?)))
}

/// PUT /api/timesheets/lock
pub async fn lock(cx: Cx, Json(lock): Json<PeriodLock>) -> Result<axum::response::Response> {
    actions::lock_period(&cx, lock).await?;
    Ok(nothing())
}

fn one(cx: &Cx, sheet: Timesheet) -> Timesheet {
    Timesheet { entries: shown(cx, sheet.entries.clone()), ..sheet }
}
