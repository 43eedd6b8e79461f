//! What a guest sees and does. Everything shown here comes from `store`, whose statements
//! read views made for guests: an explicit list of columns and rows, and nothing else.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod deliverables;
pub(crate) mod files;
pub(crate) mod invoices;
pub(crate) mod messages;
pub(crate) mod pages;
pub(crate) mod sight;
pub(crate) mod store;
pub(crate) mod stream;

use jiff::{Timestamp, civil::Date};
use rapport_db::row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

row! {
    /// A project, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestProject {
        /// Id.
        pub id: Uuid,
        /// Name.
        pub name: String,
        /// `planning`, `active`, `on_hold`, `completed` or `cancelled`.
        pub status: String,
        /// First day.
        #[schema(value_type = Option<String>, format = "date")]
        pub start_date: Option<Date>,
        /// Last day.
        #[schema(value_type = Option<String>, format = "date")]
        pub deadline: Option<Date>,
        /// How far it is.
        pub progress_percent: i32,
    }
}

row! {
    /// A milestone, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestMilestone {
        /// Id.
        pub id: Uuid,
        /// Its project.
        pub project_id: Uuid,
        /// Title.
        pub title: String,
        /// What it means.
        pub description: String,
        /// `pending`, `in_progress` or `completed`.
        pub status: String,
        /// When it is to be reached.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// When it was reached.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub completed_at: Option<Timestamp>,
    }
}

row! {
    /// A task, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestTask {
        /// Id.
        pub id: Uuid,
        /// Its project.
        pub project_id: Uuid,
        /// Title.
        pub title: String,
        /// `todo`, `in_progress`, `review` or `done`.
        pub status: String,
        /// When it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
    }
}

row! {
    /// A deliverable, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestDeliverable {
        /// Id.
        pub id: Uuid,
        /// Its project.
        pub project_id: Uuid,
        /// The project's name.
        pub project_name: String,
        /// Title.
        pub title: String,
        /// What it is.
        pub description: String,
        /// `awaiting_approval`, `approved` or `revision_requested`.
        pub status: String,
        /// Number of the newest version.
        pub current_version: i32,
        /// When an answer is wished for.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// When it was sent.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub sent_at: Option<Timestamp>,
        /// When it was decided on.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub decided_at: Option<Timestamp>,
    }
}

row! {
    /// A version of a deliverable, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestVersion {
        /// Number.
        pub number: i32,
        /// The file.
        #[serde(skip)]
        pub file_id: Option<Uuid>,
        /// The file's version.
        #[serde(skip)]
        pub file_version: Option<i32>,
        /// The file's name.
        pub name: Option<String>,
        /// The file's media type.
        pub content_type: Option<String>,
        /// The file's size.
        pub byte_size: Option<i64>,
        /// Where it is, when it is not a file.
        pub url: Option<String>,
        /// When it came.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}

row! {
    /// What was decided on a deliverable.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestDecision {
        /// Id.
        pub id: Uuid,
        /// Which version.
        pub number: i32,
        /// `approved` or `revision_requested`.
        pub decision: String,
        /// What was said.
        pub comment: String,
        /// By whom.
        pub decided_by_name: String,
        /// Proof of what was decided on, SHA-256.
        pub receipt: String,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub decided_at: Timestamp,
    }
}

row! {
    /// An invoice, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestInvoice {
        /// Id.
        pub id: Uuid,
        /// `invoice` or `credit_note`.
        pub kind: String,
        /// Number.
        pub invoice_number: String,
        /// Currency.
        pub currency: String,
        /// Lines in all.
        pub subtotal_cents: i64,
        /// Discount.
        pub discount_cents: i64,
        /// Tax.
        pub tax_cents: i64,
        /// Total.
        pub total_cents: i64,
        /// Paid so far.
        pub paid_cents: i64,
        /// Open.
        pub open_cents: i64,
        /// Date.
        #[schema(value_type = String, format = "date")]
        pub issue_date: Date,
        /// To be paid until.
        #[schema(value_type = String, format = "date")]
        pub due_date: Date,
        /// When it was paid.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub paid_at: Option<Timestamp>,
        /// Printed notes.
        pub notes: String,
        /// Printed terms.
        pub terms: String,
    }
}

impl GuestInvoice {
    /// `open`, `overdue`, `partially_paid`, `paid` or `credit_note`.
    pub(crate) fn status(&self, today: Date) -> &'static str {
        match () {
            () if self.kind == "credit_note" => "credit_note",
            () if self.open_cents == 0 => "paid",
            () if self.due_date < today => "overdue",
            () if self.paid_cents > 0 => "partially_paid",
            () => "open",
        }
    }
}

row! {
    /// A line of an invoice, as printed.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestLine {
        /// What for.
        pub description: String,
        /// More about it.
        pub detail: String,
        /// How much, as text.
        pub quantity: String,
        /// Of what.
        pub unit: String,
        /// Price of one.
        pub unit_price_cents: i64,
        /// Amount.
        pub amount_cents: i64,
    }
}

row! {
    /// Someone who works for the client.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestTeammate {
        /// Name.
        pub name: String,
        /// What they do.
        pub title: Option<String>,
        /// Address.
        pub email: String,
    }
}
