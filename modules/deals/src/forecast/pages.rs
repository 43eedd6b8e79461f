//! The forecast's page.

use askama::Template;
use axum::response::Response;
use rapport_base::{MemberId, Result};
use rapport_ui::{Html, ListState, Shell, chart::Chart};
use rapport_web::{Cx, Query, page};
use serde::Deserialize;

use super::{Forecast, ForecastQuery, forecast};
use crate::{deals::forms, pipelines};

/// Filters of the page, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    pipeline_id: Option<String>,
    assigned_to: Option<String>,
}

#[derive(Template)]
#[template(path = "deals/forecast.html")]
struct Page {
    shell: Shell,
    list: ListState,
    forecast: Forecast,
    chart: Html,
    members: Vec<(MemberId, String)>,
    pipelines: Vec<(String, String)>,
    open_cents: i64,
    weighted_cents: i64,
    is_empty: bool,
}

/// GET /app/{workspace}/deals/forecast
pub async fn show(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let tx = cx.report().await?;
    let filters = ForecastQuery {
        pipeline_id: query.pipeline_id.as_deref().and_then(|id| id.parse().ok()),
        assigned_to: query.assigned_to.as_deref().and_then(|id| id.parse().ok()),
    };
    let (forecast, shell, members, all) = futures::join!(
        forecast(&cx, &tx, &filters),
        cx.shell(&tx),
        forms::members(&tx),
        pipelines::store::list(&tx)
    );
    let forecast = forecast?;
    let fmt = cx.fmt();
    let months = &forecast.months;
    let chart = Chart::new("Open deals by month")
        .about("By the month in which they should be decided: what is likely, and what more there is to win.")
        .labels(months.iter().map(|month| month.label.clone()))
        .series("Weighted", months.iter().map(|month| month.weighted_cents))
        .series("Rest of the value", months.iter().map(|month| month.value_cents - month.weighted_cents))
        .format(|cents| fmt.money_short(cents, forecast.currency))
        .stacked();
    page(&Page {
        shell: shell?.titled("Deals").live("deal."),
        list: ListState {
            path: cx.path("deals/forecast"),
            query: vec![
                ("pipeline_id".into(), query.pipeline_id.unwrap_or_default()),
                ("assigned_to".into(), query.assigned_to.unwrap_or_default()),
            ],
            noun: ("deal", "deals"),
            ..ListState::default()
        },
        open_cents: months.iter().map(|month| month.value_cents).sum(),
        weighted_cents: months.iter().map(|month| month.weighted_cents).sum(),
        is_empty: months.iter().all(|month| month.count == 0),
        chart,
        forecast,
        members: members?,
        pipelines: all?.into_iter().map(|pipeline| (pipeline.id.to_string(), pipeline.name)).collect(),
    })
}
