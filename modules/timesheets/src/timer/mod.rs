//! The timer: what a member works on right now.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod shell;
pub(crate) mod store;

use clients::ClientId;
use garde::Validate;
use jiff::Timestamp;
use projects::{ProjectId, TaskId};
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entries::TimeEntry;

rapport_base::id!(
    /// A running timer.
    TimerId
);

row! {
    /// A running timer.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Timer {
        /// Id.
        pub id: TimerId,
        /// Whose.
        pub member_id: MemberId,
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
        /// What is being done.
        pub description: String,
        /// Whether the client pays for it.
        pub is_billable: bool,
        /// Since when.
        #[schema(value_type = String, format = "date-time")]
        pub started_at: Timestamp,
    }
}

impl Timer {
    /// What it runs for, in few words.
    #[must_use]
    pub fn label(&self) -> &str {
        self.task_title.as_deref().unwrap_or(&self.project_name)
    }
}

/// What to run the timer for.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTimer {
    /// Project; active, and the member is on its team.
    #[garde(skip)]
    pub project_id: ProjectId,
    /// Task of the project.
    #[garde(skip)]
    pub task_id: Option<TaskId>,
    /// What is being done.
    #[garde(length(chars, max = 2_000))]
    #[serde(default)]
    pub description: String,
    /// Whether the client pays for it; true unless said.
    #[garde(skip)]
    pub is_billable: Option<bool>,
}

/// How the timer ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopTimer {
    /// When the work really ended, of a timer that was forgotten; now unless said.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub ended_at: Option<Timestamp>,
}

/// A timer that was started, and what the one before left.
#[derive(Debug, Serialize, ToSchema)]
pub struct Started {
    /// The timer.
    #[serde(flatten)]
    pub timer: Timer,
    /// Entries of the timer that ran before.
    pub stopped: Vec<TimeEntry>,
}
