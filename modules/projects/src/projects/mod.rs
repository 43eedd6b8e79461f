//! A project: the delivery of a won deal or a retainer for one client.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod head;
pub(crate) mod open;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod store;

use clients::ClientId;
use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::{Currency, MemberId};
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{TemplateId, words::words};

rapport_base::id!(
    /// A project.
    ProjectId
);

words! {
    /// Where a project stands.
    ProjectStatus {
        /// Not begun.
        Planning = "planning", "Planning";
        /// Under way: time may be logged.
        Active = "active", "Active";
        /// Paused.
        OnHold = "on_hold", "On hold";
        /// Finished.
        Completed = "completed", "Completed";
        /// Given up.
        Cancelled = "cancelled", "Cancelled";
    }
}

impl ProjectStatus {
    /// The tone of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Planning => "violet",
            Self::Active => "blue",
            Self::OnHold => "amber",
            Self::Completed => "green",
            Self::Cancelled => "neutral",
        }
    }
    /// Whether work on it goes on or is to come.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planning | Self::Active | Self::OnHold)
    }
}

words! {
    /// How a project is billed.
    BillingType {
        /// By the hour.
        Hourly = "hourly", "Hourly";
        /// For a fixed price.
        Fixed = "fixed", "Fixed price";
        /// By the period.
        Retainer = "retainer", "Retainer";
        /// Not at all.
        NonBillable = "non_billable", "Not billable";
    }
}

row! {
    /// A project with its progress. Money is absent for readers without `projects.financials`.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Project {
        /// Id.
        pub id: ProjectId,
        /// Client.
        pub client_id: ClientId,
        /// Client's name.
        pub client_name: String,
        /// Deal it came from.
        pub deal_id: Option<Uuid>,
        /// Template it was made from.
        pub template_id: Option<TemplateId>,
        /// Name.
        pub name: String,
        /// Description in Markdown.
        pub description: String,
        /// Status.
        pub status: ProjectStatus,
        /// How it is billed.
        pub billing_type: BillingType,
        /// Currency of its money.
        pub currency: Currency,
        /// Budget in minor units.
        pub budget_cents: Option<i64>,
        /// Budget of time.
        pub budget_seconds: Option<i64>,
        /// Rate of an hour, where no task or member has one of its own.
        pub hourly_rate_cents: Option<i64>,
        /// First day.
        #[schema(value_type = Option<String>, format = "date")]
        pub start_date: Option<Date>,
        /// Day it should be done.
        #[schema(value_type = Option<String>, format = "date")]
        pub deadline: Option<Date>,
        /// When it was completed.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub completed_at: Option<Timestamp>,
        /// Billable value of its time and expenses.
        pub spent_cents: Option<i64>,
        /// Time worked.
        pub logged_seconds: i64,
        /// Tasks in all.
        pub tasks_total: i64,
        /// Tasks done.
        pub tasks_done: i64,
        /// How far it is.
        pub progress_percent: i32,
        /// Counts changes; the `ETag`.
        pub version: i32,
        /// When it was opened.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
        /// When something last happened on it.
        #[schema(value_type = String, format = "date-time")]
        pub last_activity_at: Timestamp,
    }
}

impl Project {
    /// The same for those who may not see money.
    #[must_use]
    pub fn without_money(mut self) -> Self {
        self.budget_cents = None;
        self.hourly_rate_cents = None;
        self.spent_cents = None;
        self
    }
    /// Whether time may be logged on it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == ProjectStatus::Active
    }
}

/// A project to be opened.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Client.
    #[garde(skip)]
    pub client_id: ClientId,
    /// Deal it comes from.
    #[garde(skip)]
    pub deal_id: Option<Uuid>,
    /// Template to take tasks and milestones from.
    #[garde(skip)]
    pub template_id: Option<TemplateId>,
    /// Name.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: String,
    /// Description in Markdown.
    #[garde(length(chars, max = 20_000))]
    #[serde(default)]
    pub description: String,
    /// Status; `active` unless said.
    #[garde(skip)]
    pub status: Option<ProjectStatus>,
    /// How it is billed; as the template says, else `hourly`.
    #[garde(skip)]
    pub billing_type: Option<BillingType>,
    /// Currency; the client's unless said.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Budget in minor units.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    pub budget_cents: Option<i64>,
    /// Budget of time.
    #[garde(range(min = 0, max = 3_600_000_000))]
    pub budget_seconds: Option<i64>,
    /// Rate of an hour.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    pub hourly_rate_cents: Option<i64>,
    /// First day.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub start_date: Option<Date>,
    /// Day it should be done.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub deadline: Option<Date>,
}

/// What changes of a project.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChange {
    /// Name.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    pub name: Option<String>,
    /// Description in Markdown.
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<String>,
    /// Status.
    #[garde(skip)]
    pub status: Option<ProjectStatus>,
    /// How it is billed.
    #[garde(skip)]
    pub billing_type: Option<BillingType>,
    /// Budget in minor units; null for none.
    #[garde(inner(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub budget_cents: Option<Option<i64>>,
    /// Budget of time; null for none.
    #[garde(inner(inner(range(min = 0, max = 3_600_000_000))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub budget_seconds: Option<Option<i64>>,
    /// Rate of an hour; null for none.
    #[garde(inner(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub hourly_rate_cents: Option<Option<i64>>,
    /// From which day on a changed rate counts, today or earlier; left out, for all time that is not approved yet.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date")]
    pub rate_from: Option<Date>,
    /// First day; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub start_date: Option<Option<Date>>,
    /// Day it should be done; null for none.
    #[garde(skip)]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub deadline: Option<Option<Date>>,
}

impl ProjectChange {
    /// Whether it touches money.
    #[must_use]
    pub fn is_financial(&self) -> bool {
        self.budget_cents.is_some() || self.hourly_rate_cents.is_some()
    }
}

/// A won deal, as far as the project that delivers it needs it.
#[derive(Clone, Debug)]
pub struct WonDealInfo {
    /// The deal.
    pub deal_id: Uuid,
    /// Its client.
    pub client_id: ClientId,
    /// Its title, which names the project.
    pub title: String,
    /// Its value in minor units.
    pub value_cents: i64,
    /// Currency of the value.
    pub currency: Currency,
    /// The template to use; the workspace's default unless said.
    pub template_id: Option<Uuid>,
    /// Who leads the project.
    pub assigned_to: Option<MemberId>,
    /// What was sold.
    pub description: Option<String>,
}

/// Which projects are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ProjectQuery {
    /// Words of the name, or of the client's.
    pub search: Option<String>,
    /// Status; `open` for those not completed or cancelled.
    pub status: Option<String>,
    /// Client.
    pub client_id: Option<Uuid>,
    /// Member assigned.
    pub member_id: Option<Uuid>,
    /// Deal.
    pub deal_id: Option<Uuid>,
    /// `name` (default), `-created_at`, `-activity` or `deadline`.
    pub sort: Option<String>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
