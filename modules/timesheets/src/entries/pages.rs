//! Time entries in the browser: the day, one entry, the list.

use askama::Template;
use axum::response::Response;
use jiff::civil::{Date, DateTime};
use projects::ProjectId;
use rapport_base::{MemberId, Page, Refusal, Result};
use rapport_ui::{Choice, FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, local_path, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    Adjustment, EntryQuery, NewTimeEntry, TimeEntry, TimeEntryChange, TimeEntryId, actions,
    api::shown,
    choices,
    rules::{plus_days, week_of},
    store, whose,
};
use crate::{
    SheetStatus, TIME_APPROVE, TIME_READ_ALL, TIME_TRACK,
    sheets::{self, Totals},
};

#[derive(Template)]
#[template(path = "time/day.html")]
struct Day {
    shell: Shell,
    date: Date,
    today: Date,
    before: Date,
    after: Date,
    entries: Vec<TimeEntry>,
    totals: Totals,
    status: SheetStatus,
    places: Vec<Choice>,
    form: FormState,
    dialog: String,
    may_track: bool,
    may_approve: bool,
}

#[derive(Template)]
#[template(path = "time/entry.html")]
struct Edit {
    shell: Shell,
    entry: TimeEntry,
    places: Vec<Choice>,
    form: FormState,
    adjusting: FormState,
    is_own: bool,
    may_adjust: bool,
    back: String,
}

#[derive(Template)]
#[template(path = "time/list.html")]
struct List {
    shell: Shell,
    list: ListState,
    entries: Vec<TimeEntry>,
    members: Vec<(String, String)>,
    projects: Vec<(String, String)>,
    may_see_all: bool,
    may_see_money: bool,
    may_approve: bool,
}

/// Which day.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DayQuery {
    date: Option<Date>,
    dialog: Option<String>,
}

/// GET /app/{workspace}/time/day
pub async fn day(cx: Cx, Query(query): Query<DayQuery>) -> Result<Response> {
    let date = query.date.unwrap_or(cx.today());
    page(&day_of(&cx, date, FormState::new().with("date", date), query.dialog.unwrap_or_default()).await?)
}

async fn day_of(cx: &Cx, date: Date, form: FormState, dialog: String) -> Result<Day> {
    let week = week_of(date, cx.workspace().week_start);
    let tx = cx.read().await?;
    let (entries, sheet, places, shell) = futures::join!(
        store::of_days(&tx, cx.member.id, date, date),
        sheets::store::of_week(&tx, cx.member.id, week),
        store::workplaces(&tx, cx.member.id),
        cx.shell(&tx)
    );
    let entries = shown(cx, entries?);
    Ok(Day {
        shell: shell?.titled("Time").live("timer. time. timesheet."),
        date,
        today: cx.today(),
        before: plus_days(date, -1),
        after: plus_days(date, 1),
        totals: sheets::rules::totals(&entries),
        entries,
        status: sheet?.map_or(SheetStatus::Open, |sheet| sheet.status),
        places: choices::choices(&places?),
        form,
        dialog,
        may_track: cx.may(TIME_TRACK),
        may_approve: cx.may(TIME_APPROVE),
    })
}

/// POST /app/{workspace}/time/entries
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    let made = match read(&cx, &form) {
        Ok(typed) => actions::create(&cx, &typed.entry()).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(entries) => {
            let seconds = entries.iter().map(TimeEntry::seconds).sum::<i64>();
            let to =
                cx.path(&format!("time/day?date={}", entries.first().map_or(cx.today(), |entry| entry.date)));
            let length = cx.fmt().duration(seconds);
            let said = if entries.len() > 1 {
                format!("{length} logged, split at midnight.")
            } else {
                format!("{length} logged.")
            };
            Ok(redirect_with(local_path(form.value("back"), &to), Toast::success(said)))
        }
        Err(error) => {
            let state = refit(form.rejected(error)?);
            let date = form.value("date").parse().unwrap_or(cx.today());
            rejected(&day_of(&cx, date, state, "new-entry".into()).await?)
        }
    }
}

/// GET /app/{workspace}/time/entries/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    page(&edit(&cx, None, FormState::new()).await?)
}

