//! A client: a company or person that is served.

pub(crate) mod access;
pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod bin;
pub(crate) mod choices;
pub(crate) mod export;
pub(crate) mod forms;
pub(crate) mod head;
pub(crate) mod list;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod store;

use garde::Validate;
use jiff::Timestamp;
use rapport_base::{Currency, MemberId};
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

rapport_base::id!(
    /// A client.
    ClientId
);

/// Where the relationship with a client stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientStage)]
pub enum Stage {
    /// Not yet a client.
    #[default]
    Prospect,
    /// Just won.
    Onboarding,
    /// Being served.
    Active,
    /// Not now.
    Paused,
    /// No more.
    Former,
}

impl Stage {
    /// All of them in order.
    pub const ALL: [Stage; 5] =
        [Stage::Prospect, Stage::Onboarding, Stage::Active, Stage::Paused, Stage::Former];
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Prospect => "prospect",
            Stage::Onboarding => "onboarding",
            Stage::Active => "active",
            Stage::Paused => "paused",
            Stage::Former => "former",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Stage::Prospect => "Prospect",
            Stage::Onboarding => "Onboarding",
            Stage::Active => "Active",
            Stage::Paused => "Paused",
            Stage::Former => "Former",
        }
    }
    /// The colour of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Stage::Prospect => "violet",
            Stage::Onboarding => "blue",
            Stage::Active => "green",
            Stage::Paused => "amber",
            Stage::Former => "neutral",
        }
    }
}

impl std::str::FromStr for Stage {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(())
    }
}

row! {
    /// A client.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Client {
        /// Id.
        pub id: ClientId,
        /// `company` or `person`.
        pub kind: String,
        /// Name.
        pub company_name: String,
        /// Primary contact's name.
        pub contact_name: Option<String>,
        /// Primary contact's address.
        pub contact_email: Option<String>,
        /// Primary contact's phone number, in E.164.
        pub contact_phone: Option<String>,
        /// Industry.
        pub industry: Option<String>,
        /// How many people: `1`, `2-10`, `11-50`, `51-200`, `201-1000`, `1001+`.
        pub size: Option<String>,
        /// Where the relationship stands.
        pub relationship_stage: String,
        /// The member who looks after it.
        pub owner_id: Option<MemberId>,
        /// Their name.
        pub owner_name: Option<String>,
        /// Where it came from.
        pub source: Option<String>,
        /// Web site.
        pub website: Option<String>,
        /// Tax id.
        pub tax_id: Option<String>,
        /// Tags.
        pub tags: Vec<String>,
        /// What should be known.
        pub notes: Option<String>,
        /// Language it is written to in.
        pub language: Option<String>,
        /// Currency it is billed in.
        pub currency: Option<Currency>,
        /// Days it has to pay; empty: the workspace's.
        pub payment_terms_days: Option<i32>,
        /// What an hour is billed at; empty: as elsewhere agreed. Only for those who may see money.
        pub hourly_rate_cents: Option<i64>,
        /// Payments received less refunds. Only for those who may see money.
        pub total_revenue_cents: Option<i64>,
        /// 0 to 100, once known.
        pub health_score: Option<i16>,
        /// `healthy`, `at_risk`, `critical`, once known.
        pub risk_level: Option<String>,
        /// When something last happened.
        #[schema(value_type = String, format = "date-time")]
        pub last_activity_at: Timestamp,
        /// When it was added.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was last changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
        /// When it went to the bin.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub deleted_at: Option<Timestamp>,
        /// Counts changes; goes into `If-Match`.
        pub version: i32,
    }
}

impl Client {
    /// Where the relationship stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.relationship_stage.parse().unwrap_or_default()
    }
    /// The currency it is billed in, as a page shows it; empty when it is the workspace's.
    #[must_use]
    pub fn currency_code(&self) -> String {
        self.currency.map(|currency| currency.to_string()).unwrap_or_default()
    }
    /// Badge of its risk: words and colour.
    #[must_use]
    pub fn risk(&self) -> Option<(&'static str, &'static str)> {
        rules::risk(self.risk_level.as_deref()?)
    }
}

