//! The week in the browser.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use projects::{ProjectId, TaskId};
use rapport_base::{Refusal, Result};
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, duration_seconds, page, redirect_with, rejected};
use serde::Deserialize;

use super::actions::{self, Typed};
use crate::{
    TIME_APPROVE, TIME_TRACK,
    entries::{
        choices,
        pages::exact,
        rules::{days_of, plus_days, week_of},
        store::{self as entries, Workplace},
    },
    sheets::{self, SheetLine, Timesheet},
};

/// Empty rows in which another project is chosen.
const NEW_ROWS: usize = 2;

#[derive(Template)]
#[template(path = "time/week.html")]
struct Week {
    shell: Shell,
    sheet: Timesheet,
    before: Date,
    after: Date,
    rows: Vec<Row>,
    new_rows: Vec<NewRow>,
    places: Vec<Choice>,
    form: FormState,
    submitting: FormState,
    dialog: String,
    may_track: bool,
    may_approve: bool,
}

/// A project or task with a cell for each day.
struct Row {
    title: String,
    subtitle: String,
    cells: Vec<Cell>,
    total: i64,
}

struct Cell {
    name: String,
    was_name: String,
    label: String,
    day: String,
    seconds: i64,
    is_off: bool,
    day_href: String,
}

/// A row whose project is still to be chosen.
struct NewRow {
    work_name: String,
    work_label: String,
    cells: Vec<Cell>,
}

/// Which week.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WeekQuery {
    week: Option<Date>,
    copy: Option<String>,
    dialog: Option<String>,
}

/// GET /app/{workspace}/time
pub async fn show(cx: Cx, Query(query): Query<WeekQuery>) -> Result<Response> {
    let week = week_of(query.week.unwrap_or(cx.today()), cx.workspace().week_start);
    let copies = query.copy.is_some();
    page(&view(&cx, week, copies, None, FormState::scoped("submit"), query.dialog.unwrap_or_default()).await?)
}

async fn view(
    cx: &Cx,
    week: Date,
    copies: bool,
    typed: Option<FormState>,
    submitting: FormState,
    dialog: String,
) -> Result<Week> {
    let tx = cx.read().await?;
    let (sheet, places, last, shell) = futures::join!(
        sheets::actions::load(&tx, cx.member.id, week),
        entries::workplaces(&tx, cx.member.id),
        async {
            if copies {
                entries::of_days(&tx, cx.member.id, plus_days(week, -7), plus_days(week, -1)).await
            } else {
                Ok(Vec::new())
            }
        },
        cx.shell(&tx)
    );
    let (sheet, places) = (sheet?, places?);
    let mut lines = sheet.rows.clone();
    for place in sheets::rules::lines(plus_days(week, -7), &last?)
        .iter()
        .filter_map(|line| place_of(&places, line.project_id, line.task_id))
    {
        add_line(&mut lines, place);
    }
    if let Some(typed) = &typed {
        for place in places.iter().filter(|place| is_typed(typed, place)) {
            add_line(&mut lines, place);
        }
    }
    let days = days_of(week);
    let form = typed.unwrap_or_else(|| filled(&lines));
    Ok(Week {
        shell: shell?.titled("Time").live("timer. time. timesheet."),
        before: plus_days(week, -7),
        after: plus_days(week, 7),
        rows: lines.iter().map(|line| row(cx, line, &days)).collect(),
        new_rows: (0..NEW_ROWS).map(|number| new_row(cx, number, &days)).collect(),
        places: choices::choices(&places),
        form,
        submitting,
        dialog,
        may_track: cx.may(TIME_TRACK),
        may_approve: cx.may(TIME_APPROVE),
        sheet,
    })
}

fn place_of(places: &[Workplace], project: ProjectId, task: Option<TaskId>) -> Option<&Workplace> {
    places.iter().find(|place| place.project_id == project && place.task_id == task)
}

fn is_typed(form: &FormState, place: &Workplace) -> bool {
    let key = key(place.project_id, place.task_id);
    (0..7).any(|day| !form.value(&format!("c.{key}.{day}")).is_empty())
}

fn add_line(lines: &mut Vec<SheetLine>, place: &Workplace) {
    if lines.iter().any(|line| line.project_id == place.project_id && line.task_id == place.task_id) {
        return;
    }
    lines.push(SheetLine {
        project_id: place.project_id,
        project_name: place.project_name.clone(),
        client_name: Some(place.client_name.clone()),
        task_id: place.task_id,
        task_title: place.task_title.clone(),
        seconds: vec![0; 7],
        total_seconds: 0,
    });
}

/// A project or task as a piece of a field's name.
fn key(project: ProjectId, task: Option<TaskId>) -> String {
    choices::value(project, task)
}

fn filled(lines: &[SheetLine]) -> FormState {
    let mut form = FormState::new();
    for line in lines {
        for (day, seconds) in line.seconds.iter().enumerate().filter(|(_, seconds)| **seconds > 0) {
            form.set(&format!("c.{}.{day}", key(line.project_id, line.task_id)), exact(*seconds));
        }
    }
    form
}

