//! What is done with time entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use projects::{
    ProjectId, TaskId,
    rates::{self, RateOf, Rates},
};
use rapport_base::{Error, FieldError, MemberId, Refusal, Result, text};
use rapport_db::{TenantTx, constraint};
use rapport_web::{Cx, validate};

use super::{
    Adjustment, NewTimeEntry, TimeEntry, TimeEntryChange, TimeEntryId, Worker,
    rules::{self, Extent, Piece},
    store::{self, Draft, Place},
};
use crate::{SheetStatus, events};

/// Time that someone wants to be logged.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub project: ProjectId,
    pub task: Option<TaskId>,
    pub description: String,
    pub is_billable: bool,
    pub extent: Extent,
}

/// Logs time; a span over midnight becomes two entries.
///
/// # Errors
/// Beside the fields: the project, the length, the day. Conflict: the week is locked, the period closed, another entry overlaps.
pub async fn create(cx: &Cx, input: &NewTimeEntry) -> Result<Vec<TimeEntry>> {
    validate(input)?;
    let wish = Wish {
        project: input.project_id,
        task: input.task_id,
        description: text::clean(&input.description).unwrap_or_default(),
        is_billable: input.is_billable.unwrap_or(true),
        extent: input.extent()?,
    };
    let tx = cx.begin().await?;
    let ids = create_in(&tx, &Worker::of(cx), &wish).await?;
    let entries = store::by_ids(&tx, &ids).await?;
    tx.commit().await?;
    Ok(entries)
}

/// Changes one's own entry. The first of the answer is the entry; others were cut off at midnight.
///
/// # Errors
/// As [`create`]; not found; someone changed it meanwhile; an invoice holds it.
pub async fn update(
    cx: &Cx,
    id: TimeEntryId,
    change: &TimeEntryChange,
    version: Option<i32>,
) -> Result<Vec<TimeEntry>> {
    validate(change)?;
    let tx = cx.begin().await?;
    let before = own(cx, &tx, id).await?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Refusal::stale().into());
    }
    let project = change.project_id.unwrap_or(before.project_id);
    let moved = project != before.project_id;
    let wish = Wish {
        project,
        task: change.task_id.unwrap_or(if moved { None } else { before.task_id }),
        description: change
            .description
            .as_ref()
            .map_or_else(|| before.description.clone(), |d| text::clean(d).unwrap_or_default()),
        is_billable: change.is_billable.unwrap_or(before.is_billable),
        extent: change.extent(&before)?,
    };
    let ids = update_in(&tx, &Worker::of(cx), &before, &wish).await?;
    let mut entries = store::by_ids(&tx, &ids).await?;
    entries.sort_by_key(|entry| entry.id != id);
    tx.commit().await?;
    Ok(entries)
}

/// Takes back one's own entry.
///
/// # Errors
/// Not found; locked; held by an invoice.
pub async fn delete(cx: &Cx, id: TimeEntryId) -> Result<()> {
    let tx = cx.begin().await?;
    let entry = own(cx, &tx, id).await?;
    delete_in(&tx, &Worker::of(cx), &entry).await?;
    tx.commit().await
}

/// Bills another quantity than was worked, or with none the worked one again.
///
/// # Errors
/// Not found; not billable; no reason given; an invoice holds it.
pub async fn adjust(cx: &Cx, id: TimeEntryId, input: &Adjustment) -> Result<TimeEntry> {
    validate(input)?;
    let reason = text::clean(&input.reason);
    if input.billable_seconds.is_some() && reason.is_none() {
        return Err(Refusal::field("reason", "required", "Say why another quantity is billed.").into());
    }
    let tx = cx.begin().await?;
    let before = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    if before.is_invoiced {
        return Err(held());
    }
    if !before.is_billable {
        return Err(Refusal::field("billable_seconds", "not_billable", "This entry is not billable.").into());
    }
    let rate = match before.billing_rate_cents {
        Some(rate) => rate,
        None => {
            rates::for_entry(&tx, before.project_id, before.task_id, before.member_id, before.date)
                .await?
                .billing_rate_cents
        }
    };
    let seconds = input.billable_seconds.map_or(before.seconds(), i64::from);
    let value = rules::value_cents(rate, seconds);
    let by = input.billable_seconds.map(|_| cx.member.id);
    let reason = input.billable_seconds.and(reason);
    store::adjust(&tx, id, input.billable_seconds, reason.as_deref(), by, value).await.map_err(refused)?;
    projects::spent::add(&tx, before.project_id, value - before.amount_cents.unwrap_or_default(), 0).await?;
    let event = events::TimeAdjusted {
        reason: reason.unwrap_or_default(),
        billable_seconds: seconds,
        facts: events::TimeFacts::of(&before),
    };
    let shape = |seconds: i64| serde_json::json!({ "billable_seconds": seconds });
    tx.publish_change(&event, Some(shape(before.billable_seconds.into())), Some(shape(seconds)));
    let after = store::find(&tx, id, None).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(after)
}

