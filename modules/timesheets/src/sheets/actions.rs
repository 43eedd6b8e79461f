//! Hand in, approve, reject, open again, close a period.

use jiff::civil::Date;
use rapport_base::{MemberId, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};

use super::{
    MemberTotals, PeriodLock, SheetRow, SheetStatus, Submission, Timesheet, TimesheetId, Totals, Verdict,
    rules, store,
};
use crate::{
    TIME_APPROVE,
    entries::{
        Worker, approval,
        rules::{plus_days, week_of},
        store as entries,
    },
    events::{
        PeriodLocked, SheetFacts, TimesheetApproved, TimesheetRejected, TimesheetReopened, TimesheetSubmitted,
    },
    timer,
};

/// A member's week, whether anything was logged in it or not.
///
/// # Errors
/// Not found when the member is not there.
pub async fn load(tx: &TenantTx, member: MemberId, week: Date) -> Result<Timesheet> {
    let (row, entries, name) = futures::join!(
        store::of_week(tx, member, week),
        entries::of_days(tx, member, week, plus_days(week, 6)),
        store::member_name(tx, member)
    );
    let name = name?.ok_or_else(Refusal::not_found)?;
    Ok(rules::sheet((member, name), week, row?, entries?))
}

/// A sheet, and the week it is for.
///
/// # Errors
/// Not found.
pub async fn load_sheet(tx: &TenantTx, id: TimesheetId) -> Result<(SheetRow, Timesheet)> {
    let (row, entries) = futures::join!(store::find(tx, id), entries::of_sheet(tx, id));
    let row = row?.ok_or_else(Refusal::not_found)?;
    let member = (row.member_id, row.member_name.clone());
    let sheet = rules::sheet(member, row.week_start, Some(row.clone()), entries?);
    Ok((row, sheet))
}

/// Hands in one's own week; nothing worked is fine. Handing in again what waits changes nothing.
///
/// # Errors
/// A week to come; conflict while a timer of that week runs, and once it is approved.
pub async fn submit(cx: &Cx, input: &Submission) -> Result<Timesheet> {
    validate(input)?;
    let worker = Worker::of(cx);
    let week = week_of(input.week, worker.week_start);
    if week > worker.today {
        return Err(Refusal::field("week", "future", "This week is yet to come.").into());
    }
    let tx = cx.begin().await?;
    timer::store::take_turns(&tx, worker.member).await?;
    if let Some(timer) = timer::store::find(&tx, worker.member).await?
        && week_of(timer.started_at.to_zoned(worker.zone.clone()).date(), worker.week_start) <= week
    {
        let message = format!("Your timer on {} still runs. Stop it first.", timer.label());
        return Err(Refusal::conflict("timesheets.timer_runs", message).into());
    }
    entries::open_week(&tx, worker.member, week).await?;
    let sheet = store::of_week(&tx, worker.member, week).await?.ok_or_else(Refusal::not_found)?;
    rules::check_submit(sheet.status)?;
    if sheet.status != SheetStatus::Submitted {
        let note = text::clean(&input.note).unwrap_or_default();
        store::submit(&tx, sheet.id, &note).await?;
        let totals = store::totals(&tx, worker.member, week).await?;
        store::note(&tx, sheet.id, "submitted", worker.member, &note, totals).await?;
        tx.publish(&TimesheetSubmitted { facts: facts(&sheet, totals, &note) });
    }
    let sheet = load(&tx, worker.member, week).await?;
    tx.commit().await?;
    Ok(sheet)
}

/// Approves a sheet and freezes the rates of its entries.
///
/// # Errors
/// Not found; forbidden for one's own; conflict when it does not wait.
pub async fn approve(cx: &Cx, id: TimesheetId, verdict: &Verdict) -> Result<Timesheet> {
    validate(verdict)?;
    let tx = cx.begin().await?;
    let sheet = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::check_decide(&sheet, cx.member.id, &cx.member.role)?;
    let comment = text::clean(&verdict.comment).unwrap_or_default();
    store::decide(&tx, id, SheetStatus::Approved, cx.member.id, &comment).await?;
    approval::freeze(&tx, sheet.member_id, sheet.week_start).await?;
    let totals = store::totals(&tx, sheet.member_id, sheet.week_start).await?;
    store::note(&tx, id, "approved", cx.member.id, &comment, totals).await?;
    let after = shape(SheetStatus::Approved, &comment);
    tx.publish_change(
        &TimesheetApproved { facts: facts(&sheet, totals, &comment) },
        Some(shape(sheet.status, "")),
        Some(after),
    );
    finish(tx, &sheet).await
}

