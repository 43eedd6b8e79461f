//! To whom invoices went.

pub(crate) mod actions;
pub(crate) mod letters;
pub(crate) mod receipts;
pub(crate) mod store;

use garde::Validate;
use jiff::Timestamp;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

row! {
    /// A mail with an invoice or a receipt to one person.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Delivery {
        /// Id.
        pub id: Uuid,
        /// Address.
        pub email: String,
        /// `to` or `cc`.
        pub recipient_kind: String,
        /// `invoice`, `reminder`, `receipt` or `void`.
        pub purpose: String,
        /// When it was put into the post.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}

/// How an invoice goes out.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendInvoice {
    /// Addresses; the client's billing contacts, else the primary one, when empty.
    #[garde(length(max = 20), inner(length(chars, max = 254)))]
    pub to: Vec<String>,
    /// Addresses that get a copy.
    #[garde(length(max = 20), inner(length(chars, max = 254)))]
    pub cc: Vec<String>,
    /// Words above the facts.
    #[garde(length(chars, max = 5_000))]
    pub message: String,
}
