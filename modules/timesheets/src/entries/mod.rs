//! A time entry: work of one member on one day.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod approval;
pub(crate) mod billing;
pub(crate) mod choices;
pub(crate) mod pages;
pub mod rules;
pub(crate) mod store;

use clients::ClientId;
use garde::Validate;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use projects::{ProjectId, TaskId};
use rapport_base::{Currency, FieldError, MemberId, Refusal, Result};
use rapport_db::row;
use rapport_web::Cx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{SheetStatus, TIME_READ_ALL};
use rules::Extent;

rapport_base::id!(
    /// A time entry.
    TimeEntryId
);

row! {
    /// A time entry. Rate and amount are absent for readers without `projects.financials`.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct TimeEntry {
        /// Id.
        pub id: TimeEntryId,
        /// Who worked.
        pub member_id: MemberId,
        /// Their name.
        pub member_name: String,
        /// Project.
        pub project_id: ProjectId,
        /// Project's name.
        pub project_name: String,
        /// Client.
        pub client_id: Option<ClientId>,
        /// Client's name.
        pub client_name: Option<String>,
        /// Task.
        pub task_id: Option<TaskId>,
        /// Task's title.
        pub task_title: Option<String>,
        /// What was done.
        pub description: String,
        /// The day, in the member's zone.
        #[schema(value_type = String, format = "date")]
        pub date: Date,
        /// First day of its week.
        #[schema(value_type = String, format = "date")]
        pub week_start: Date,
        /// From when, if it is known.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub started_at: Option<Timestamp>,
        /// Until when.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub ended_at: Option<Timestamp>,
        /// How long.
        pub duration_seconds: i32,
        /// Whether the client pays for it.
        pub is_billable: bool,
        /// How much of it the client pays for.
        pub billable_seconds: i32,
        /// Why that is another quantity than was worked.
        pub billable_reason: Option<String>,
        /// Rate of an hour, frozen at approval.
        pub billing_rate_cents: Option<i64>,
        /// Billable value.
        pub amount_cents: Option<i64>,
        /// Currency of the rate and the value.
        pub currency: Option<Currency>,
        /// Where its week stands.
        pub timesheet_status: SheetStatus,
        /// Whether an invoice or a draft of one holds it.
        pub is_invoiced: bool,
        /// Counts changes; the `ETag`.
        pub version: i32,
        /// When it was logged.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
    }
}

impl TimeEntry {
    /// The same for those who may not see money.
    #[must_use]
    pub fn without_money(self) -> Self {
        Self { billing_rate_cents: None, amount_cents: None, ..self }
    }
    /// Whether its member may not change it any more.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.is_invoiced || self.timesheet_status.is_locked()
    }
    /// Seconds worked, to be summed up.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.duration_seconds.into()
    }
    /// Whether a manager set another billable quantity.
    #[must_use]
    pub fn is_adjusted(&self) -> bool {
        self.billable_reason.is_some()
    }
}

/// Time to be logged: `date` and `duration_seconds`, or `started_at` and `ended_at`.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTimeEntry {
    /// Project; active, and the member is on its team.
    #[garde(skip)]
    pub project_id: ProjectId,
    /// Task of the project.
    #[garde(skip)]
    pub task_id: Option<TaskId>,
    /// What was done.
    #[garde(length(chars, max = 2_000))]
    #[serde(default)]
    pub description: String,
    /// Whether the client pays for it; true unless said.
    #[garde(skip)]
    pub is_billable: Option<bool>,
    /// The day.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub date: Option<Date>,
    /// How long, at most 12 hours.
    #[garde(skip)]
    pub duration_seconds: Option<i64>,
    /// From when.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub started_at: Option<Timestamp>,
    /// Until when; over midnight it becomes two entries.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub ended_at: Option<Timestamp>,
}

impl NewTimeEntry {
    /// How much was worked.
    ///
    /// # Errors
    /// Neither a day with a length nor a start with an end.
    pub fn extent(&self) -> Result<Extent> {
        match (self.date, self.duration_seconds, self.started_at, self.ended_at) {
            (Some(date), Some(seconds), None, None) => Ok(Extent::Length { date, seconds }),
            (None, None, Some(start), Some(end)) => Ok(Extent::Span { start, end }),
            (None | Some(_), None, None, None) => Err(missing("duration_seconds")),
            (None, Some(_), None, None) => Err(missing("date")),
            (_, _, None, Some(_)) => Err(missing("started_at")),
            (_, _, Some(_), None) => Err(missing("ended_at")),
            _ => Err(Refusal::field(
                "duration_seconds",
                "ambiguous",
                "Send date and duration_seconds, or started_at and ended_at, not both.",
            )
            .into()),
        }
    }
}

