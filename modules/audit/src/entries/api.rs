//! The audit log as JSON.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rapport_base::{Limit, Page, Result};
use rapport_web::{Cx, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Entry, store};

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Of one member or contact.
    pub actor_id: Option<Uuid>,
    /// Of one kind: `invoice.voided`.
    pub kind: Option<String>,
    /// About one thing.
    pub subject_id: Option<Uuid>,
    /// From that day on.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// To that day.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// Rows on the page, 50 unless said, at most 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}

impl ListQuery {
    pub(crate) fn filter(&self, zone: &TimeZone) -> store::Filter {
        let start =
            |date: Date| -> Option<Timestamp> { date.to_zoned(zone.clone()).ok().map(|at| at.timestamp()) };
        store::Filter {
            actor_id: self.actor_id,
            kind: self.kind.clone(),
            subject_id: self.subject_id,
            from: self.from.and_then(start),
            before: self.to.map(|day| day.saturating_add(1.day())).and_then(start),
        }
    }
}

/// GET /api/audit
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Entry>>> {
    let limit = Limit::try_new(query.limit)?;
    let tx = cx.read().await?;
    let found =
        store::list(&tx, &query.filter(&cx.workspace().zone()), query.after.as_deref(), limit).await?;
    Ok(axum::Json(found.map(|row| Entry::new(&cx.app, row))))
}
