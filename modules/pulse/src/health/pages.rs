//! The health of one client in the browser.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use clients::ClientId;
use jiff::{Timestamp, ToSpan, civil::Date};
use rapport_base::Result;
use rapport_ui::{Html, Shell, Toast, chart};
use rapport_web::{Cx, page, redirect_with};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Cause, ClientHealth, Factor, PastHealth, actions,
    rules::{Level, Measure, moves},
    store,
};
use crate::PULSE_RECALCULATE;

/// Changes listed under "What moved it".
const CHANGES: usize = 20;

struct Card {
    label: &'static str,
    icon: &'static str,
    factor: Factor,
    percent: i64,
    tone: &'static str,
}

struct Change {
    at: Timestamp,
    from: Option<i16>,
    to: i16,
    level: Level,
    cause: String,
    moves: String,
}

#[derive(Template)]
#[template(path = "health/show.html")]
struct Show {
    shell: Shell,
    client_id: ClientId,
    health: ClientHealth,
    gauge: Html,
    chart: Html,
    cards: Vec<Card>,
    known: usize,
    changes: Vec<Change>,
    may_recalculate: bool,
}

/// GET /app/{workspace}/clients/{id}/health
pub async fn show(cx: Cx) -> Result<Response> {
    let id: ClientId = cx.id("id")?;
    let tx = cx.read().await?;
    let (client, health, told, shell) = futures::join!(
        clients::visible(&cx, &tx, id),
        actions::health(&tx, id, cx.now()),
        store::told(&tx, id, cx.now() - actions::SHOWN),
        cx.shell(&tx),
    );
    let (client, mut health) = (client?, health?);
    if health.score.is_none() {
        health.factors = actions::sentences(&tx, id, cx.now()).await?;
    }
    let changes = changes(&cx, &health, told?);
    let level = health.risk_level.as_deref().and_then(Level::parse);
    let gauge = match (health.score, level) {
        (Some(score), Some(level)) => chart::gauge(i64::from(score), level.label()),
        _ => Html::default(),
    };
    let cards: Vec<Card> = health.factors.iter().cloned().map(card).collect();
    page(&Show {
        shell: shell?
            .titled(format!("Health of {}", client.company_name))
            .crumb("Clients", cx.path("clients"))
            .crumb(&client.company_name, cx.path(&format!("clients/{id}")))
            .live("health. client. invoice. message. task. milestone. deliverable. portal."),
        client_id: id,
        gauge,
        chart: drawn(&cx, &health, &changes),
        known: cards.iter().filter(|card| card.factor.score.is_some()).count(),
        cards,
        changes,
        may_recalculate: cx.may(PULSE_RECALCULATE),
        health,
    })
}

/// POST /app/{workspace}/clients/{id}/health/recalculate
pub async fn recalculate(cx: Cx) -> Result<Response> {
    let id: ClientId = cx.id("id")?;
    let tx = cx.begin().await?;
    clients::require_visible(&cx, &tx, id).await?;
    actions::recalculate_in(&tx, &[id], Cause::Manual).await?;
    tx.commit().await?;
    Ok(redirect_with(
        &cx.path(&format!("clients/{id}/health")),
        Toast::success("Calculated from what is known now."),
    ))
}

fn card(factor: Factor) -> Card {
    let tone = match factor.score {
        Some(70..) => "green",
        Some(40..) => "amber",
        _ => "red",
    };
    Card {
        tone,
        label: Measure::label(&factor.name),
        icon: Measure::icon(&factor.name),
        percent: factor.score.unwrap_or(0).into(),
        factor,
    }
}

/// What changed the score, newest first, with the event behind it.
fn changes(cx: &Cx, health: &ClientHealth, told: Vec<(Uuid, String, Option<String>, Value)>) -> Vec<Change> {
    let pairs: Vec<(&PastHealth, Option<&PastHealth>)> = health
        .history
        .iter()
        .enumerate()
        .map(|(at, past)| (past, health.history.get(at + 1)))
        .filter(|(past, before)| {
            before.is_none_or(|before| before.score != past.score || before.risk_level != past.risk_level)
        })
        .take(CHANGES)
        .collect();
    let told: HashMap<Uuid, String> = told
        .into_iter()
        .filter_map(|(id, kind, actor, payload)| {
            let info = cx.app.event(&kind).filter(|info| cx.may(info.permission))?;
            Some((id, format!("{} {}", actor.as_deref().unwrap_or("Rapport"), info.summary(&payload))))
        })
        .collect();
    pairs
        .into_iter()
        .map(|(past, before)| Change {
            at: past.computed_at,
            from: before.map(|before| before.score),
            to: past.score,
            level: Level::parse(&past.risk_level).unwrap_or(Level::AtRisk),
            cause: past
                .cause_event_id
                .and_then(|id| told.get(&id).cloned())
                .unwrap_or_else(|| reason(past, before).into()),
            moves: moves(before.map_or(&[][..], |before| &before.factors), &past.factors)
                .iter()
                .map(|(name, points)| format!("{} {points:+}", Measure::label(name)))
                .collect::<Vec<_>>()
                .join(" · "),
        })
        .collect()
}

fn reason(past: &PastHealth, before: Option<&PastHealth>) -> &'static str {
    match past.cause.as_str() {
        "daily" if before.is_none() => "First looked at",
        "daily" => "Time went by",
        "manual" => "Calculated by hand",
        "settings" => "The weights were changed",
        _ => "Something happened to the client",
    }
}

/// The score of each day since the first known one, with marks where something moved it.
fn drawn(cx: &Cx, health: &ClientHealth, changes: &[Change]) -> Html {
    let (Some(first), Some(last)) = (health.history.last(), health.history.first()) else {
        return Html::default();
    };
    let end = cx.today().max(last.day);
    let days: Vec<Date> = std::iter::successors(Some(first.day), |day| day.checked_add(1.day()).ok())
        .take_while(|day| *day <= end)
        .take(120)
        .collect();
    let fmt = cx.fmt();
    let mut of_day: HashMap<Date, i16> = HashMap::new();
    for past in health.history.iter().rev() {
        of_day.insert(past.day, past.score);
    }
    let scores: Vec<i64> = days
        .iter()
        .scan(first.score, |score, day| {
            *score = of_day.get(day).copied().unwrap_or(*score);
            Some(i64::from(*score))
        })
        .collect();
    let zone = cx.workspace().zone();
    let marks = changes.iter().filter(|change| change.from.is_some()).filter_map(|change| {
        let day = change.at.to_zoned(zone.clone()).date();
        Some((days.iter().position(|one| *one == day)?, change.cause.clone()))
    });
    let chart = chart::Chart::new("Health over time")
        .about("The score at the end of each day; marks show what moved it.")
        .labels(days.iter().map(|day| fmt.date_short(*day)))
        .series("Score", scores);
    marks.fold(chart, |chart, (step, text)| chart.mark(step, text)).area()
}
