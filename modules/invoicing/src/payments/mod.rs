//! Payments: money that came in, what it pays, and what went back.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod refund;
pub(crate) mod rules;
pub(crate) mod store;

use clients::ClientId;
use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::Currency;
use rapport_db::row;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{invoices::InvoiceId, words::maybe_number};

rapport_base::id!(
    /// A payment.
    PaymentId
);

/// How money came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentMethod)]
pub enum Method {
    /// By transfer.
    #[default]
    Bank,
    /// In notes and coins.
    Cash,
    /// By cheque.
    Cheque,
    /// By card.
    Card,
    /// Collected from an account.
    DirectDebit,
    /// Some other way.
    Other,
}

impl Method {
    /// Those a person may write down.
    pub const ALL: [Method; 6] =
        [Self::Bank, Self::Cash, Self::Cheque, Self::Card, Self::DirectDebit, Self::Other];
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Cash => "cash",
            Self::Cheque => "cheque",
            Self::Card => "card",
            Self::DirectDebit => "direct_debit",
            Self::Other => "other",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Bank => "Bank transfer",
            Self::Cash => "Cash",
            Self::Cheque => "Cheque",
            Self::Card => "Card",
            Self::DirectDebit => "Direct debit",
            Self::Other => "Other",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(())
    }
}

row! {
    /// A payment.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Payment {
        /// Id.
        #[schema(value_type = String, format = "uuid")]
        pub id: PaymentId,
        /// Client.
        pub client_id: ClientId,
        /// Client's name.
        pub client_name: String,
        /// How it came: `bank`, `cash`, `cheque`, `card`, `direct_debit`, `other`.
        pub method: String,
        /// `pending`, `succeeded`, `failed` or `disputed`.
        pub status: String,
        /// How much came in.
        pub amount_cents: i64,
        /// What of it pays invoices.
        pub allocated_cents: i64,
        /// What of it went back.
        pub refunded_cents: i64,
        /// Currency.
        pub currency: Currency,
        /// To the currency of the workspace, as on the invoice it came for; none while unknown.
        #[serde(serialize_with = "maybe_number")]
        #[schema(value_type = Option<f64>)]
        pub exchange_rate: Option<Decimal>,
        /// Day it came in.
        #[schema(value_type = String, format = "date")]
        pub received_on: Date,
        /// What the payer wrote.
        pub reference: String,
        /// What should be known.
        pub notes: String,
        /// `stripe`, when it was paid online.
        pub provider: Option<String>,
        /// Its id there.
        pub provider_payment_id: Option<String>,
        /// When it was written down.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// Counts changes.
        pub version: i32,
    }
}

impl Payment {
    /// What can still be applied to invoices.
    #[must_use]
    pub fn unapplied_cents(&self) -> i64 {
        self.amount_cents - self.allocated_cents - self.refunded_cents
    }
    /// What can still go back.
    #[must_use]
    pub fn refundable_cents(&self) -> i64 {
        self.amount_cents - self.refunded_cents
    }
    /// How it came, in words.
    #[must_use]
    pub fn method_label(&self) -> &'static str {
        self.method.parse::<Method>().map_or("Other", Method::label)
    }
}

row! {
    /// What of a payment pays an invoice.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Allocation {
        /// The payment.
        #[schema(value_type = String, format = "uuid")]
        pub payment_id: PaymentId,
        /// The invoice.
        pub invoice_id: InvoiceId,
        /// Its number.
        pub invoice_number: String,
        /// How much.
        pub amount_cents: i64,
    }
}

/// A payment with what it pays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentShown {
    /// The payment.
    #[serde(flatten)]
    pub payment: Payment,
    /// What can still be applied to invoices.
    pub unapplied_cents: i64,
    /// What it pays.
    pub allocations: Vec<Allocation>,
}

impl PaymentShown {
    pub(crate) fn new(payment: Payment, allocations: Vec<Allocation>) -> Self {
        Self { unapplied_cents: payment.unapplied_cents(), payment, allocations }
    }
}

/// Money for an invoice; what is more than it owes stays as the client's credit.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct InvoicePayment {
    /// How much came in.
    #[garde(range(min = 1, max = rapport_base::Money::MAX_MINOR))]
    pub amount_cents: i64,
    /// How it came; `bank` unless said.
    #[serde(default)]
    pub method: Method,
    /// Day it came in; today unless said.
    #[schema(value_type = Option<String>, format = "date")]
    pub received_on: Option<Date>,
    /// What the payer wrote.
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
    /// What should be known.
    #[garde(inner(length(chars, max = 5_000)))]
    pub notes: Option<String>,
}

/// Money from a client, for several invoices or none yet.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewPayment {
    /// Client.
    pub client_id: ClientId,
    /// Currency; the client's unless said.
    pub currency: Option<Currency>,
    /// How much came in.
    #[garde(range(min = 1, max = rapport_base::Money::MAX_MINOR))]
    pub amount_cents: i64,
    /// How it came; `bank` unless said.
    #[serde(default)]
    pub method: Method,
    /// Day it came in; today unless said.
    #[schema(value_type = Option<String>, format = "date")]
    pub received_on: Option<Date>,
    /// What the payer wrote.
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
    /// What should be known.
    #[garde(inner(length(chars, max = 5_000)))]
    pub notes: Option<String>,
    /// What it pays; the rest stays as credit.
    #[serde(default)]
    #[garde(length(max = 100), dive)]
    pub allocations: Vec<NewAllocation>,
}

/// What of a payment pays an invoice.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewAllocation {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// How much.
    #[garde(range(min = 1, max = rapport_base::Money::MAX_MINOR))]
    pub amount_cents: i64,
}

/// Credit to be used for an invoice.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ApplyCredit {
    /// The payment with credit left.
    #[schema(value_type = String, format = "uuid")]
    pub payment_id: PaymentId,
    /// How much; as much as fits unless said.
    #[garde(inner(range(min = 1, max = rapport_base::Money::MAX_MINOR)))]
    pub amount_cents: Option<i64>,
}

/// Money to go back.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewRefund {
    /// How much; all that is left unless said.
    #[garde(inner(range(min = 1, max = rapport_base::Money::MAX_MINOR)))]
    pub amount_cents: Option<i64>,
    /// Why.
    #[serde(default)]
    #[garde(length(chars, max = 2_000))]
    pub reason: String,
}

/// Which payments are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PaymentQuery {
    /// Client.
    pub client_id: Option<Uuid>,
    /// Only those with credit left.
    pub unapplied: Option<bool>,
    /// Came in on this day or later.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Came in on this day or before.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
    /// Rows, 1 to 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}