async fn edit(cx: &Cx, typed: Option<FormState>, adjusting: FormState) -> Result<Edit> {
    let tx = cx.read().await?;
    let of = if cx.may(TIME_READ_ALL) { None } else { Some(cx.member.id) };
    let (entry, places, shell) = futures::join!(
        store::find(&tx, cx.id("id")?, of),
        store::workplaces(&tx, cx.member.id),
        cx.shell(&tx)
    );
    let entry = entry?.ok_or_else(Refusal::not_found)?;
    let mut places = choices::choices(&places?);
    let here = choices::value(entry.project_id, entry.task_id);
    if !places.iter().any(|choice| choice.value == here) {
        let label = entry.task_title.clone().unwrap_or_else(|| entry.project_name.clone());
        places
            .insert(0, Choice { value: here, label, group: entry.project_name.clone(), ..Choice::default() });
    }
    let is_own = entry.member_id == cx.member.id;
    let entry = shown(cx, vec![entry]).remove(0);
    Ok(Edit {
        shell: shell?
            .titled(format!("{} on {}", cx.fmt().duration(entry.seconds()), entry.project_name))
            .crumb("Time", cx.path("time")),
        form: typed.unwrap_or_else(|| filled(cx, &entry)),
        adjusting: if adjusting.has_errors() {
            adjusting
        } else {
            FormState::scoped("adjust")
                .with("billable", cx.fmt().duration(entry.billable_seconds))
                .with("reason", entry.billable_reason.clone().unwrap_or_default())
        },
        places,
        is_own,
        may_adjust: cx.may(TIME_APPROVE) && entry.is_billable && !entry.is_invoiced,
        back: cx.path(&format!("time/day?date={}", entry.date)),
        entry,
    })
}

fn filled(cx: &Cx, entry: &TimeEntry) -> FormState {
    let mut form = FormState::new()
        .with("work", choices::value(entry.project_id, entry.task_id))
        .with("description", &entry.description)
        .with("date", entry.date)
        .with("duration", exact(entry.seconds()))
        .with("version", entry.version);
    if !entry.is_billable {
        form.set("non_billable", "on");
    }
    if let Some((start, end)) = entry.started_at.zip(entry.ended_at) {
        let clock = |at: jiff::Timestamp| at.to_zoned(cx.zone()).strftime("%H:%M:%S").to_string();
        form.set("from", clock(start));
        form.set("to", clock(end));
        form.set("duration", "");
    }
    form
}

/// A length that reads back to the second.
pub(crate) fn exact(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{hours}:{minutes:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

/// POST /app/{workspace}/time/entries/{id}
pub async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: TimeEntryId = cx.id("id")?;
    let version = form.value("version").parse().ok();
    let made = match read(&cx, &form) {
        Ok(typed) => actions::update(&cx, id, &typed.change(), version).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(entries) => {
            let to =
                cx.path(&format!("time/day?date={}", entries.first().map_or(cx.today(), |entry| entry.date)));
            Ok(redirect_with(local_path(form.value("back"), &to), Toast::success("Time saved.")))
        }
        Err(error) => {
            let state = refit(form.rejected(error)?);
            rejected(&edit(&cx, Some(state), FormState::new()).await?)
        }
    }
}

/// POST /app/{workspace}/time/entries/{id}/delete
pub async fn delete(cx: Cx, form: Form) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    let to = cx.path("time/day");
    Ok(redirect_with(local_path(form.value("back"), &to), Toast::success("Time taken back.")))
}

/// POST /app/{workspace}/time/entries/{id}/adjust
pub async fn adjust(cx: Cx, form: Form) -> Result<Response> {
    let id: TimeEntryId = cx.id("id")?;
    let mut reader = form.reader();
    let seconds = if form.value("reset").is_empty() { reader.duration("billable") } else { None };
    let input = Adjustment {
        billable_seconds: seconds.and_then(|s| i32::try_from(s).ok()),
        reason: reader.text("reason"),
    };
    let made = match reader.finish() {
        Ok(()) => actions::adjust(&cx, id, &input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(_) => {
            let said = if input.billable_seconds.is_some() {
                "The billable quantity is set."
            } else {
                "What was worked is billed."
            };
            Ok(redirect_with(&cx.path(&format!("time/entries/{id}")), Toast::success(said)))
        }
        Err(error) => {
            let mut state = form.rejected(error)?;
            if let Some(said) = state.error("billable_seconds").map(str::to_owned) {
                state.add_error("billable", said);
            }
            rejected(&edit(&cx, None, state).await?)
        }
    }
}

/// The filters of the list, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    member_id: Option<String>,
    project_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    is_billable: Option<String>,
    after: Option<String>,
}

