//! An expense: a cost for a project, with its receipt.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use clients::ClientId;
use files::FileId;
use garde::Validate;
use jiff::{Timestamp, civil::Date};
use projects::ProjectId;
use rapport_base::{Currency, MemberId};
use rapport_db::row;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::words::words;

rapport_base::id!(
    /// An expense.
    ExpenseId
);

words! {
    /// Where an expense stands.
    ExpenseStatus {
        /// Being filled in.
        Draft = "draft", "Draft", "neutral";
        /// Handed in; waits for a decision.
        Submitted = "submitted", "Submitted", "blue";
        /// Approved; counts as spent.
        Approved = "approved", "Approved", "green";
        /// Given back to be corrected.
        Rejected = "rejected", "Rejected", "red";
        /// On an invoice that went out.
        Invoiced = "invoiced", "Invoiced", "violet";
        /// Paid back to who paid it.
        Reimbursed = "reimbursed", "Paid back", "green";
    }
}

impl ExpenseStatus {
    /// Whether its member may change it.
    #[must_use]
    pub fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Rejected)
    }
}

/// What expenses are for, as offered; others may be typed.
pub const CATEGORIES: &[&str] = &[
    "Travel",
    "Accommodation",
    "Meals",
    "Software",
    "Hosting",
    "Stock and fonts",
    "Printing",
    "Hardware",
    "Advertising",
    "Subcontractor",
    "Mileage",
    "Other",
];

row! {
    /// An expense.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Expense {
        /// Id.
        pub id: ExpenseId,
        /// Who paid it.
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
        /// The day it was paid.
        #[schema(value_type = String, format = "date")]
        pub date: Date,
        /// What it was for.
        pub category: String,
        /// Who was paid.
        pub merchant: String,
        /// More about it.
        pub description: String,
        /// What was paid, in minor units.
        pub amount_cents: i64,
        /// The tax within it.
        pub tax_cents: i64,
        /// Currency: the project's.
        pub currency: Currency,
        /// Whether the client pays for it.
        pub is_billable: bool,
        /// What is added for the client.
        #[schema(value_type = String)]
        pub markup_percent: Decimal,
        /// What the client pays.
        pub billable_cents: i64,
        /// The receipt's file.
        pub receipt_file_id: Option<FileId>,
        /// Where it stands.
        pub status: ExpenseStatus,
        /// When it was handed in.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub submitted_at: Option<Timestamp>,
        /// Who decided on it.
        pub decided_by_name: Option<String>,
        /// When.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub decided_at: Option<Timestamp>,
        /// What was said with the decision.
        pub decision_comment: String,
        /// Whether an invoice or a draft of one holds it.
        pub is_invoiced: bool,
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

/// An expense to be claimed.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExpense {
    /// Project; active, and the member is on its team.
    #[garde(skip)]
    pub project_id: ProjectId,
    /// The day it was paid.
    #[garde(skip)]
    #[schema(value_type = String, format = "date")]
    pub date: Date,
    /// What it was for: `Travel`.
    #[garde(length(chars, min = 1, max = 60))]
    pub category: String,
    /// Who was paid.
    #[garde(length(chars, max = 200))]
    #[serde(default)]
    pub merchant: String,
    /// More about it.
    #[garde(length(chars, max = 2_000))]
    #[serde(default)]
    pub description: String,
    /// What was paid, in minor units.
    #[garde(range(min = 1, max = rapport_base::Money::MAX_MINOR))]
    pub amount_cents: i64,
    /// The tax within it.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    #[serde(default)]
    pub tax_cents: i64,
    /// Currency; the project's, which is also taken when nothing is said.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Whether the client pays for it; true unless said.
    #[garde(skip)]
    pub is_billable: Option<bool>,
    /// What is added for the client, in percent.
    #[garde(skip)]
    #[schema(value_type = Option<f64>)]
    pub markup_percent: Option<Decimal>,
}

/// What changes of an expense.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpenseChange {
    /// Project.
    #[garde(skip)]
    pub project_id: Option<ProjectId>,
    /// The day it was paid.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub date: Option<Date>,
    /// What it was for.
    #[garde(inner(length(chars, min = 1, max = 60)))]
    pub category: Option<String>,
    /// Who was paid.
    #[garde(inner(length(chars, max = 200)))]
    pub merchant: Option<String>,
    /// More about it.
    #[garde(inner(length(chars, max = 2_000)))]
    pub description: Option<String>,
    /// What was paid, in minor units.
    #[garde(inner(range(min = 1, max = rapport_base::Money::MAX_MINOR)))]
    pub amount_cents: Option<i64>,
    /// The tax within it.
    #[garde(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR)))]
    pub tax_cents: Option<i64>,
    /// Currency: the project's.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Whether the client pays for it.
    #[garde(skip)]
    pub is_billable: Option<bool>,
    /// What is added for the client, in percent.
    #[garde(skip)]
    #[schema(value_type = Option<f64>)]
    pub markup_percent: Option<Decimal>,
}

impl ExpenseChange {
    /// The whole expense as it becomes.
    #[must_use]
    pub fn onto(self, old: &Expense) -> NewExpense {
        let project_id = self.project_id.unwrap_or(old.project_id);
        NewExpense {
            project_id,
            date: self.date.unwrap_or(old.date),
            category: self.category.unwrap_or_else(|| old.category.clone()),
            merchant: self.merchant.unwrap_or_else(|| old.merchant.clone()),
            description: self.description.unwrap_or_else(|| old.description.clone()),
            amount_cents: self.amount_cents.unwrap_or(old.amount_cents),
            tax_cents: self.tax_cents.unwrap_or(old.tax_cents),
            currency: self.currency.or((project_id == old.project_id).then_some(old.currency)),
            is_billable: self.is_billable.or(Some(old.is_billable)),
            markup_percent: self.markup_percent.or(Some(old.markup_percent)),
        }
    }
}

/// Which expenses are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExpenseQuery {
    /// Where they stand.
    #[param(value_type = Option<String>)]
    pub status: Option<ExpenseStatus>,
    /// Who paid; everybody's for those who may see it, else one's own.
    pub member_id: Option<uuid::Uuid>,
    /// Project.
    pub project_id: Option<uuid::Uuid>,
    /// Client.
    pub client_id: Option<uuid::Uuid>,
    /// First day.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Last day.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
