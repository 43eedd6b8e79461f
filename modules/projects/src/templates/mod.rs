//! A template: the shape of a project, to start others from.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod apply;
pub(crate) mod defaults;
pub(crate) mod pages;
pub(crate) mod store;

use garde::Validate;
use jiff::{ToSpan, civil::Date};
use rapport_base::Currency;
use rapport_db::row;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{members::MemberRole, projects::BillingType, tasks::Priority};

rapport_base::id!(
    /// A project template.
    TemplateId
);

row! {
    /// A template.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Template {
        /// Id.
        pub id: TemplateId,
        /// Name.
        pub name: String,
        /// Description that its projects start with.
        pub description: String,
        /// How its projects are billed.
        pub billing_type: BillingType,
        /// Budget in minor units.
        pub budget_cents: Option<i64>,
        /// Budget of time.
        pub budget_seconds: Option<i64>,
        /// Currency of the budget.
        pub currency: Option<Currency>,
        /// Days from the start to the deadline.
        pub duration_days: Option<i32>,
        /// Whether won deals take it.
        pub is_default: bool,
        /// Tasks it makes.
        pub tasks: i64,
        /// Milestones it makes.
        pub milestones: i64,
        /// Counts changes; the `ETag`.
        pub version: i32,
    }
}

impl Template {
    /// The deadline of a project that starts on a day.
    #[must_use]
    pub fn deadline_from(&self, start: Date) -> Option<Date> {
        self.duration_days.and_then(|days| start.checked_add(i64::from(days).days()).ok())
    }
}

row! {
    /// A milestone that a template makes.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct TemplateMilestone {
        /// Id.
        pub id: Uuid,
        /// Title.
        pub title: String,
        /// Description.
        pub description: String,
        /// Days from the start to the due date.
        pub due_after_days: Option<i32>,
        /// Amount to bill.
        pub amount_cents: Option<i64>,
        /// Share of the deal's value or the budget to bill, in percent.
        #[schema(value_type = Option<String>)]
        pub amount_percent: Option<Decimal>,
        /// Whether the client sees it.
        pub is_client_visible: bool,
    }
}

row! {
    /// A task that a template makes.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct TemplateTask {
        /// Id.
        pub id: Uuid,
        /// Milestone of the template it leads to.
        pub milestone_id: Option<Uuid>,
        /// Title.
        pub title: String,
        /// Description.
        pub description: String,
        /// Priority.
        pub priority: Priority,
        /// Who gets it: whoever has this role on the project.
        pub assignee_role: Option<MemberRole>,
        /// Days from the start to the due date.
        pub due_after_days: Option<i32>,
        /// Time it should take.
        pub estimated_seconds: Option<i64>,
        /// Whether the client sees it.
        pub is_client_visible: bool,
    }
}

/// A template with all it makes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shape {
    /// The template.
    #[serde(flatten)]
    pub template: Template,
    /// Milestones, in order.
    #[serde(rename = "milestone_list")]
    pub milestones: Vec<TemplateMilestone>,
    /// Tasks, in order.
    #[serde(rename = "task_list")]
    pub tasks: Vec<TemplateTask>,
}

/// A template to be made of a project.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// The project whose shape it takes.
    #[garde(skip)]
    pub project_id: crate::ProjectId,
    /// Name.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: String,
    /// Whether won deals shall take it.
    #[garde(skip)]
    #[serde(default)]
    pub is_default: bool,
}

/// What changes of a template.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateChange {
    /// Name.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    pub name: Option<String>,
    /// Description that its projects start with.
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<String>,
    /// How its projects are billed.
    #[garde(skip)]
    pub billing_type: Option<BillingType>,
    /// Budget of time; null for none.
    #[garde(inner(inner(range(min = 0, max = 3_600_000_000))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i64>)]
    pub budget_seconds: Option<Option<i64>>,
    /// Days from the start to the deadline; null for none.
    #[garde(inner(inner(range(min = 0, max = 3_650))))]
    #[serde(default, deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<i32>)]
    pub duration_days: Option<Option<i32>>,
    /// Make it the one that won deals take.
    #[garde(skip)]
    pub is_default: Option<bool>,
}