/// [`create`] within a transaction.
pub(crate) async fn create_in(tx: &TenantTx, worker: &Worker, wish: &Wish) -> Result<Vec<TimeEntryId>> {
    let place = placed(tx, worker.member, wish.project, wish.task, true).await?;
    let pieces = rules::pieces(wish.extent, tx.now(), &worker.zone)?;
    check_period(tx, worker.today, pieces.iter().map(|piece| piece.date)).await?;
    check_free(tx, worker, wish.extent, None).await?;
    log(tx, worker, wish, &place, pieces).await
}

/// Writes what is to be logged, counts it into its project, and tells.
pub(crate) async fn log(
    tx: &TenantTx,
    worker: &Worker,
    wish: &Wish,
    place: &Place,
    pieces: Vec<Piece>,
) -> Result<Vec<TimeEntryId>> {
    let drafts = drafts(tx, worker, wish, place, pieces).await?;
    let ids = store::insert(tx, worker.member, &drafts).await.map_err(refused)?;
    let mut spent = Spent::default();
    for (draft, id) in drafts.iter().zip(&ids) {
        spent.add(draft.project, draft.value_cents, draft.piece.seconds);
        tx.publish(&events::TimeLogged { facts: facts(*id, worker.member, place, draft) });
    }
    spent.keep(tx).await?;
    Ok(ids)
}

/// [`update`] within a transaction, of an entry that is locked in it.
pub(crate) async fn update_in(
    tx: &TenantTx,
    worker: &Worker,
    before: &TimeEntry,
    wish: &Wish,
) -> Result<Vec<TimeEntryId>> {
    check_unlocked(before)?;
    let same_extent = wish.extent == extent_of(before);
    let elsewhere = wish.project != before.project_id || wish.task != before.task_id;
    let place = placed(tx, worker.member, wish.project, wish.task, elsewhere || !same_extent).await?;
    let pieces = rules::pieces(wish.extent, tx.now(), &worker.zone)?;
    let pieces = if same_extent { vec![Piece { date: before.date, ..pieces[0] }] } else { pieces };
    check_period(tx, worker.today, pieces.iter().map(|piece| piece.date).chain([before.date])).await?;
    if !same_extent {
        check_free(tx, worker, wish.extent, Some(before.id)).await?;
    }
    let mut drafts = drafts(tx, worker, wish, &place, pieces).await?;
    let keeps_adjustment = before.is_adjusted()
        && drafts[0].piece.seconds == before.seconds()
        && drafts[0].is_billable
        && before.is_billable;
    if keeps_adjustment {
        let date = drafts[0].piece.date;
        let rates = rates::for_entry(tx, wish.project, wish.task, worker.member, date).await?;
        drafts[0].value_cents = rules::value_cents(rates.billing_rate_cents, before.billable_seconds.into());
    }
    store::update(tx, before.id, &drafts[0], keeps_adjustment).await.map_err(refused)?;
    let added = if drafts.len() > 1 {
        store::insert(tx, worker.member, &drafts[1..]).await.map_err(refused)?
    } else {
        Vec::new()
    };
    let mut spent = Spent::default();
    spent.add(before.project_id, -before.amount_cents.unwrap_or_default(), -before.seconds());
    for draft in &drafts {
        spent.add(draft.project, draft.value_cents, draft.piece.seconds);
    }
    spent.keep(tx).await?;
    let changed = events::TimeUpdated { facts: facts(before.id, worker.member, &place, &drafts[0]) };
    tx.publish_change(&changed, Some(shape(before.date, before.seconds(), before.is_billable)), {
        let now = &drafts[0];
        Some(shape(now.piece.date, now.piece.seconds, now.is_billable))
    });
    for (draft, id) in drafts[1..].iter().zip(&added) {
        tx.publish(&events::TimeLogged { facts: facts(*id, worker.member, &place, draft) });
    }
    Ok(std::iter::once(before.id).chain(added).collect())
}

