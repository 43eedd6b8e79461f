//! The timer in the browser.

use askama::Template;
use axum::{
    http::{HeaderMap, Uri, header},
    response::Response,
};
use jiff::civil::DateTime;
use rapport_base::Result;
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, local_path, page, redirect, redirect_with, rejected};

use super::{NewTimer, StopTimer, Timer, actions, rules, store};
use crate::entries::{TimeEntry, choices, pages::refit, rules::plus_days, store as entries};

#[derive(Template)]
#[template(path = "time/timer.html")]
struct Show {
    shell: Shell,
    timer: Option<Timer>,
    is_forgotten: bool,
    places: Vec<Choice>,
    recent: Vec<Recent>,
    form: FormState,
    stopping: FormState,
}

/// Something worked on lately, to be taken up again with one click.
struct Recent {
    work: String,
    title: String,
    project: String,
    description: String,
    is_billable: bool,
}

/// GET /app/{workspace}/time/timer
pub async fn show(cx: Cx) -> Result<Response> {
    page(&view(&cx, FormState::new(), FormState::scoped("stop")).await?)
}

async fn view(cx: &Cx, form: FormState, stopping: FormState) -> Result<Show> {
    let today = cx.today();
    let tx = cx.read().await?;
    let (timer, places, worked, shell) = futures::join!(
        store::find(&tx, cx.member.id),
        entries::workplaces(&tx, cx.member.id),
        entries::of_days(&tx, cx.member.id, plus_days(today, -14), today),
        cx.shell(&tx)
    );
    let (timer, places) = (timer?, choices::choices(&places?));
    Ok(Show {
        shell: shell?.titled("Timer").crumb("Time", cx.path("time")).live("timer."),
        is_forgotten: timer.as_ref().is_some_and(|timer| rules::is_forgotten(timer.started_at, cx.now())),
        timer,
        recent: recent(worked?, &places),
        places,
        form,
        stopping,
    })
}

/// The last different things worked on that can still be worked on, newest first.
fn recent(worked: Vec<TimeEntry>, places: &[Choice]) -> Vec<Recent> {
    let mut recent: Vec<Recent> = Vec::new();
    for entry in worked.into_iter().rev() {
        let work = choices::value(entry.project_id, entry.task_id);
        let known = recent.iter().any(|one| one.work == work && one.description == entry.description);
        if known || !places.iter().any(|choice| choice.value == work) {
            continue;
        }
        let title = entry.task_title.clone().unwrap_or_else(|| entry.project_name.clone());
        recent.push(Recent {
            work,
            title,
            project: entry.project_name,
            description: entry.description,
            is_billable: entry.is_billable,
        });
        if recent.len() == 6 {
            break;
        }
    }
    recent
}

/// POST /app/{workspace}/timer/start
pub async fn start(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response> {
    let work = if form.value("work").is_empty() { form.value("project_id") } else { form.value("work") };
    let (project_id, task_id) = match choices::read(work) {
        Some(work) => work,
        // The button in the head of a page names no project.
        None if form.value("picked").is_empty() => return Ok(redirect(&cx.path("time/timer"))),
        None => {
            let state = form.state().with_error("work", "Choose a project or task.");
            return rejected(&view(&cx, state, FormState::scoped("stop")).await?);
        }
    };
    let input = NewTimer {
        project_id,
        task_id: task_id.or_else(|| form.value("task_id").parse().ok()),
        description: form.reader().text("description"),
        is_billable: Some(!form.reader().checked("non_billable")),
    };
    match actions::start(&cx, &input).await {
        Ok((timer, stopped)) => {
            let said = match stopped.iter().map(TimeEntry::seconds).sum::<i64>() {
                0 => format!("Timer started on {}.", timer.label()),
                before => format!(
                    "Timer started on {}. {} logged before.",
                    timer.label(),
                    cx.fmt().duration(before)
                ),
            };
            Ok(redirect_with(&back(&cx, &headers, &form), Toast::success(said)))
        }
        Err(error) => {
            let state = refit(form.rejected(error)?);
            rejected(&view(&cx, state, FormState::scoped("stop")).await?)
        }
    }
}

/// POST /app/{workspace}/timer/stop
pub async fn stop(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response> {
    let mut reader = form.reader();
    let ended: Option<DateTime> = reader.parse("ended_at", "Write a day and time, such as 2026-11-21T17:30.");
    let made = match reader.finish() {
        Ok(()) => {
            let ended_at =
                ended.map(|civil| civil.to_zoned(cx.zone())).transpose()?.map(|zoned| zoned.timestamp());
            actions::stop(&cx, &StopTimer { ended_at }).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(entries) => {
            let seconds = entries.iter().map(TimeEntry::seconds).sum::<i64>();
            let length = cx.fmt().duration(seconds);
            let toast = match entries.as_slice() {
                [] => Toast::info("Timer stopped. There was nothing new to log."),
                [entry] => Toast::success(format!("{length} logged on {}.", entry.project_name)),
                [entry, ..] => Toast::success(format!(
                    "{length} logged on {} in {} entries.",
                    entry.project_name,
                    entries.len()
                )),
            };
            Ok(redirect_with(&back(&cx, &headers, &form), toast))
        }
        Err(error) if error.is("timesheets.no_timer") => {
            Ok(redirect_with(&back(&cx, &headers, &form), Toast::info(error)))
        }
        Err(error) => {
            let state = form.rejected(error)?;
            rejected(&view(&cx, FormState::new(), state).await?)
        }
    }
}

/// POST /app/{workspace}/timer/discard
pub async fn discard(cx: Cx) -> Result<Response> {
    actions::discard(&cx).await?;
    Ok(redirect_with(&cx.path("time"), Toast::success("Timer thrown away. Nothing was logged.")))
}

/// The page it was pressed on: told by the form, else by the browser, else one's time.
fn back(cx: &Cx, headers: &HeaderMap, form: &Form) -> String {
    let home = cx.path("time");
    let referer = headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<Uri>().ok());
    let before = referer.as_ref().and_then(Uri::path_and_query).map_or("", |path| path.as_str());
    let own =
        |path: &str| path.starts_with(&format!("/app/{}", cx.workspace().slug)) && !path.contains("/timer");
    let wished = if form.value("back").is_empty() { before } else { form.value("back") };
    let to = local_path(wished, &home);
    if own(to) { to.to_owned() } else { home }
}
