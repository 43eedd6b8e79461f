//! A timesheet: one week of one member, handed in and approved as a whole.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use projects::{ProjectId, TaskId};
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{entries::TimeEntry, words::words};

rapport_base::id!(
    /// A timesheet.
    TimesheetId
);

words! {
    /// Where a timesheet stands.
    SheetStatus {
        /// Being filled in.
        Open = "open", "Open", "neutral";
        /// Handed in; waits for a decision.
        Submitted = "submitted", "Submitted", "blue";
        /// Approved.
        Approved = "approved", "Approved", "green";
        /// Given back to be corrected.
        Rejected = "rejected", "Rejected", "red";
    }
}

impl SheetStatus {
    /// Whether its entries cannot be changed.
    #[must_use]
    pub fn is_locked(self) -> bool {
        matches!(self, Self::Submitted | Self::Approved)
    }
}

row! {
    /// A timesheet as it lies in the database.
    #[derive(Clone, Debug)]
    pub struct SheetRow {
        /// Id.
        pub id: TimesheetId,
        /// Whose.
        pub member_id: MemberId,
        /// Their name.
        pub member_name: String,
        /// First day of the week.
        pub week_start: Date,
        /// Where it stands.
        pub status: SheetStatus,
        /// What its member said about it.
        pub note: String,
        /// When it was handed in.
        pub submitted_at: Option<Timestamp>,
        /// Who decided on it.
        pub decided_by: Option<MemberId>,
        /// Their name.
        pub decided_by_name: Option<String>,
        /// When.
        pub decided_at: Option<Timestamp>,
        /// What was said with the decision.
        pub decision_comment: String,
        /// Counts changes.
        pub version: i32,
    }
}

/// A timesheet with its days and totals.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Timesheet {
    /// Id; none until something was logged in the week.
    pub id: Option<TimesheetId>,
    /// Whose.
    pub member_id: MemberId,
    /// Their name.
    pub member_name: String,
    /// First day of the week.
    #[schema(value_type = String, format = "date")]
    pub week_start: Date,
    /// Last day of the week.
    #[schema(value_type = String, format = "date")]
    pub week_end: Date,
    /// Where it stands.
    pub status: SheetStatus,
    /// What its member said about it.
    pub note: String,
    /// When it was handed in.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub submitted_at: Option<Timestamp>,
    /// Who decided on it.
    pub decided_by: Option<MemberId>,
    /// Their name.
    pub decided_by_name: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub decided_at: Option<Timestamp>,
    /// What was said with the decision.
    pub decision_comment: String,
    /// Each day.
    pub days: Vec<SheetDay>,
    /// Each project and task, over the days.
    pub rows: Vec<SheetLine>,
    /// The week.
    pub totals: Totals,
    /// Its entries.
    pub entries: Vec<TimeEntry>,
    /// Counts changes.
    pub version: i32,
}

/// A day of a timesheet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetDay {
    /// The day.
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    /// What was worked and billable.
    #[serde(flatten)]
    pub totals: Totals,
}

/// What was worked in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totals {
    /// Time worked.
    pub total_seconds: i64,
    /// What the clients pay for.
    pub billable_seconds: i64,
    /// In how many entries.
    pub entries: i64,
}

/// A project and task with what was worked on each day of the week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SheetLine {
    /// Project.
    pub project_id: ProjectId,
    /// Project's name.
    pub project_name: String,
    /// Client's name.
    pub client_name: Option<String>,
    /// Task.
    pub task_id: Option<TaskId>,
    /// Task's title.
    pub task_title: Option<String>,
    /// Seconds of each of the seven days.
    pub seconds: Vec<i64>,
    /// Seconds of the week.
    pub total_seconds: i64,
}

row! {
    /// A timesheet in a list.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct SheetSummary {
        /// Id.
        pub id: TimesheetId,
        /// Whose.
        pub member_id: MemberId,
        /// Their name.
        pub member_name: String,
        /// First day of the week.
        #[schema(value_type = String, format = "date")]
        pub week_start: Date,
        /// Where it stands.
        pub status: SheetStatus,
        /// What its member said about it.
        pub note: String,
        /// When it was handed in.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub submitted_at: Option<Timestamp>,
        /// Who decided on it.
        pub decided_by_name: Option<String>,
        /// When.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub decided_at: Option<Timestamp>,
        /// Time worked.
        pub total_seconds: i64,
        /// What the clients pay for.
        pub billable_seconds: i64,
    }
}

row! {
    /// Something that was decided on a sheet.
    #[derive(Clone, Debug)]
    pub struct Decision {
        /// Id.
        pub id: Uuid,
        /// `submitted`, `approved`, `rejected` or `reopened`.
        pub decision: String,
        /// By whom.
        pub decided_by_name: String,
        /// What was said with it.
        pub comment: String,
        /// Time worked then.
        pub total_seconds: i64,
        /// When.
        pub decided_at: Timestamp,
    }
}

impl Decision {
    /// The icon on the sheet's history.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.decision.as_str() {
            "submitted" => "send",
            "approved" => "check",
            "rejected" => "x",
            _ => "undo-2",
        }
    }
}

row! {
    /// Someone whose sheet of a week is missing.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Missing {
        /// Who.
        pub member_id: MemberId,
        /// Their name.
        pub member_name: String,
        /// Where their sheet stands, if there is one.
        pub status: Option<SheetStatus>,
        /// What they logged in that week.
        pub total_seconds: i64,
    }
}

impl Missing {
    /// Whether the sheet was handed in and came back.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.status == Some(SheetStatus::Rejected)
    }
}

/// Which timesheet.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SheetQuery {
    /// A day of the week; today unless said.
    #[param(value_type = Option<String>, format = "date")]
    pub week: Option<Date>,
    /// Whose; one's own unless said.
    pub member_id: Option<Uuid>,
}

/// A page of the sheets that wait.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct WaitingQuery {
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}

/// A week to hand in.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// A day of the week.
    #[garde(skip)]
    #[schema(value_type = String, format = "date")]
    pub week: Date,
    /// What to say about it.
    #[garde(length(chars, max = 5_000))]
    #[serde(default)]
    pub note: String,
}

/// What is said with a decision.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The comment.
    #[garde(length(chars, max = 5_000))]
    #[serde(default)]
    pub comment: String,
}

/// Days to close.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodLock {
    /// The last day that is closed; null opens all.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub locked_until: Option<Date>,
    /// Days after it until it holds.
    #[garde(range(min = 0, max = 60))]
    #[serde(default)]
    pub grace_days: i16,
}

/// What a member worked in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberTotals {
    /// Who.
    pub member_id: MemberId,
    /// Their name.
    pub member_name: String,
    /// Time worked.
    pub total_seconds: i64,
    /// What the clients pay for.
    pub billable_seconds: i64,
}