fn cells(cx: &Cx, key: &str, title: &str, seconds: &[i64], days: &[Date; 7]) -> Vec<Cell> {
    let cell = |(day, date): (usize, &Date)| Cell {
        name: format!("c.{key}.{day}"),
        was_name: format!("was.{key}.{day}"),
        label: format!("{title}, {}", cx.fmt().date(*date)),
        day: format!("{} {}", cx.fmt().weekday(*date), cx.fmt().date_short(*date)),
        seconds: seconds[day],
        is_off: *date > cx.today(),
        day_href: cx.path(&format!("time/day?date={date}")),
    };
    days.iter().enumerate().map(cell).collect()
}

fn row(cx: &Cx, line: &SheetLine, days: &[Date; 7]) -> Row {
    let client = line.client_name.clone().unwrap_or_default();
    let (title, subtitle) = match &line.task_title {
        Some(task) => (task.clone(), format!("{} · {client}", line.project_name)),
        None => (line.project_name.clone(), client),
    };
    Row {
        cells: cells(cx, &key(line.project_id, line.task_id), &title, &line.seconds, days),
        title,
        subtitle,
        total: line.total_seconds,
    }
}

fn new_row(cx: &Cx, number: usize, days: &[Date; 7]) -> NewRow {
    let key = format!("new{number}");
    let label = format!("Another project or task, row {}", number + 1);
    NewRow {
        work_name: format!("work.{key}"),
        cells: cells(cx, &key, &label, &[0; 7], days),
        work_label: label,
    }
}

/// POST /app/{workspace}/time/week
pub async fn save(cx: Cx, form: Form) -> Result<Response> {
    let week = week_of(form.value("week").parse().unwrap_or(cx.today()), cx.workspace().week_start);
    let saved = match read(&form, week) {
        Ok(cells) => actions::save(&cx, week, &cells).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(count) => {
            let to = cx.path(&format!("time?week={week}"));
            let said =
                if count == 0 { Toast::info("Nothing was changed.") } else { Toast::success("Week saved.") };
            Ok(redirect_with(&to, said))
        }
        Err(error) => {
            let state = form.rejected(error)?;
            rejected(&view(&cx, week, false, Some(state), FormState::scoped("submit"), String::new()).await?)
        }
    }
}

/// The cells whose text is another than what they showed.
fn read(form: &Form, week: Date) -> Result<Vec<Typed>> {
    let days = days_of(week);
    let mut reader = form.reader();
    let mut cells = Vec::new();
    for (name, text) in form.pairs() {
        let Some((key, day)) = name.strip_prefix("c.").and_then(|rest| rest.rsplit_once('.')) else {
            continue;
        };
        let was: i64 = form.value(&format!("was.{key}.{day}")).parse().unwrap_or_default();
        let seconds = if text.trim().is_empty() { Some(0) } else { duration_seconds(text) };
        let Some(seconds) = seconds else {
            reader.error(name, "invalid", "Write a duration, such as 1:30, 1.5 or 90m.");
            continue;
        };
        if seconds == was {
            continue;
        }
        let Some(date) = day.parse::<usize>().ok().and_then(|day| days.get(day)) else { continue };
        let work = if key.starts_with("new") { form.value(&format!("work.{key}")) } else { key };
        match choices::read(work) {
            Some((project, task)) => {
                cells.push(Typed { field: name.clone(), project, task, date: *date, was, seconds })
            }
            None => reader.error(&format!("work.{key}"), "required", "Choose a project or task."),
        }
    }
    for typed in &cells {
        let twice = cells
            .iter()
            .filter(|c| c.project == typed.project && c.task == typed.task && c.date == typed.date)
            .count()
            > 1;
        if twice {
            reader.error(
                &typed.field,
                "twice",
                "This project or task has a row of its own. Write the time there.",
            );
        }
    }
    reader.finish()?;
    Ok(cells)
}

/// POST /app/{workspace}/time/copy
pub async fn copy(cx: Cx, form: Form) -> Result<Response> {
    let week: Date = form.value("week").parse().unwrap_or(cx.today());
    let to = cx.path(&format!("time?week={week}"));
    let toast = match actions::copy_last_week(&cx, week).await {
        Ok(0) => Toast::info("There was nothing to copy into the days that are over."),
        Ok(count) => Toast::success(cx.fmt().plural(
            i64::try_from(count).unwrap_or_default(),
            "entry copied.",
            "entries copied.",
        )),
        Err(error) => {
            Toast::error(error.refusal().ok_or_else(|| rapport_base::Error::message(&error))?.message.clone())
        }
    };
    Ok(redirect_with(&to, toast))
}

/// POST /app/{workspace}/time/submit
pub async fn submit(cx: Cx, form: Form) -> Result<Response> {
    let week: Date = form.value("week").parse().map_err(|_| Refusal::not_found())?;
    let input = sheets::Submission { week, note: form.reader().text("note") };
    match sheets::actions::submit(&cx, &input).await {
        Ok(sheet) => {
            let said = format!("Week submitted with {}.", cx.fmt().duration(sheet.totals.total_seconds));
            Ok(redirect_with(&cx.path(&format!("time?week={}", sheet.week_start)), Toast::success(said)))
        }
        Err(error) => {
            let state = form.rejected(error)?;
            let week = week_of(week, cx.workspace().week_start);
            rejected(&view(&cx, week, false, None, state, "submit-week".into()).await?)
        }
    }
}
