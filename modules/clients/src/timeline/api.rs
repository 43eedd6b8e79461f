//! The timeline over the API.

use rapport_base::{Limit, Page, Result};
use rapport_web::{Cx, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::TimelineItem;

/// What of the timeline.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct TimelineQuery {
    /// Kinds, repeated or with commas: whole names (`deal.won`) or beginnings (`deal.`).
    pub kinds: Vec<String>,
    /// Rows on the page: 50, at most 200.
    pub limit: Option<u32>,
    /// Cursor of the next page.
    pub after: Option<String>,
}

/// GET /api/clients/{id}/timeline
pub async fn list(cx: Cx, Query(query): Query<TimelineQuery>) -> Result<axum::Json<Page<TimelineItem>>> {
    let limit = Limit::try_new(query.limit)?;
    let wished: Vec<String> = query
        .kinds
        .iter()
        .flat_map(|k| k.split(','))
        .map(|k| k.trim().to_owned())
        .filter(|k| !k.is_empty())
        .collect();
    let tx = cx.read().await?;
    super::list(&cx, &tx, cx.id("id")?, &wished, limit, query.after.as_deref()).await.map(axum::Json)
}
