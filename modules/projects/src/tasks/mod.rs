//! A task: something to be done on a project.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod checklist;
pub(crate) mod comments;
pub(crate) mod labels;
pub(crate) mod my_work;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{MilestoneId, ProjectId, words::words};

pub use actions::create_in;
pub use store::find_any as find;

rapport_base::id!(
    /// A task.
    TaskId
);

words! {
    /// Where a task stands: its column on the board.
    TaskStatus {
        /// Not begun.
        Todo = "todo", "To do";
        /// Being worked on.
        InProgress = "in_progress", "In progress";
        /// To be looked over.
        Review = "review", "Review";
        /// Done.
        Done = "done", "Done";
    }
}

impl TaskStatus {
    /// The tone of its column and badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Todo => "neutral",
            Self::InProgress => "blue",
            Self::Review => "violet",
            Self::Done => "green",
        }
    }
}

words! {
    /// How urgent a task is.
    Priority {
        /// Can wait.
        Low = "low", "Low";
        /// As usual.
        Medium = "medium", "Medium";
        /// Before others.
        High = "high", "High";
        /// Now.
        Urgent = "urgent", "Urgent";
    }
}

impl Priority {
    /// The tone of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Low | Self::Medium => "neutral",
            Self::High => "amber",
            Self::Urgent => "red",
        }
    }
    /// Whether it stands out.
    #[must_use]
    pub fn stands_out(self) -> bool {
        self >= Self::High
    }
}

row! {
    /// A task.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Task {
        /// Id.
        pub id: TaskId,
        /// Project.
        pub project_id: ProjectId,
        /// Project's name.
        pub project_name: String,
        /// Project's client.
        pub client_id: Uuid,
        /// Milestone it leads to.
        pub milestone_id: Option<MilestoneId>,
        /// Title.
        pub title: String,
        /// Description in Markdown.
        pub description: String,
        /// Status.
        pub status: TaskStatus,
        /// Priority.
        pub priority: Priority,
        /// Its place in its column, smallest first.
        pub position: i64,
        /// Who shall do it.
        pub assigned_to: Option<MemberId>,
        /// Their name.
        pub assignee_name: Option<String>,
        /// Day to begin.
        #[schema(value_type = Option<String>, format = "date")]
        pub start_date: Option<Date>,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// Time it should take.
        pub estimated_seconds: Option<i64>,
        /// Rate of an hour on it; absent without `projects.financials`.
        pub hourly_rate_cents: Option<i64>,
        /// Whether the client sees it.
        pub is_client_visible: bool,
        /// Its labels.
        pub labels: Vec<String>,
        /// Steps in all.
        pub checklist_total: i64,
        /// Steps ticked off.
        pub checklist_done: i64,
        /// Comments.
        pub comments: i64,
        /// When it was done.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub completed_at: Option<Timestamp>,
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

/// A task to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// Title.
    #[garde(length(chars, min = 1, max = 300))]
    pub title: String,
    /// Description in Markdown.
    #[garde(length(chars, max = 20_000))]
    #[serde(default)]
    pub description: String,
    /// Status; `todo` unless said.
    #[garde(skip)]
    pub status: Option<TaskStatus>,
    /// Priority; `medium` unless said.
    #[garde(skip)]
    pub priority: Option<Priority>,
    /// Milestone it leads to.
    #[garde(skip)]
    pub milestone_id: Option<MilestoneId>,
    /// Who shall do it.
    #[garde(skip)]
    pub assigned_to: Option<MemberId>,
    /// Day to begin.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub start_date: Option<Date>,
    /// Day it is due.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Date>,
    /// Time it should take.
    #[garde(range(min = 0, max = 36_000_000))]
    pub estimated_seconds: Option<i64>,
    /// Rate of an hour on it.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    pub hourly_rate_cents: Option<i64>,
    /// Whether the client sees it.
    #[garde(skip)]
    #[serde(default)]
    pub is_client_visible: bool,
    /// Labels by name; new ones are made.
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 60)))]
    #[serde(default)]
    pub labels: Vec<String>,
    /// Its place in its column; at the foot unless said.
    #[garde(range(min = -1_000_000_000_000, max = 1_000_000_000_000))]
    pub position: Option<i64>,
}

impl NewTask {
    /// A task of which only the title is known.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            description: String::new(),
            status: None,
            priority: None,
            milestone_id: None,
            assigned_to: None,
            start_date: None,
            due_date: None,
            estimated_seconds: None,
            hourly_rate_cents: None,
            is_client_visible: false,
            labels: Vec::new(),
            position: None,
        }
    }
}

/// What changes of a task.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskChange {
    /// Title.
    #[garde(inner(length(chars, min = 1, max = 300)))]
    pub title: Option<String>,
    /// Description in Markdown.
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<String>,
    /// Status.
    #[garde(skip)]
    pub status: Option<TaskStatus>,
    /// Priority.
    #[garde(skip)]
    pub priority: Option<Priority>,
    /// Milestone it leads to; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>)]
    pub milestone_id: Option<Option<MilestoneId>>,
    /// Who shall do it; null for nobody.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>)]
    pub assigned_to: Option<Option<MemberId>>,
    /// Day to begin; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub start_date: Option<Option<Date>>,
    /// Day it is due; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Option<Date>>,
    /// Time it should take; null for unknown.
    #[garde(inner(inner(range(min = 0, max = 36_000_000))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub estimated_seconds: Option<Option<i64>>,
    /// Rate of an hour on it; null for the usual one.
    #[garde(inner(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub hourly_rate_cents: Option<Option<i64>>,
    /// From which day on a changed rate counts, today or earlier; left out, for all time that is not approved yet.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date")]
    pub rate_from: Option<Date>,
    /// Whether the client sees it.
    #[garde(skip)]
    pub is_client_visible: Option<bool>,
    /// All its labels by name.
    #[garde(inner(length(max = 20), inner(length(chars, min = 1, max = 60))))]
    pub labels: Option<Vec<String>>,
    /// Its place in its column.
    #[garde(inner(range(min = -1_000_000_000_000, max = 1_000_000_000_000)))]
    pub position: Option<i64>,
}

/// Which tasks are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// Project.
    pub project_id: Option<Uuid>,
    /// Status; `open` for those not done.
    pub status: Option<String>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Member, or `me`.
    pub assigned_to: Option<String>,
    /// Milestone.
    pub milestone_id: Option<Uuid>,
    /// Label.
    pub label: Option<String>,
    /// Due on this day or before.
    #[param(value_type = Option<String>, format = "date")]
    pub due_until: Option<Date>,
    /// Part of the title.
    pub search: Option<String>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
