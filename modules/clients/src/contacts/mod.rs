//! A person at a client.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ClientId;

pub use store::{find, find_by_email, get, list_for, primary};

rapport_base::id!(
    /// A contact.
    ContactId
);

/// What a contact is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactRole)]
pub enum Role {
    /// Gets the invoices.
    Billing,
    /// Decides.
    DecisionMaker,
    /// Uses the portal.
    Portal,
    /// Knows the technical side.
    Technical,
    /// Something else.
    Other,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] =
        [Role::Billing, Role::DecisionMaker, Role::Portal, Role::Technical, Role::Other];
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Billing => "billing",
            Role::DecisionMaker => "decision_maker",
            Role::Portal => "portal",
            Role::Technical => "technical",
            Role::Other => "other",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Role::Billing => "Billing",
            Role::DecisionMaker => "Decides",
            Role::Portal => "Portal",
            Role::Technical => "Technical",
            Role::Other => "Other",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

row! {
    /// A contact.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    #[schema(as = Contact)]
    pub struct Contact {
        /// Id.
        pub id: ContactId,
        /// The client.
        pub client_id: ClientId,
        /// The client's name.
        pub company_name: String,
        /// Name.
        pub name: String,
        /// E-mail address.
        pub email: Option<String>,
        /// Phone number in E.164.
        pub phone: Option<String>,
        /// Job title.
        pub job_title: Option<String>,
        /// What they are there for: `billing`, `decision_maker`, `portal`, `technical`, `other`.
        pub roles: Vec<String>,
        /// The first to turn to.
        pub is_primary: bool,
        /// Not to be written to.
        pub do_not_contact: bool,
        /// Language.
        pub language: Option<String>,
        /// Birthday.
        #[schema(value_type = Option<String>, format = "date")]
        pub birthday: Option<Date>,
        /// What should be known.
        pub notes: Option<String>,
        /// Channels they agreed to be written to by: `email`, `sms`, `phone`.
        pub consents: Vec<String>,
        /// When they were added.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When they were last changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
        /// Counts changes; goes into `If-Match`.
        pub version: i32,
    }
}

impl Contact {
    /// Their roles in words.
    #[must_use]
    pub fn role_labels(&self) -> Vec<&'static str> {
        self.roles.iter().filter_map(|role| role.parse().ok()).map(Role::label).collect()
    }
}

/// A contact to be added.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct NewContact {
    /// The client.
    pub client_id: Option<ClientId>,
    /// Name.
    #[garde(length(chars, max = 200))]
    pub name: String,
    /// E-mail address.
    #[garde(length(chars, max = 254))]
    pub email: Option<String>,
    /// Phone number; without `+` it is read as of the workspace's country.
    #[garde(length(chars, max = 40))]
    pub phone: Option<String>,
    /// Job title.
    #[garde(length(chars, max = 100))]
    pub job_title: Option<String>,
    /// What they are there for.
    #[garde(length(max = 5))]
    pub roles: Vec<Role>,
    /// The first to turn to; the first contact always is.
    pub is_primary: bool,
    /// Not to be written to.
    pub do_not_contact: bool,
    /// Language.
    #[garde(length(chars, max = 20))]
    pub language: Option<String>,
    /// Birthday.
    #[schema(value_type = Option<String>, format = "date")]
    pub birthday: Option<Date>,
    /// What should be known.
    #[garde(length(chars, max = 20_000))]
    pub notes: Option<String>,
    /// Channels they agreed to: `email`, `sms`, `phone`.
    #[garde(length(max = 3))]
    pub consents: Vec<String>,
}

/// What of a contact changes; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct ContactChange {
    /// Another client the contact moves to.
    pub client_id: Option<ClientId>,
    /// Name.
    #[garde(length(chars, max = 200))]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 254)))]
    pub email: Option<Option<String>>,
    /// Phone number.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 40)))]
    pub phone: Option<Option<String>>,
    /// Job title.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 100)))]
    pub job_title: Option<Option<String>>,
    /// What they are there for.
    #[garde(length(max = 5))]
    pub roles: Option<Vec<Role>>,
    /// The first to turn to.
    pub is_primary: Option<bool>,
    /// Not to be written to.
    pub do_not_contact: Option<bool>,
    /// Language.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20)))]
    pub language: Option<Option<String>>,
    /// Birthday.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub birthday: Option<Option<Date>>,
    /// What should be known.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20_000)))]
    pub notes: Option<Option<String>>,
    /// Channels they agreed to.
    #[garde(length(max = 3))]
    pub consents: Option<Vec<String>>,
}
