//! Invoices: what is owed.

pub(crate) mod actions;
pub(crate) mod amounts;
pub(crate) mod api;
pub(crate) mod draft;
pub(crate) mod editor;
pub(crate) mod issue;
pub(crate) mod lines;
pub(crate) mod list;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod show;
pub(crate) mod store;

use clients::ClientId;
use garde::Validate;
use jiff::{Timestamp, civil::Date};
use projects::ProjectId;
use rapport_base::Currency;
use rapport_db::row;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    sources::{GroupBy, SourceKind, SourceRef},
    tax_rates::TaxRateId,
    words::{maybe_number, number},
};

pub use rules::Status;

rapport_base::id!(
    /// An invoice.
    InvoiceId
);
rapport_base::id!(
    /// A line of an invoice.
    LineId
);

row! {
    /// An invoice, without its lines.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Invoice {
        /// Id.
        pub id: InvoiceId,
        /// Number, given when it is issued.
        pub invoice_number: Option<String>,
        /// Client.
        pub client_id: ClientId,
        /// Client's name.
        pub client_name: String,
        /// Project, when it bills for one only.
        #[schema(value_type = Option<String>, format = "uuid")]
        pub project_id: Option<ProjectId>,
        /// Project's name.
        pub project_name: Option<String>,
        /// What the first line says.
        pub about: Option<String>,
        /// What was done with it: `draft`, `issued` or `void`.
        pub state: String,
        /// Currency.
        pub currency: Currency,
        /// To the currency of the workspace, frozen when it is issued; none while unknown.
        #[serde(serialize_with = "maybe_number")]
        #[schema(value_type = Option<f64>)]
        pub exchange_rate: Option<Decimal>,
        /// Whether prices hold the tax already.
        pub prices_include_tax: bool,
        /// Where tax is rounded: `line` or `invoice`.
        pub tax_rounding: String,
        /// Sum of the lines.
        pub subtotal_cents: i64,
        /// Discount on the whole.
        pub discount_cents: i64,
        /// Tax.
        pub tax_cents: i64,
        /// What is owed in all.
        pub total_cents: i64,
        /// What was paid.
        pub paid_cents: i64,
        /// What was credited.
        pub credited_cents: i64,
        /// Day of issue.
        #[schema(value_type = Option<String>, format = "date")]
        pub issue_date: Option<Date>,
        /// Day it is due.
        #[schema(value_type = Option<String>, format = "date")]
        pub due_date: Option<Date>,
        /// First day of what it bills.
        #[schema(value_type = Option<String>, format = "date")]
        pub period_from: Option<Date>,
        /// Last day of what it bills.
        #[schema(value_type = Option<String>, format = "date")]
        pub period_to: Option<Date>,
        /// The client's purchase-order number.
        pub purchase_order: String,
        /// Words to the client.
        pub notes: String,
        /// Terms of payment.
        pub terms: String,
        /// Whether the time behind it is printed on pages of its own.
        pub shows_timesheet: bool,
        /// When it was issued.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub issued_at: Option<Timestamp>,
        /// When it first went out.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub sent_at: Option<Timestamp>,
        /// When the client first looked at it.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub viewed_at: Option<Timestamp>,
        /// When it was settled.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub paid_at: Option<Timestamp>,
        /// When it was taken back.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub voided_at: Option<Timestamp>,
        /// Why it was taken back.
        pub void_reason: Option<String>,
        /// When it was drafted.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it last changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
        /// Counts changes; goes into `If-Match`.
        pub version: i32,
    }
}

impl Invoice {
    /// What is still to be paid.
    #[must_use]
    pub fn open_cents(&self) -> i64 {
        (self.total_cents - self.paid_cents - self.credited_cents).max(0)
    }
    /// Where it stands on a day.
    #[must_use]
    pub fn status(&self, today: Date) -> Status {
        rules::status(self, today)
    }
    /// Whether it can still change.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.state == "draft"
    }
    /// Its number, or that it is a draft.
    #[must_use]
    pub fn title(&self) -> String {
        self.invoice_number.clone().unwrap_or_else(|| "Draft".into())
    }
}

/// An invoice as lists and answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceShown {
    /// The invoice.
    #[serde(flatten)]
    pub invoice: Invoice,
    /// Where it stands: `draft`, `sent` (issued; `sent_at` says whether by mail), `viewed`,
    /// `partially_paid`, `paid`, `overdue` or `void`.
    pub status: Status,
    /// What is still to be paid.
    pub open_cents: i64,
}

impl InvoiceShown {
    pub(crate) fn new(invoice: Invoice, today: Date) -> Self {
        Self { status: invoice.status(today), open_cents: invoice.open_cents(), invoice }
    }
}

