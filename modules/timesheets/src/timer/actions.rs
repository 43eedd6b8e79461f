//! Start, stop, switch.

use jiff::Timestamp;
use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};

use super::{NewTimer, StopTimer, Timer, rules, store};
use crate::{
    entries::{
        TimeEntry, TimeEntryId, Worker,
        actions::{self as entries, Wish},
        rules::{Extent, cut_at_midnight, cut_to_length, uncovered, whole_second},
        store::{self as entry_store, Place},
    },
    events::{TimerFacts, TimerStarted, TimerStopped},
};

/// Starts the timer; the one that ran before is stopped.
///
/// # Errors
/// Beside the fields: the project is not active or not the member's, the task is of another project.
pub async fn start(cx: &Cx, input: &NewTimer) -> Result<(Timer, Vec<TimeEntry>)> {
    validate(input)?;
    let worker = Worker::of(cx);
    let tx = cx.begin().await?;
    store::take_turns(&tx, worker.member).await?;
    let place = entries::placed(&tx, worker.member, input.project_id, input.task_id, true).await?;
    let started_at = whole_second(tx.now());
    entries::check_period(&tx, worker.today, [worker.today]).await?;
    entries::check_week_open(&tx, &worker, worker.today).await?;
    let stopped = match store::find(&tx, worker.member).await? {
        Some(running) => stop_in(&tx, &worker, &running, started_at.max(running.started_at)).await?,
        None => Vec::new(),
    };
    let new = NewTimer { description: text::clean(&input.description).unwrap_or_default(), ..input.clone() };
    let is_billable = input.is_billable.unwrap_or(true) && place.billing_type != "non_billable";
    store::insert(&tx, worker.member, &new, is_billable, started_at).await?;
    let timer = store::find(&tx, worker.member).await?.ok_or_else(Refusal::not_found)?;
    tx.publish(&TimerStarted { facts: facts(&timer) });
    let stopped = entry_store::by_ids(&tx, &stopped).await?;
    tx.commit().await?;
    Ok((timer, stopped))
}

/// Stops the timer. Over midnight it leaves two entries, over twelve hours several, and
/// none for what is logged already or for less than a second.
///
/// # Errors
/// Conflict when none runs; an end outside of its run.
pub async fn stop(cx: &Cx, how: &StopTimer) -> Result<Vec<TimeEntry>> {
    let worker = Worker::of(cx);
    let tx = cx.begin().await?;
    store::take_turns(&tx, worker.member).await?;
    let timer = store::find(&tx, worker.member).await?.ok_or_else(not_running)?;
    let end = rules::end(timer.started_at, how.ended_at, tx.now())?;
    let ids = stop_in(&tx, &worker, &timer, end).await?;
    let entries = entry_store::by_ids(&tx, &ids).await?;
    tx.commit().await?;
    Ok(entries)
}

/// Ends the timer without logging anything.
///
/// # Errors
/// Conflict when none runs.
pub async fn discard(cx: &Cx) -> Result<()> {
    let tx = cx.begin().await?;
    store::take_turns(&tx, cx.member.id).await?;
    let timer = store::find(&tx, cx.member.id).await?.ok_or_else(not_running)?;
    store::delete(&tx, cx.member.id).await?;
    tx.publish(&TimerStopped { duration_seconds: 0, facts: facts(&timer) });
    tx.commit().await
}

async fn stop_in(tx: &TenantTx, worker: &Worker, timer: &Timer, end: Timestamp) -> Result<Vec<TimeEntryId>> {
    store::delete(tx, worker.member).await?;
    let taken = entry_store::taken(tx, worker.member, timer.started_at, end).await?;
    let pieces: Vec<_> = uncovered(timer.started_at, end, &taken)
        .into_iter()
        .flat_map(|(from, to)| cut_to_length(cut_at_midnight(from, to, &worker.zone)))
        .collect();
    let duration_seconds = pieces.iter().map(|piece| piece.seconds).sum();
    tx.publish(&TimerStopped { duration_seconds, facts: facts(timer) });
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    // A project that ended meanwhile takes the time all the same: it was worked.
    let place =
        entry_store::place(tx, timer.project_id, timer.task_id, worker.member).await?.unwrap_or_else(|| {
            Place {
                name: timer.project_name.clone(),
                client_id: None,
                status: String::new(),
                billing_type: String::new(),
                is_assigned: false,
                task_title: None,
            }
        });
    let wish = Wish {
        project: timer.project_id,
        task: timer.task_id,
        description: timer.description.clone(),
        is_billable: timer.is_billable,
        extent: Extent::Span { start: timer.started_at, end },
    };
    entries::log(tx, worker, &wish, &place, pieces).await
}

fn not_running() -> rapport_base::Error {
    Refusal::conflict(
        "timesheets.no_timer",
        "No timer is running. It may have been stopped on another device.",
    )
    .into()
}

fn facts(timer: &Timer) -> TimerFacts {
    TimerFacts {
        timer_id: timer.id.uuid(),
        member_id: timer.member_id.uuid(),
        project_id: timer.project_id.uuid(),
        project_name: timer.project_name.clone(),
        client_id: timer.client_id.map(clients::ClientId::uuid),
        task_id: timer.task_id.map(projects::TaskId::uuid),
        started_at: timer.started_at,
    }
}