/// Gives a sheet back to be corrected.
///
/// # Errors
/// As [`approve`]; without a comment.
pub async fn reject(cx: &Cx, id: TimesheetId, verdict: &Verdict) -> Result<Timesheet> {
    validate(verdict)?;
    let Some(comment) = text::clean(&verdict.comment) else {
        return Err(Refusal::field("comment", "required", "Say what is to be corrected.").into());
    };
    let tx = cx.begin().await?;
    let sheet = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::check_decide(&sheet, cx.member.id, &cx.member.role)?;
    store::decide(&tx, id, SheetStatus::Rejected, cx.member.id, &comment).await?;
    let totals = store::totals(&tx, sheet.member_id, sheet.week_start).await?;
    store::note(&tx, id, "rejected", cx.member.id, &comment, totals).await?;
    let after = shape(SheetStatus::Rejected, &comment);
    tx.publish_change(
        &TimesheetRejected { facts: facts(&sheet, totals, &comment) },
        Some(shape(sheet.status, "")),
        Some(after),
    );
    finish(tx, &sheet).await
}

/// Opens a sheet again: approvers any, its member what waits.
///
/// # Errors
/// Not found; conflict when it is open or an invoice holds some of its time.
pub async fn reopen(cx: &Cx, id: TimesheetId, verdict: &Verdict) -> Result<Timesheet> {
    validate(verdict)?;
    let tx = cx.begin().await?;
    let sheet = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::check_reopen(&sheet, cx.member.id, &cx.member.role, cx.may(TIME_APPROVE))?;
    let comment = text::clean(&verdict.comment).unwrap_or_default();
    store::reopen(&tx, id).await?;
    if sheet.status == SheetStatus::Approved
        && !approval::thaw(&tx, sheet.member_id, sheet.week_start).await?
    {
        let message = "An invoice holds time of this week. Void it or delete its draft first.";
        return Err(Refusal::conflict("timesheets.invoiced", message).into());
    }
    let totals = store::totals(&tx, sheet.member_id, sheet.week_start).await?;
    store::note(&tx, id, "reopened", cx.member.id, &comment, totals).await?;
    let after = shape(SheetStatus::Open, &comment);
    let before = shape(sheet.status, &sheet.decision_comment);
    tx.publish_change(
        &TimesheetReopened { facts: facts(&sheet, totals, &comment) },
        Some(before),
        Some(after),
    );
    finish(tx, &sheet).await
}

/// Closes time and expenses up to a day, or with none opens everything.
///
/// # Errors
/// A day that is not over; conflict while a timer runs that began before its end.
pub async fn lock_period(cx: &Cx, lock: PeriodLock) -> Result<()> {
    validate(&lock)?;
    let tx = cx.begin().await?;
    if let Some(until) = lock.locked_until {
        if until >= cx.today() {
            return Err(Refusal::field("locked_until", "not_over", "Close days that are over.").into());
        }
        let end = plus_days(until, 1).to_zoned(cx.workspace().zone())?.timestamp();
        let running = timer::store::running_since(&tx, end).await?;
        if !running.is_empty() {
            let names: Vec<String> = running.into_iter().map(|(name,)| name).collect();
            let message = format!("A timer that began in this period still runs: {}.", names.join(", "));
            return Err(Refusal::conflict("timesheets.timer_runs", message).into());
        }
    }
    let before = entries::period_lock(&tx).await?.and_then(|(until, _)| until);
    store::set_period_lock(&tx, lock, cx.member.id).await?;
    let event = PeriodLocked { workspace_id: cx.workspace_id().uuid(), locked_until: lock.locked_until };
    let shape = |until: Option<Date>| serde_json::json!({ "locked_until": until });
    tx.publish_change(&event, Some(shape(before)), Some(shape(lock.locked_until)));
    tx.commit().await
}

/// What each member worked from a day to another, by name.
///
/// # Errors
/// A bug when the database refuses.
pub async fn week_totals(tx: &TenantTx, from: Date, to: Date) -> Result<Vec<MemberTotals>> {
    store::of_members(tx, from, to).await
}

async fn finish(tx: TenantTx, sheet: &SheetRow) -> Result<Timesheet> {
    let sheet = load(&tx, sheet.member_id, sheet.week_start).await?;
    tx.commit().await?;
    Ok(sheet)
}

fn facts(sheet: &SheetRow, totals: Totals, comment: &str) -> SheetFacts {
    SheetFacts {
        timesheet_id: sheet.id.uuid(),
        member_id: sheet.member_id.uuid(),
        member_name: sheet.member_name.clone(),
        week_start: sheet.week_start,
        total_seconds: totals.total_seconds,
        billable_seconds: totals.billable_seconds,
        comment: comment.to_owned(),
    }
}

fn shape(status: SheetStatus, comment: &str) -> serde_json::Value {
    serde_json::json!({ "status": status, "comment": comment })
}