/// GET /app/{workspace}/time/list
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    let asked = EntryQuery {
        member_id: query.member_id.as_deref().and_then(|id| id.parse().ok()),
        project_id: query.project_id.as_deref().and_then(|id| id.parse().ok()),
        from: query.from.as_deref().and_then(|day| day.parse().ok()),
        to: query.to.as_deref().and_then(|day| day.parse().ok()),
        is_billable: query.is_billable.as_deref().and_then(|word| word.parse().ok()),
        after: query.after.clone(),
        ..EntryQuery::default()
    };
    let of = whose(&cx, asked.member_id.map(MemberId))?;
    let tx = cx.read().await?;
    let (rows, members, projects, shell) = futures::join!(
        store::list(&tx, &asked, of),
        store::members(&tx),
        store::projects_with_time(&tx, of),
        cx.shell(&tx)
    );
    let rows = rows?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    page(&List {
        shell: shell?.titled("Time").live("time. timesheet."),
        list: listed(
            cx.path("time/list"),
            vec![
                ("member_id".into(), text(&query.member_id)),
                ("project_id".into(), text(&query.project_id)),
                ("is_billable".into(), text(&query.is_billable)),
                ("from".into(), text(&query.from)),
                ("to".into(), text(&query.to)),
            ],
            &rows,
            ("entry", "entries"),
        ),
        entries: shown(&cx, rows.data),
        members: members?.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        projects: projects?
            .into_iter()
            .map(|(id, name): (ProjectId, String)| (id.to_string(), name))
            .collect(),
        may_see_all: cx.may(TIME_READ_ALL),
        may_see_money: cx.may(projects::PROJECTS_FINANCIALS),
        may_approve: cx.may(TIME_APPROVE),
    })
}

/// A list of a page, with its filters.
pub(crate) fn listed<T>(
    path: String,
    query: Vec<(String, String)>,
    rows: &Page<T>,
    noun: (&'static str, &'static str),
) -> ListState {
    ListState {
        path,
        query,
        shown: rows.data.len(),
        total: u64::try_from(rows.total).unwrap_or_default(),
        total_is_at_least: rows.total_is_at_least,
        next: rows.next.clone(),
        noun,
        ..ListState::default()
    }
}

/// What was typed about one entry.
struct Typed {
    work: (ProjectId, Option<projects::TaskId>),
    description: String,
    is_billable: bool,
    extent: Extent,
}

enum Extent {
    Length(Date, i64),
    Span(jiff::Timestamp, jiff::Timestamp),
}

impl Typed {
    fn entry(self) -> NewTimeEntry {
        let mut new = NewTimeEntry {
            project_id: self.work.0,
            task_id: self.work.1,
            description: self.description,
            is_billable: Some(self.is_billable),
            date: None,
            duration_seconds: None,
            started_at: None,
            ended_at: None,
        };
        match self.extent {
            Extent::Length(date, seconds) => (new.date, new.duration_seconds) = (Some(date), Some(seconds)),
            Extent::Span(start, end) => (new.started_at, new.ended_at) = (Some(start), Some(end)),
        }
        new
    }
    fn change(self) -> TimeEntryChange {
        let new = self.entry();
        TimeEntryChange {
            project_id: Some(new.project_id),
            task_id: Some(new.task_id),
            description: Some(new.description),
            is_billable: new.is_billable,
            date: new.date,
            duration_seconds: new.duration_seconds,
            started_at: new.started_at,
            ended_at: new.ended_at,
        }
    }
}

/// Reads a day with a duration, or with the clock times of start and end; an end before the start is on the next day.
fn read(cx: &Cx, form: &Form) -> Result<Typed> {
    let mut reader = form.reader();
    let work = choices::read(form.value("work"));
    if work.is_none() {
        reader.error("work", "required", "Choose a project or task.");
    }
    let date = reader.date("date").unwrap_or(cx.today());
    let duration = reader.duration("duration");
    let (from, to) = (reader.time("from"), reader.time("to"));
    let extent = match (duration, from, to) {
        (Some(seconds), None, None) => Some(Extent::Length(date, seconds)),
        (_, Some(from), Some(to)) => {
            let ends_on = if to <= from { plus_days(date, 1) } else { date };
            let instant = |date: Date, time| {
                DateTime::from_parts(date, time).to_zoned(cx.zone()).map(|zoned| zoned.timestamp())
            };
            Some(Extent::Span(instant(date, from)?, instant(ends_on, to)?))
        }
        (_, Some(_), None) => {
            reader.error("to", "required", "Say when it ended.");
            None
        }
        (_, None, Some(_)) => {
            reader.error("from", "required", "Say when it began.");
            None
        }
        (None, None, None) => {
            reader.error("duration", "required", "Say how long, or from when to when.");
            None
        }
    };
    let (description, is_billable) = (reader.text("description"), !reader.checked("non_billable"));
    reader.finish()?;
    match (work, extent) {
        (Some(work), Some(extent)) => Ok(Typed { work, description, is_billable, extent }),
        _ => Err(Refusal::not_found().into()),
    }
}

/// Puts the errors of the API's names beside the fields of the page.
pub(crate) fn refit(mut form: FormState) -> FormState {
    for (theirs, ours) in [
        ("project_id", "work"),
        ("task_id", "work"),
        ("duration_seconds", "duration"),
        ("started_at", "from"),
        ("ended_at", "to"),
    ] {
        if let Some(said) = form.error(theirs).map(str::to_owned) {
            form.add_error(ours, said);
        }
    }
    form
}