row! {
    /// A line.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    #[schema(as = InvoiceLine)]
    pub struct Line {
        /// Id.
        #[schema(value_type = String, format = "uuid")]
        pub id: LineId,
        /// Place, from 0.
        pub position: i32,
        /// What it is.
        pub description: String,
        /// More about it.
        pub detail: String,
        /// How many.
        #[serde(serialize_with = "number")]
        #[schema(value_type = f64)]
        pub quantity: Decimal,
        /// Of what: `h`, `pcs`.
        pub unit: String,
        /// Price of one.
        pub unit_price_cents: i64,
        /// Discount in percent.
        #[serde(serialize_with = "number")]
        #[schema(value_type = f64)]
        pub discount_percent: Decimal,
        /// Discount.
        pub discount_cents: i64,
        /// Quantity by price less discount.
        pub amount_cents: i64,
        /// Tax on it.
        pub tax_cents: i64,
        /// What it was made from: `time`, `expense`, `milestone` or `free`.
        pub source_kind: String,
        /// Project.
        #[schema(value_type = Option<String>, format = "uuid")]
        pub project_id: Option<ProjectId>,
    }
}

row! {
    /// A tax on a line, as it was when it was chosen.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct LineTax {
        /// The line.
        #[serde(skip)]
        #[schema(ignore)]
        pub line_id: LineId,
        /// The rate it was copied from.
        #[schema(value_type = Option<String>, format = "uuid")]
        pub tax_rate_id: Option<TaxRateId>,
        /// Name.
        pub name: String,
        /// Percent.
        #[serde(serialize_with = "number")]
        #[schema(value_type = f64)]
        pub percent: Decimal,
        /// Reckoned on the taxes before it too.
        pub is_compound: bool,
        /// Why nothing is charged.
        pub exemption_reason: Option<String>,
        /// What it is reckoned on.
        pub base_cents: i64,
        /// The tax.
        pub tax_cents: i64,
    }
}

row! {
    /// A row of the tax summary.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct TaxTotal {
        /// Name.
        pub name: String,
        /// Percent.
        #[serde(serialize_with = "number")]
        #[schema(value_type = f64)]
        pub percent: Decimal,
        /// Why nothing is charged.
        pub exemption_reason: Option<String>,
        /// What it is reckoned on.
        pub base_cents: i64,
        /// The tax.
        pub tax_cents: i64,
    }
}

impl TaxTotal {
    /// `VAT 19 %`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {} %", self.name, self.percent.normalize())
    }
}

row! {
    /// Something a line bills: a time entry, an expense, a milestone.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct LineSource {
        /// The line.
        #[serde(skip)]
        #[schema(ignore)]
        pub line_id: LineId,
        /// `time`, `expense` or `milestone`.
        pub kind: String,
        /// Its id.
        pub id: Uuid,
        /// Project.
        #[schema(value_type = Option<String>, format = "uuid")]
        pub project_id: Option<ProjectId>,
        /// Who worked.
        pub member_name: Option<String>,
        /// Day.
        #[schema(value_type = Option<String>, format = "date")]
        pub date: Option<Date>,
        /// What it says.
        pub description: String,
        /// How long.
        pub seconds: Option<i64>,
        /// Rate of an hour.
        pub rate_cents: Option<i64>,
        /// Its share of the line.
        pub amount_cents: i64,
    }
}

/// A line with its taxes and what it bills.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineShown {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// Its taxes.
    pub taxes: Vec<LineTax>,
    /// What it bills; null for a free line.
    pub source: Option<Source>,
}

/// What a line bills.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InvoiceLineSource)]
pub struct Source {
    /// `time`, `expense` or `milestone`.
    pub kind: String,
    /// Each thing.
    pub items: Vec<LineSource>,
}

/// An invoice with all that stands on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceDetails {
    /// The invoice.
    #[serde(flatten)]
    pub shown: InvoiceShown,
    /// Its lines.
    pub lines: Vec<LineShown>,
    /// Its taxes by rate.
    pub taxes: Vec<TaxTotal>,
}

impl InvoiceDetails {
    /// The invoice itself.
    #[must_use]
    pub fn invoice(&self) -> &Invoice {
        &self.shown.invoice
    }
}