/// A client to be added.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct NewClient {
    /// Name of the company or person.
    #[garde(length(chars, max = 200))]
    pub company_name: String,
    /// `company` (default) or `person`.
    #[garde(length(chars, max = 20))]
    pub kind: Option<String>,
    /// Primary contact's name.
    #[garde(length(chars, max = 200))]
    pub contact_name: Option<String>,
    /// Primary contact's address.
    #[garde(length(chars, max = 254))]
    pub contact_email: Option<String>,
    /// Primary contact's phone number.
    #[garde(length(chars, max = 40))]
    pub contact_phone: Option<String>,
    /// Industry.
    #[garde(length(chars, max = 100))]
    pub industry: Option<String>,
    /// `1`, `2-10`, `11-50`, `51-200`, `201-1000`, `1001+`.
    #[garde(length(chars, max = 20))]
    pub size: Option<String>,
    /// Where the relationship stands; prospect unless said.
    pub relationship_stage: Option<Stage>,
    /// The member who looks after it.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub owner_id: Option<MemberId>,
    /// Where it came from.
    #[garde(length(chars, max = 100))]
    pub source: Option<String>,
    /// Web site.
    #[garde(length(chars, max = 300))]
    pub website: Option<String>,
    /// Tax id.
    #[garde(length(chars, max = 50))]
    pub tax_id: Option<String>,
    /// Tags.
    #[garde(length(max = 30), inner(length(chars, max = 60)))]
    pub tags: Vec<String>,
    /// What should be known.
    #[garde(length(chars, max = 20_000))]
    pub notes: Option<String>,
    /// Language it is written to in: `de`.
    #[garde(length(chars, max = 20))]
    pub language: Option<String>,
    /// Currency it is billed in; empty: the workspace's.
    pub currency: Option<Currency>,
    /// Days it has to pay; empty: the workspace's.
    #[garde(range(min = 0, max = 365))]
    pub payment_terms_days: Option<i32>,
    /// What an hour is billed at.
    #[garde(range(min = 0, max = 100_000_000))]
    pub hourly_rate_cents: Option<i64>,
    /// Where its invoices go.
    #[garde(dive)]
    pub address: Option<Address>,
}

/// What of a client changes; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct ClientChange {
    /// Name.
    #[garde(length(chars, max = 200))]
    pub company_name: Option<String>,
    /// `company` or `person`.
    #[garde(length(chars, max = 20))]
    pub kind: Option<String>,
    /// Primary contact's name.
    #[garde(length(chars, max = 200))]
    pub contact_name: Option<String>,
    /// Primary contact's address; null takes it away.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 254)))]
    pub contact_email: Option<Option<String>>,
    /// Primary contact's phone number; null takes it away.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 40)))]
    pub contact_phone: Option<Option<String>>,
    /// Industry.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 100)))]
    pub industry: Option<Option<String>>,
    /// Size.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20)))]
    pub size: Option<Option<String>>,
    /// Where the relationship stands.
    pub relationship_stage: Option<Stage>,
    /// The member who looks after it.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub owner_id: Option<Option<MemberId>>,
    /// Where it came from.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 100)))]
    pub source: Option<Option<String>>,
    /// Web site.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 300)))]
    pub website: Option<Option<String>>,
    /// Tax id.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 50)))]
    pub tax_id: Option<Option<String>>,
    /// All tags.
    #[garde(length(max = 30), inner(inner(length(chars, max = 60))))]
    pub tags: Option<Vec<String>>,
    /// What should be known.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20_000)))]
    pub notes: Option<Option<String>>,
    /// Language.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20)))]
    pub language: Option<Option<String>>,
    /// Currency; null: the workspace's.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    pub currency: Option<Option<Currency>>,
    /// Days to pay; null: the workspace's.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(range(min = 0, max = 365)))]
    pub payment_terms_days: Option<Option<i32>>,
    /// Hourly rate.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(range(min = 0, max = 100_000_000)))]
    pub hourly_rate_cents: Option<Option<i64>>,
    /// Where its invoices go; null takes it away.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(skip)]
    pub address: Option<Option<Address>>,
}

row! {
    /// A postal address.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields, default)]
    pub struct Address {
        /// Street and number.
        #[garde(length(chars, min = 1, max = 200))]
        pub line1: String,
        /// More of it.
        #[garde(length(chars, max = 200))]
        pub line2: Option<String>,
        /// Postal code.
        #[garde(length(chars, max = 20))]
        pub postal_code: Option<String>,
        /// City.
        #[garde(length(chars, max = 100))]
        pub city: Option<String>,
        /// Region or state.
        #[garde(length(chars, max = 100))]
        pub region: Option<String>,
        /// Country, ISO 3166: `DE`.
        #[garde(length(chars, max = 2))]
        pub country: Option<String>,
    }
}

/// A client with its address, as the API shows one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClientDetails {
    /// The client.
    #[serde(flatten)]
    pub client: Client,
    /// Where its invoices go.
    pub address: Option<Address>,
}