/// [`delete`] within a transaction, of an entry that is locked in it.
pub(crate) async fn delete_in(tx: &TenantTx, worker: &Worker, entry: &TimeEntry) -> Result<()> {
    check_unlocked(entry)?;
    check_period(tx, worker.today, [entry.date]).await?;
    store::delete(tx, entry.id).await.map_err(refused)?;
    projects::spent::add(tx, entry.project_id, -entry.amount_cents.unwrap_or_default(), -entry.seconds())
        .await?;
    tx.publish_change(
        &events::TimeDeleted { facts: events::TimeFacts::of(entry) },
        Some(shape(entry.date, entry.seconds(), entry.is_billable)),
        None,
    );
    Ok(())
}

/// One's own entry to be changed: its week is taken up first, as everywhere.
async fn own(cx: &Cx, tx: &TenantTx, id: TimeEntryId) -> Result<TimeEntry> {
    let entry = store::find(tx, id, None).await?.ok_or_else(Refusal::not_found)?;
    if entry.member_id == cx.member.id {
        store::open_week(tx, entry.member_id, entry.week_start).await?;
        return store::lock(tx, id).await?.ok_or_else(|| Refusal::not_found().into());
    }
    if cx.may(crate::TIME_READ_ALL) {
        let message = "Time is changed by the one who worked. Reject the timesheet with a comment instead.";
        return Err(Refusal::new(rapport_base::Kind::Forbidden, "timesheets.not_yours", message).into());
    }
    Err(Refusal::not_found().into())
}

/// The project and task, when the member may log time there. Work that stays where it is only has to be there still.
pub(crate) async fn placed(
    tx: &TenantTx,
    member: MemberId,
    project: ProjectId,
    task: Option<TaskId>,
    anew: bool,
) -> Result<Place> {
    let refuse = |field: &'static str, code: &'static str, message: String| {
        Err(Refusal::field(field, code, message).into())
    };
    let Some(place) = store::place(tx, project, task, member).await? else {
        return refuse(
            "project_id",
            "not_on_team",
            "This project is not there, or you are not on its team.".into(),
        );
    };
    if !anew {
        return Ok(place);
    }
    if !place.is_assigned {
        return refuse(
            "project_id",
            "not_on_team",
            "This project is not there, or you are not on its team.".into(),
        );
    }
    if place.status != "active" {
        let status = place.status.replace('_', " ");
        return refuse(
            "project_id",
            "not_active",
            format!("{} is {status}. Time can be logged on active projects.", place.name),
        );
    }
    if task.is_some() && place.task_title.is_none() {
        return refuse("task_id", "unknown", "This task is not one of the project.".into());
    }
    Ok(place)
}

pub(crate) async fn check_period(
    tx: &TenantTx,
    today: Date,
    dates: impl IntoIterator<Item = Date>,
) -> Result<()> {
    let Some((until, grace)) = store::period_lock(tx).await? else { return Ok(()) };
    rules::check_open(rules::closed_until(until, grace, today), dates)
}

/// Refuses a day whose week is handed in or approved; else the week stays as it is until the transaction ends.
pub(crate) async fn check_week_open(tx: &TenantTx, worker: &Worker, date: Date) -> Result<()> {
    check_week(store::open_week(tx, worker.member, rules::week_of(date, worker.week_start)).await?)
}

async fn check_free(tx: &TenantTx, worker: &Worker, extent: Extent, but: Option<TimeEntryId>) -> Result<()> {
    let Extent::Span { start, end } = extent else { return Ok(()) };
    let Some(other) =
        store::overlapping(tx, worker.member, rules::whole_second(start), rules::whole_second(end), but)
            .await?
    else {
        return Ok(());
    };
    let clock = |at: Option<Timestamp>| {
        at.map(|at| at.to_zoned(worker.zone.clone()).strftime("%H:%M").to_string()).unwrap_or_default()
    };
    let message = format!(
        "This overlaps {}–{} on {} ({}). Change one of the two.",
        clock(other.started_at),
        clock(other.ended_at),
        other.project_name,
        other.date
    );
    Err(overlap(message))
}

fn overlap(message: String) -> Error {
    Refusal::conflict("timesheets.overlap", message.clone())
        .with_fields(vec![FieldError::new("started_at", "overlap", message)])
        .into()
}

fn check_unlocked(entry: &TimeEntry) -> Result<()> {
    if entry.is_invoiced {
        return Err(held());
    }
    check_week(entry.timesheet_status)
}