/// An invoice to be drafted: from unbilled work, from free lines, or both.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct NewInvoice {
    /// Client.
    pub client_id: Option<ClientId>,
    /// Only work of these projects; all of the client's when empty.
    #[garde(length(max = 100))]
    #[schema(value_type = Vec<String>)]
    pub project_ids: Vec<ProjectId>,
    /// Only work from this day on.
    #[schema(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Only work up to this day.
    #[schema(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// What time becomes a line each; `task` unless said.
    pub group_by: Option<GroupBy>,
    /// What is billed. All of it unless said; nothing but the lines when there are lines.
    #[garde(length(max = 3))]
    pub include: Option<Vec<SourceKind>>,
    /// Only these sources, as chosen in the preview.
    #[garde(inner(length(max = 5000)))]
    pub sources: Option<Vec<SourceRef>>,
    /// Each time entry is rounded up to so many minutes.
    #[garde(inner(range(min = 1, max = 60)))]
    pub round_minutes: Option<i64>,
    /// Tax of the generated lines; the workspace's default unless said.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub tax_rate_id: Option<TaxRateId>,
    /// Currency; that of the work, else the client's.
    pub currency: Option<Currency>,
    /// Day it is due; by the client's terms unless said.
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Date>,
    /// The client's purchase-order number.
    #[garde(inner(length(chars, max = 100)))]
    pub purchase_order: Option<String>,
    /// Words to the client.
    #[garde(inner(length(chars, max = 10_000)))]
    pub notes: Option<String>,
    /// Terms of payment.
    #[garde(inner(length(chars, max = 10_000)))]
    pub terms: Option<String>,
    /// Whether the time behind it is printed on pages of its own.
    pub shows_timesheet: Option<bool>,
    /// Discount on the whole.
    #[garde(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR)))]
    pub discount_cents: Option<i64>,
    /// Free lines.
    #[garde(length(max = 500), dive)]
    pub lines: Vec<LineInput>,
}

/// A line as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct LineInput {
    /// The line that stays, when a draft changes; without it a line is new.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<LineId>,
    /// What it is.
    #[garde(length(chars, max = 2000))]
    pub description: String,
    /// More about it.
    #[garde(inner(length(chars, max = 10_000)))]
    pub detail: Option<String>,
    /// How many; 1 unless said.
    #[schema(value_type = Option<f64>)]
    pub quantity: Option<Decimal>,
    /// Of what.
    #[garde(inner(length(chars, max = 30)))]
    pub unit: Option<String>,
    /// Price of one.
    #[garde(range(min = -rapport_base::Money::MAX_MINOR, max = rapport_base::Money::MAX_MINOR))]
    pub unit_price_cents: i64,
    /// Discount in percent.
    #[schema(value_type = Option<f64>)]
    pub discount_percent: Option<Decimal>,
    /// Its tax.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub tax_rate_id: Option<TaxRateId>,
    /// Several taxes, in order.
    #[garde(length(max = 5))]
    #[schema(value_type = Vec<String>)]
    pub tax_rate_ids: Vec<TaxRateId>,
    /// Project.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub project_id: Option<ProjectId>,
}

impl LineInput {
    /// Its taxes, in order.
    pub(crate) fn rates(&self) -> Vec<TaxRateId> {
        self.tax_rate_id.into_iter().chain(self.tax_rate_ids.iter().copied()).collect()
    }
}

/// What of a draft changes; fields left out stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct InvoiceChange {
    /// Day it is due; null: by the client's terms.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Option<Date>>,
    /// The client's purchase-order number.
    #[garde(inner(length(chars, max = 100)))]
    pub purchase_order: Option<String>,
    /// Words to the client.
    #[garde(inner(length(chars, max = 10_000)))]
    pub notes: Option<String>,
    /// Terms of payment.
    #[garde(inner(length(chars, max = 10_000)))]
    pub terms: Option<String>,
    /// Whether the time behind it is printed on pages of its own.
    pub shows_timesheet: Option<bool>,
    /// Discount on the whole.
    #[garde(inner(range(min = 0, max = rapport_base::Money::MAX_MINOR)))]
    pub discount_cents: Option<i64>,
    /// What one of its currency is worth in the workspace's; needed to issue when they differ.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<f64>)]
    pub exchange_rate: Option<Option<Decimal>>,
    /// All lines, in order: those with an id stay, those left out go and set free what they billed.
    #[garde(dive)]
    pub lines: Option<Vec<LineInput>>,
}

/// Which invoices are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InvoiceQuery {
    /// `draft`, `open`, `overdue`, `paid`, `sent`, `viewed`, `partially_paid` or `void`.
    pub status: Option<String>,
    /// Client.
    pub client_id: Option<Uuid>,
    /// Project it bills for.
    pub project_id: Option<Uuid>,
    /// Issued on this day or later.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Issued on this day or before.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// Beginning of the number, or words of the client's name.
    pub search: Option<String>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
