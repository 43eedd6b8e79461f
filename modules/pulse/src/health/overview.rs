//! The health of all clients in the browser.

use askama::Template;
use axum::response::Response;
use clients::CLIENTS_REVENUE;
use jiff::{SignedDuration, ToSpan};
use rapport_base::Result;
use rapport_ui::{Html, Shell, Tone, chart};
use rapport_web::{Cx, page};

use super::{
    actions::read,
    rules::Level,
    store::{self, OverviewRow},
};
use crate::PULSE_MANAGE;

/// A client in a list of the overview.
struct Line {
    href: String,
    row: OverviewRow,
    level: Level,
    worst: String,
    change: i16,
}

#[derive(Template)]
#[template(path = "health/overview.html")]
struct Overview {
    shell: Shell,
    clients: i64,
    healthy: i64,
    at_risk: i64,
    critical: i64,
    unknown: i64,
    donut: Html,
    lines: Vec<Line>,
    movers: Vec<Line>,
    revenue_at_risk: i64,
    currency: String,
    shows_money: bool,
    may_manage: bool,
}

/// GET /app/{workspace}/health
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let currency = cx.workspace().currency.code().to_owned();
    let year_ago = cx.today().saturating_sub(1.year());
    let month_ago = cx.now() - SignedDuration::from_hours(24 * 30);
    let (distribution, at_risk, movers, shell) = futures::join!(
        store::distribution(&tx),
        store::at_risk(&tx, &currency, year_ago),
        store::movers(&tx, month_ago),
        cx.shell(&tx)
    );
    let distribution = distribution?;
    let of = |level: &str| distribution.iter().find(|(name, _)| name == level).map_or(0, |(_, count)| *count);
    let (healthy, risky, critical, unknown) = (of("healthy"), of("at_risk"), of("critical"), of(""));
    let line = |row: OverviewRow| Line {
        href: cx.path(&format!("clients/{}/health", row.client_id)),
        level: Level::parse(&row.risk_level).unwrap_or(Level::AtRisk),
        worst: worst(&row),
        change: row.previous_score.map_or(0, |before| row.score - before),
        row,
    };
    let lines: Vec<Line> = at_risk?.into_iter().map(line).collect();
    let slices = [
        chart::Slice::new("Healthy", healthy).tone(Tone::Green),
        chart::Slice::new("At risk", risky).tone(Tone::Amber),
        chart::Slice::new("Critical", critical).tone(Tone::Red),
        chart::Slice::new("No score yet", unknown).tone(Tone::Neutral),
    ];
    page(&Overview {
        shell: shell?.titled("Client health").live("health. client."),
        clients: distribution.iter().map(|(_, count)| count).sum(),
        healthy,
        at_risk: risky,
        critical,
        unknown,
        donut: chart::donut("Clients by health", &slices, |count| count.to_string()),
        revenue_at_risk: lines.iter().map(|line| line.row.revenue_cents).sum(),
        lines,
        movers: movers?.into_iter().map(line).collect(),
        currency,
        shows_money: cx.may(CLIENTS_REVENUE),
        may_manage: cx.may(PULSE_MANAGE),
    })
}

/// The sentence of the factor that costs most.
fn worst(row: &OverviewRow) -> String {
    let factors = read(&row.factors);
    let lost = |score: i16, weight: i16| i32::from(100 - score) * i32::from(weight);
    let known =
        factors.into_iter().filter_map(|factor| Some((lost(factor.score?, factor.weight), factor.sentence)));
    known.max_by_key(|(lost, _)| *lost).map(|(_, sentence)| sentence).unwrap_or_default()
}
