//! A deliverable: a thing the client approves or sends back, in versions.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod decide;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ClientId, MilestoneId, ProjectId, words::words};

pub use decide::{By, Decider, approve_in, revise_in};
pub use store::{decisions, find_any as find, versions};

rapport_base::id!(
    /// A deliverable.
    DeliverableId
);

words! {
    /// Where a deliverable stands.
    DeliverableStatus {
        /// Not sent yet: guests do not see it.
        Draft = "draft", "Draft";
        /// With the client.
        AwaitingApproval = "awaiting_approval", "Awaiting approval";
        /// The client said yes.
        Approved = "approved", "Approved";
        /// The client wants changes.
        RevisionRequested = "revision_requested", "Revision requested";
    }
}

impl DeliverableStatus {
    /// The tone of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Draft => "neutral",
            Self::AwaitingApproval => "blue",
            Self::Approved => "green",
            Self::RevisionRequested => "amber",
        }
    }
}

words! {
    /// What was decided on a version.
    DecisionKind {
        /// Yes.
        Approved = "approved", "Approved";
        /// Not yet.
        RevisionRequested = "revision_requested", "Revision requested";
    }
}

row! {
    /// A deliverable.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Deliverable {
        /// Id.
        pub id: DeliverableId,
        /// Project.
        pub project_id: ProjectId,
        /// Project's name.
        pub project_name: String,
        /// Project's client.
        pub client_id: ClientId,
        /// Milestone it belongs to.
        pub milestone_id: Option<MilestoneId>,
        /// Title.
        pub title: String,
        /// Description in Markdown, shown to the client.
        pub description: String,
        /// Status.
        pub status: DeliverableStatus,
        /// Number of the newest version; 0 before the first.
        pub current_version: i32,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// When it was last sent for approval.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub sent_at: Option<Timestamp>,
        /// When the client last decided.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub decided_at: Option<Timestamp>,
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

row! {
    /// A version of a deliverable: a file or a link.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct DeliverableVersion {
        /// Which, from 1.
        pub number: i32,
        /// The file.
        pub file_id: Option<Uuid>,
        /// Which version of the file.
        pub file_version: Option<i32>,
        /// The file's name.
        pub file_name: Option<String>,
        /// The file's media type.
        pub content_type: Option<String>,
        /// The file's size.
        pub byte_size: Option<i64>,
        /// The link.
        pub url: Option<String>,
        /// What is new in it.
        pub note: String,
        /// Who added it.
        pub added_by: Option<MemberId>,
        /// Their name.
        pub added_by_name: Option<String>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}

row! {
    /// A decision on a version, with its receipt.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Decision {
        /// Id.
        pub id: Uuid,
        /// Which version.
        pub number: i32,
        /// What was decided.
        pub decision: DecisionKind,
        /// Why, or what should change.
        pub comment: String,
        /// `guest` or `member`.
        pub decided_by_kind: String,
        /// Who.
        pub decided_by_name: String,
        /// SHA-256 over the decision and what was decided on, in hexadecimal digits.
        pub receipt: String,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub decided_at: Timestamp,
    }
}

impl Decision {
    /// Its icon.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.decision {
            DecisionKind::Approved => "badge-check",
            DecisionKind::RevisionRequested => "rotate-ccw",
        }
    }
}

/// A deliverable to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeliverable {
    /// Title.
    #[garde(length(chars, min = 1, max = 300))]
    pub title: String,
    /// Description in Markdown, shown to the client.
    #[garde(length(chars, max = 20_000))]
    #[serde(default)]
    pub description: String,
    /// Milestone it belongs to.
    #[garde(skip)]
    pub milestone_id: Option<MilestoneId>,
    /// Day it is due.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Date>,
}

/// What changes of a deliverable.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverableChange {
    /// Title.
    #[garde(inner(length(chars, min = 1, max = 300)))]
    pub title: Option<String>,
    /// Description in Markdown, shown to the client.
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<String>,
    /// Milestone it belongs to; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>)]
    pub milestone_id: Option<Option<MilestoneId>>,
    /// Day it is due; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Option<Date>>,
}

/// A version by link.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersion {
    /// The link, `https://…`.
    #[garde(length(chars, min = 1, max = 2_000))]
    pub url: String,
    /// What is new in it.
    #[garde(length(chars, max = 2_000))]
    #[serde(default)]
    pub note: String,
    /// Whether to send it to the client for approval at once; yes unless said.
    #[garde(skip)]
    #[serde(default = "yes")]
    pub submit: bool,
}

fn yes() -> bool {
    true
}
