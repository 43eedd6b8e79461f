//! The parts of Stripe's objects that we read. Fields we do not know are ignored.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A hosted checkout page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckoutSession {
    /// `cs_…`
    pub id: String,
    /// Where the payer goes; gone once the session is over.
    pub url: Option<String>,
    /// `open`, `complete` or `expired`.
    pub status: Option<String>,
    /// `paid`, `unpaid` or `no_payment_required`.
    #[serde(default)]
    pub payment_status: String,
    /// `pi_…`, once there is one.
    #[serde(default, deserialize_with = "id_of")]
    pub payment_intent: Option<String>,
    /// `cus_…`
    #[serde(default, deserialize_with = "id_of")]
    pub customer: Option<String>,
    /// Our own id.
    pub client_reference_id: Option<String>,
    /// Minor units of the currency.
    pub amount_total: Option<i64>,
    /// Three letters, lower case.
    pub currency: Option<String>,
    /// What we attached.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: BTreeMap<String, String>,
}

impl CheckoutSession {
    /// Whether the money is there (a debit may take days after the page was left).
    pub fn is_paid(&self) -> bool {
        self.payment_status == "paid"
    }
}

/// An attempt to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// `requires_payment_method`, `requires_action`, `processing`, `succeeded`, `canceled`, …
    pub status: String,
    /// Minor units asked for.
    pub amount: i64,
    /// Minor units received.
    #[serde(default)]
    pub amount_received: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// `ch_…`, once charged.
    #[serde(default, deserialize_with = "id_of")]
    pub latest_charge: Option<String>,
    /// `cus_…`
    #[serde(default, deserialize_with = "id_of")]
    pub customer: Option<String>,
    /// `pm_…`
    #[serde(default, deserialize_with = "id_of")]
    pub payment_method: Option<String>,
    /// Why the last attempt failed.
    #[serde(default)]
    pub last_payment_error: Option<LastError>,
    /// What we attached.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: BTreeMap<String, String>,
}

/// Why a payment failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LastError {
    /// Such as `card_declined`.
    pub code: Option<String>,
    /// Such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// For the payer.
    pub message: Option<String>,
}

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// `re_…`
    pub id: String,
    /// Minor units.
    pub amount: i64,
    /// Three letters, lower case.
    #[serde(default)]
    pub currency: Option<String>,
    /// `pending`, `succeeded`, `failed`, `canceled`, `requires_action`.
    pub status: Option<String>,
    /// `pi_…`
    #[serde(default, deserialize_with = "id_of")]
    pub payment_intent: Option<String>,
}

/// A payer Stripe knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// As given.
    pub email: Option<String>,
    /// As given.
    pub name: Option<String>,
}

/// Something that happened at Stripe.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `evt_…`; the same event may come more than once.
    pub id: String,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    /// When it happened.
    pub created: Timestamp,
    /// Not a test.
    pub livemode: bool,
    /// The connected account it happened in.
    pub account: Option<String>,
    /// The object it is about, as it was then: fetch it anew to know its state now.
    pub data: Value,
}

impl Event {
    /// The id of the object it is about.
    pub fn object_id(&self) -> Option<&str> {
        self.data.get("id").and_then(Value::as_str)
    }
}

#[derive(Deserialize)]
struct RawEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    #[serde(default)]
    livemode: bool,
    account: Option<String>,
    data: RawData,
}

#[derive(Deserialize)]
struct RawData {
    object: Value,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawEvent::deserialize(deserializer)?;
        let created = Timestamp::from_second(raw.created).map_err(serde::de::Error::custom)?;
        Ok(Self {
            id: raw.id,
            kind: raw.kind,
            created,
            livemode: raw.livemode,
            account: raw.account,
            data: raw.data.object,
        })
    }
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// A reference is an id, or the whole object where it was expanded.
fn id_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(id) => Some(id),
        Value::Object(object) => object.get("id").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    })
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