fn check_week(status: SheetStatus) -> Result<()> {
    match status {
        SheetStatus::Open | SheetStatus::Rejected => Ok(()),
        SheetStatus::Submitted => Err(Refusal::conflict(
            "timesheets.week_locked",
            "This week is submitted. Withdraw the timesheet first if you need to change it.",
        )
        .into()),
        SheetStatus::Approved => Err(Refusal::conflict(
            "timesheets.week_locked",
            "This week is approved. Ask a manager to reopen the timesheet.",
        )
        .into()),
    }
}

fn held() -> Error {
    Refusal::conflict(
        "timesheets.invoiced",
        "An invoice holds this time. It can change once the invoice is void or its draft deleted.",
    )
    .into()
}

/// What a constraint of the database means to the person.
pub(crate) fn refused(error: Error) -> Error {
    match constraint(&error) {
        Some("time_entries_do_not_overlap") => {
            overlap("This overlaps time that was logged this moment. Load the day again.".into())
        }
        Some("time_entries_week_is_open") => Refusal::conflict(
            "timesheets.week_locked",
            "This week was submitted meanwhile and cannot be changed.",
        )
        .into(),
        Some("time_entries_locked_by_invoice") => held(),
        Some("time_entries_member_is_on_the_project") => Refusal::field(
            "project_id",
            "not_on_team",
            "This project is not there, or you are not on its team.",
        )
        .into(),
        Some("time_entries_task_is_of_the_project") => {
            Refusal::field("task_id", "unknown", "This task is not one of the project.").into()
        }
        Some("time_entries_not_in_the_future") => {
            Refusal::field("date", "future", "This day is yet to come.").into()
        }
        _ => error,
    }
}

/// Entries to be written, each with its week taken up and its value.
async fn drafts(
    tx: &TenantTx,
    worker: &Worker,
    wish: &Wish,
    place: &Place,
    pieces: Vec<Piece>,
) -> Result<Vec<Draft>> {
    let weeks: BTreeSet<Date> =
        pieces.iter().map(|piece| rules::week_of(piece.date, worker.week_start)).collect();
    let mut statuses = BTreeMap::new();
    for week in weeks {
        let status = store::open_week(tx, worker.member, week).await?;
        check_week(status)?;
        statuses.insert(week, status);
    }
    let is_billable = wish.is_billable && place.billing_type != "non_billable";
    let asked: Vec<RateOf> = pieces
        .iter()
        .map(|piece| RateOf {
            project: wish.project,
            task: wish.task,
            member: worker.member,
            date: piece.date,
        })
        .collect();
    let rates = rates::for_entries(tx, &asked).await?;
    let draft = |(piece, rates): (Piece, Rates)| {
        let week = rules::week_of(piece.date, worker.week_start);
        Draft {
            project: wish.project,
            task: wish.task,
            description: wish.description.clone(),
            is_billable,
            piece,
            week,
            status: statuses[&week],
            value_cents: if is_billable {
                rules::value_cents(rates.billing_rate_cents, piece.seconds)
            } else {
                0
            },
        }
    };
    Ok(pieces.into_iter().zip(rates).map(draft).collect())
}

fn extent_of(entry: &TimeEntry) -> Extent {
    match entry.started_at.zip(entry.ended_at) {
        Some((start, end)) => Extent::Span { start, end },
        None => Extent::Length { date: entry.date, seconds: entry.seconds() },
    }
}

fn facts(id: TimeEntryId, member: MemberId, place: &Place, draft: &Draft) -> events::TimeFacts {
    events::TimeFacts {
        time_entry_id: id.uuid(),
        member_id: member.uuid(),
        project_id: draft.project.uuid(),
        project_name: place.name.clone(),
        client_id: place.client_id.map(ClientId::uuid),
        task_id: draft.task.map(TaskId::uuid),
        date: draft.piece.date,
        duration_seconds: draft.piece.seconds,
        is_billable: draft.is_billable,
    }
}

fn shape(date: Date, seconds: i64, is_billable: bool) -> serde_json::Value {
    serde_json::json!({ "date": date, "duration_seconds": seconds, "is_billable": is_billable })
}

/// What changes of the projects' sums: minor units and seconds.
#[derive(Default)]
pub(crate) struct Spent(HashMap<ProjectId, (i64, i64)>);

impl Spent {
    pub(crate) fn add(&mut self, project: ProjectId, cents: i64, seconds: i64) {
        let sum = self.0.entry(project).or_default();
        sum.0 += cents;
        sum.1 += seconds;
    }
    pub(crate) async fn keep(self, tx: &TenantTx) -> Result<()> {
        projects::spent::add_all(tx, &self.0).await
    }
}
