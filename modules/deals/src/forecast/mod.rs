//! What the open deals may bring, by month and by member, and how deals ended lately.

pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use jiff::civil::Date;
use rapport_base::{Currency, MemberId, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{PipelineId, deals::access};

/// Which deals count.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ForecastQuery {
    /// Pipeline.
    #[param(value_type = Option<String>)]
    pub pipeline_id: Option<PipelineId>,
    /// Who has them.
    #[param(value_type = Option<String>)]
    pub assigned_to: Option<MemberId>,
}

/// What deals may bring, in one currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Forecast {
    /// Currency of every figure: the workspace's.
    pub currency: Currency,
    /// Open deals whose decision is overdue, then by month, later ones, and those without a date.
    pub months: Vec<Bucket>,
    /// By member.
    pub owners: Vec<Bucket>,
    /// What was won and lost in the last 90 days.
    pub recent: Recent,
    /// Open deals in other currencies, which no figure counts.
    pub other_currencies: i64,
}

/// A sum of open deals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bucket {
    /// `overdue`, `2026-11`, `later`, `none`; or a member's id.
    pub key: String,
    /// As people read it.
    pub label: String,
    /// Deals.
    pub count: i64,
    /// Plain.
    pub value_cents: i64,
    /// By the chances of winning.
    pub weighted_cents: i64,
}

/// How deals ended lately.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Recent {
    /// Deals won.
    pub won: i64,
    /// Deals lost.
    pub lost: i64,
    /// What was won.
    pub won_cents: i64,
    /// Won of all closed, in percent; null when none closed.
    pub win_rate_percent: Option<i64>,
    /// Days from adding to winning, on average; null when none was won.
    pub cycle_days: Option<i64>,
}

/// The forecast as of a day.
///
/// # Errors
/// A bug when the database refuses.
pub async fn forecast(cx: &Cx, tx: &TenantTx, query: &ForecastQuery) -> Result<Forecast> {
    let assigned = access::only(cx).or(query.assigned_to);
    let currency = cx.workspace().currency;
    let today: Date = cx.now().to_zoned(cx.workspace().zone()).date();
    let since = cx.now() - jiff::SignedDuration::from_hours(24 * 90);
    let (open, recent) = futures::join!(
        store::open(tx, query.pipeline_id, assigned),
        store::recent(tx, query.pipeline_id, assigned, currency, since),
    );
    let open = open?;
    let (own, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|row| row.currency == currency);
    Ok(Forecast {
        currency,
        months: rules::months(&own, today),
        owners: rules::owners(&own),
        recent: rules::recent(&recent?),
        other_currencies: others.iter().map(|row| row.count).sum(),
    })
}
