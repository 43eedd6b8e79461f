//! The health of a client: a score with its factors.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod facts;
pub(crate) mod measures;
pub(crate) mod overview;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

rapport_base::id!(
    /// One calculated score.
    HealthScoreId
);

/// One fact behind a factor: `Overdue invoices: 2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// What.
    pub label: String,
    /// How much.
    pub value: String,
}

impl Evidence {
    pub(crate) fn new(label: &str, value: impl std::fmt::Display) -> Self {
        Self { label: label.into(), value: value.to_string() }
    }
}

/// What one measure says of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Factor {
    /// Frozen name: `payment`.
    pub name: String,
    /// 0 to 100; nothing when there is no data.
    pub score: Option<i16>,
    /// How much it counts.
    pub weight: i16,
    /// Points it brings into the score: they sum to it exactly.
    pub points: i16,
    /// Why, in a sentence.
    pub sentence: String,
    /// The facts.
    pub evidence: Vec<Evidence>,
}

/// Why a score was calculated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Something happened to the client: that event.
    Event(Uuid),
    /// The daily look at all clients.
    Daily,
    /// Someone asked.
    Manual,
    /// Weights or thresholds changed.
    Settings,
}

impl Cause {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Cause::Event(_) => "event",
            Cause::Daily => "daily",
            Cause::Manual => "manual",
            Cause::Settings => "settings",
        }
    }
    pub(crate) fn event(self) -> Option<Uuid> {
        match self {
            Cause::Event(id) => Some(id),
            _ => None,
        }
    }
}

/// A score of the past.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PastHealth {
    /// Day, in the workspace's zone.
    #[schema(value_type = String, format = "date")]
    pub day: Date,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub computed_at: Timestamp,
    /// 0 to 100.
    pub score: i16,
    /// Percent of the weights with data behind them.
    pub confidence: i16,
    /// `healthy`, `at_risk` or `critical`.
    pub risk_level: String,
    /// `event`, `daily`, `manual` or `settings`.
    pub cause: String,
    /// The event it was calculated for.
    pub cause_event_id: Option<Uuid>,
    /// What made it.
    pub factors: Vec<Factor>,
}

/// The health of a client now, and how it came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClientHealth {
    /// The client.
    pub client_id: ClientId,
    /// 0 to 100; nothing while there is too little to judge by.
    pub score: Option<i16>,
    /// The score before the last change.
    pub previous_score: Option<i16>,
    /// Percent of the weights with data behind them.
    pub confidence: i16,
    /// `healthy`, `at_risk` or `critical`.
    pub risk_level: Option<String>,
    /// Since when it is so.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub risk_level_since: Option<Timestamp>,
    /// When it was last calculated.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub computed_at: Option<Timestamp>,
    /// What makes it.
    pub factors: Vec<Factor>,
    /// The last 90 days, newest first.
    pub history: Vec<PastHealth>,
}
