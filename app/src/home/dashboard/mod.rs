//! The first page after signing in: what waits for me, how we are doing, what happened.

mod store;

use axum::response::Response;
use jiff::ToSpan;
use rapport_base::Result;
use rapport_db::EventRecord;
use rapport_ui::{Html, Shell, chart};
use rapport_web::{Cx, page};

use self::store::{Figures, MyTask};
use super::first_steps::{self, Step};

/// What refreshes pages that show a bit of everything.
const LIVE: &str = "deal. project. task. milestone. deliverable. time. timer. timesheet. expense. invoice. payment. client. contact. note. message. feedback. file. portal. member. workspace. health.";

/// One thing that happened, ready to be shown.
struct Happened {
    icon: &'static str,
    actor: String,
    summary: String,
    href: Option<String>,
    at: jiff::Timestamp,
}

#[derive(askama::Template)]
#[template(path = "home/dashboard.html")]
struct Dashboard {
    shell: Shell,
    greeting: String,
    steps: Vec<Step>,
    steps_done: usize,
    sample: bool,
    may_sample: bool,
    figures: Figures,
    may_deals: bool,
    may_money: bool,
    week_spark: Html,
    revenue_spark: Html,
    currency: String,
    tasks: Vec<MyTask>,
    activity: Vec<Happened>,
}

impl Dashboard {
    /// The tone of a figure that is best when nothing is counted.
    fn amber(&self, count: &i64) -> &'static str {
        if *count > 0 { "amber" } else { "" }
    }
}

/// `GET /app/{workspace}`.
pub async fn dashboard(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let today = cx.today();
    let week_start = week_of(today, cx.workspace().week_start);
    let echoes = echoes(&cx);
    let (figures, revenue, week, tasks, events, steps, shell) = futures::join!(
        store::figures(&tx, &cx, today, week_start),
        store::revenue_by_month(&tx, cx.workspace().currency.code(), today),
        store::seconds_by_day(&tx, cx.member.id, week_start),
        store::my_tasks(&tx, cx.member.id),
        store::recent(&tx, &echoes, 60),
        first_steps::look(&tx),
        cx.shell(&tx),
    );
    let (figures, steps) = (figures?, steps?);
    let sample = figures.sample_data;
    let steps_done = steps.iter().filter(|step| step.done).count();
    let (revenue, week) = (revenue?, week?);
    page(&Dashboard {
        shell: shell?.titled("Dashboard").live(LIVE),
        greeting: greeting(&cx),
        steps_done,
        steps,
        sample,
        may_sample: cx.may(identity::WORKSPACE_MANAGE),
        figures,
        may_deals: cx.may(deals::DEALS_VALUES),
        may_money: cx.may(invoicing::REPORTS_FINANCIAL),
        week_spark: chart::spark(&week),
        revenue_spark: chart::spark(&revenue),
        currency: cx.workspace().currency.code().to_owned(),
        tasks: tasks?,
        activity: happened(&cx, events?, 12).await?,
    })
}

#[derive(askama::Template)]
#[template(path = "home/activity.html")]
struct Activity {
    shell: Shell,
    activity: Vec<Happened>,
}

/// `GET /app/{workspace}/activity`.
pub async fn activity(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let echoes = echoes(&cx);
    let (events, shell) = futures::join!(store::recent(&tx, &echoes, 400), cx.shell(&tx));
    let activity = happened(&cx, events?, 200).await?;
    page(&Activity { shell: shell?.titled("Activity").live(LIVE), activity })
}

/// Kinds of events that only tell of others.
fn echoes(cx: &Cx) -> Vec<&'static str> {
    cx.app.events.iter().filter(|info| info.is_echo).map(|info| info.kind).collect()
}

/// The newest events that the reader may see.
async fn happened(cx: &Cx, events: Vec<EventRecord>, most: usize) -> Result<Vec<Happened>> {
    let assigned = if cx.may(projects::PROJECTS_READ_ALL) {
        None
    } else {
        let tx = cx.read().await?;
        Some(store::assigned_projects(&tx, cx.member.id).await?)
    };
    let mut shown = Vec::new();
    for event in events {
        let Some(info) = cx.app.event(&event.kind).filter(|info| cx.may(info.permission)) else { continue };
        let hidden = |project: &uuid::Uuid| assigned.as_ref().is_some_and(|mine| !mine.contains(project));
        if event.project_id.as_ref().is_some_and(hidden) {
            continue;
        }
        shown.push(Happened {
            icon: info.icon,
            actor: event.actor_name.clone().unwrap_or_else(|| "Rapport".into()),
            summary: info.summary(&event.payload),
            href: address(cx, &event),
            at: event.at,
        });
        if shown.len() == most {
            break;
        }
    }
    Ok(shown)
}

/// Where the subject of an event is looked at.
fn address(cx: &Cx, event: &EventRecord) -> Option<String> {
    let id = event.subject_id;
    let path = match event.subject_kind.as_str() {
        "client" => format!("clients/{id}"),
        "deal" => format!("deals/{id}"),
        "project" => format!("projects/{id}"),
        "task" => format!("tasks/{id}"),
        "invoice" => format!("invoices/{id}"),
        "portal" => format!("portals/{id}"),
        _ => match (event.project_id, event.client_id) {
            (Some(project), _) => format!("projects/{project}"),
            (None, Some(client)) => format!("clients/{client}"),
            (None, None) => return None,
        },
    };
    Some(cx.path(&path))
}

fn greeting(cx: &Cx) -> String {
    let hour = cx.now().to_zoned(cx.zone()).hour();
    let first = cx.user().name.split_whitespace().next().unwrap_or_default().to_owned();
    match hour {
        5..12 => format!("Good morning, {first}"),
        12..18 => format!("Good afternoon, {first}"),
        _ => format!("Good evening, {first}"),
    }
}

/// The first day of the week a date lies in; `starts_on` is an ISO weekday (1 Monday … 7 Sunday).
fn week_of(date: jiff::civil::Date, starts_on: i8) -> jiff::civil::Date {
    let back = (date.weekday().to_monday_one_offset() - starts_on).rem_euclid(7);
    date.checked_sub(i64::from(back).days()).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::week_of;

    #[test]
    fn a_week_begins_on_the_day_the_workspace_chose() {
        assert_eq!(week_of(date(2026, 11, 21), 1), date(2026, 11, 16));
        assert_eq!(week_of(date(2026, 11, 21), 7), date(2026, 11, 15));
        assert_eq!(week_of(date(2026, 11, 16), 1), date(2026, 11, 16));
    }
}