fn missing(field: &str) -> rapport_base::Error {
    let message = "Say how much was worked: a day with a duration, or a start with an end.";
    Refusal::invalid(vec![FieldError::new(field, "required", message)]).into()
}

/// What changes of an entry.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeEntryChange {
    /// Project.
    #[garde(skip)]
    pub project_id: Option<ProjectId>,
    /// Task; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<TaskId>)]
    pub task_id: Option<Option<TaskId>>,
    /// What was done.
    #[garde(inner(length(chars, max = 2_000)))]
    pub description: Option<String>,
    /// Whether the client pays for it.
    #[garde(skip)]
    pub is_billable: Option<bool>,
    /// The day.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub date: Option<Date>,
    /// How long; of an entry with start and end it moves the end.
    #[garde(skip)]
    pub duration_seconds: Option<i64>,
    /// From when.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub started_at: Option<Timestamp>,
    /// Until when.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub ended_at: Option<Timestamp>,
}

impl TimeEntryChange {
    /// What an entry's extent becomes.
    ///
    /// # Errors
    /// A day without a length for an entry with start and end, a start without an end.
    pub fn extent(&self, entry: &TimeEntry) -> Result<Extent> {
        let span = entry.started_at.zip(entry.ended_at);
        match (self.date, self.duration_seconds, self.started_at, self.ended_at) {
            (None, None, None, None) => Ok(match span {
                Some((start, end)) => Extent::Span { start, end },
                None => Extent::Length { date: entry.date, seconds: entry.seconds() },
            }),
            (None, Some(seconds), None, None) if span.is_some() => {
                let start = span.map(|(start, _)| start).unwrap_or_default();
                let end = Timestamp::from_second(start.as_second().saturating_add(seconds))
                    .map_err(|_| missing("duration_seconds"))?;
                Ok(Extent::Span { start, end })
            }
            (date, seconds, None, None) if span.is_none() || (date.is_some() && seconds.is_some()) => {
                Ok(Extent::Length {
                    date: date.unwrap_or(entry.date),
                    seconds: seconds.unwrap_or(entry.seconds()),
                })
            }
            (None, None, start, end) => {
                let start = start.or(entry.started_at).ok_or_else(|| missing("started_at"))?;
                let end = end.or(entry.ended_at).ok_or_else(|| missing("ended_at"))?;
                Ok(Extent::Span { start, end })
            }
            (Some(_), None, None, None) => Err(missing("duration_seconds")),
            _ => Err(Refusal::field(
                "duration_seconds",
                "ambiguous",
                "Send date and duration_seconds, or started_at and ended_at, not both.",
            )
            .into()),
        }
    }
}

/// Another billable quantity than was worked.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// What the client pays for; null for what was worked.
    #[garde(inner(range(min = 0, max = 86_400)))]
    pub billable_seconds: Option<i32>,
    /// Why.
    #[garde(length(chars, max = 1_000))]
    #[serde(default)]
    pub reason: String,
}

/// Which entries are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EntryQuery {
    /// Member; everybody's for those who may see it, else one's own.
    pub member_id: Option<uuid::Uuid>,
    /// Project.
    pub project_id: Option<uuid::Uuid>,
    /// Task.
    pub task_id: Option<uuid::Uuid>,
    /// Client.
    pub client_id: Option<uuid::Uuid>,
    /// First day.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Last day.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// Only billable ones, or only others.
    pub is_billable: Option<bool>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}

/// Who works, and where their days and weeks begin.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub member: MemberId,
    pub zone: TimeZone,
    pub week_start: i8,
    pub today: Date,
}

impl Worker {
    pub(crate) fn of(cx: &Cx) -> Self {
        Self {
            member: cx.member.id,
            zone: cx.zone(),
            week_start: cx.workspace().week_start,
            today: cx.today(),
        }
    }
}

/// Whose time a reader asks for and may see: one member's, or with `None` everybody's.
pub(crate) fn whose(cx: &Cx, asked: Option<MemberId>) -> Result<Option<MemberId>> {
    match asked {
        asked if cx.may(TIME_READ_ALL) => Ok(asked),
        None => Ok(Some(cx.member.id)),
        Some(member) if member == cx.member.id => Ok(Some(member)),
        Some(_) => Err(Refusal::not_found().into()),
    }
}
