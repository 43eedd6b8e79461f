//! A milestone: a dated checkpoint of a project that may carry an amount to bill.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod billing;
pub(crate) mod pages;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::Currency;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ProjectId, words::words};

pub use billing::{invoiced_in, release_in, reserve_in};

rapport_base::id!(
    /// A milestone.
    MilestoneId
);

words! {
    /// Where a milestone stands.
    MilestoneStatus {
        /// Not begun.
        Pending = "pending", "Pending";
        /// Being worked towards.
        InProgress = "in_progress", "In progress";
        /// Reached.
        Completed = "completed", "Completed";
    }
}

impl MilestoneStatus {
    /// The tone of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Pending => "neutral",
            Self::InProgress => "blue",
            Self::Completed => "green",
        }
    }
}

row! {
    /// A milestone. Its amount is absent for readers without `projects.financials`.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Milestone {
        /// Id.
        pub id: MilestoneId,
        /// Project.
        pub project_id: ProjectId,
        /// Title.
        pub title: String,
        /// Description in Markdown.
        pub description: String,
        /// Status.
        pub status: MilestoneStatus,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// When it was reached.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub completed_at: Option<Timestamp>,
        /// Amount to bill.
        pub amount_cents: Option<i64>,
        /// Currency of the amount.
        pub currency: Currency,
        /// Whether the client sees it.
        pub is_client_visible: bool,
        /// The invoice that holds its amount.
        pub invoice_id: Option<Uuid>,
        /// Its place, smallest first.
        pub position: i64,
        /// Tasks that lead to it.
        pub tasks_total: i64,
        /// Those done.
        pub tasks_done: i64,
        /// Counts changes; the `ETag`.
        pub version: i32,
        /// When it was added.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
    }
}

/// A milestone to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMilestone {
    /// Title.
    #[garde(length(chars, min = 1, max = 300))]
    pub title: String,
    /// Description in Markdown.
    #[garde(length(chars, max = 20_000))]
    #[serde(default)]
    pub description: String,
    /// Status; `pending` unless said.
    #[garde(skip)]
    pub status: Option<MilestoneStatus>,
    /// Day it is due.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Date>,
    /// Amount to bill.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    pub amount_cents: Option<i64>,
    /// Whether the client sees it; yes unless said.
    #[garde(skip)]
    pub is_client_visible: Option<bool>,
}

/// What changes of a milestone.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneChange {
    /// Title.
    #[garde(inner(length(chars, min = 1, max = 300)))]
    pub title: Option<String>,
    /// Description in Markdown.
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<String>,
    /// Status; `completed` offers its amount for billing.
    #[garde(skip)]
    pub status: Option<MilestoneStatus>,
    /// Day it is due; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Option<Date>>,
    /// Amount to bill; null for none.
    #[garde(inner(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub amount_cents: Option<Option<i64>>,
    /// Whether the client sees it.
    #[garde(skip)]
    pub is_client_visible: Option<bool>,
}
