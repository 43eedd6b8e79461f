//! Erasing one person: what is held of them, what would become of it, and the certificate that it was done.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod jobs;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use jiff::Timestamp;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ClientId, ContactId};

rapport_base::id!(
    /// An erasure.
    ErasureId
);

/// At whose wish someone is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ErasureAskedBy)]
pub enum AskedBy {
    /// Their own.
    Person,
    /// Their employer's, the client.
    Client,
    /// An authority's.
    Authority,
    /// The workspace's own: nothing asks for keeping it.
    Workspace,
}

impl AskedBy {
    /// All of them, with what people read.
    pub const ALL: [(AskedBy, &'static str); 4] = [
        (AskedBy::Person, "The person"),
        (AskedBy::Client, "The client"),
        (AskedBy::Authority, "An authority"),
        (AskedBy::Workspace, "We ourselves: it is needed no longer"),
    ];
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AskedBy::Person => "person",
            AskedBy::Client => "client",
            AskedBy::Authority => "authority",
            AskedBy::Workspace => "workspace",
        }
    }
}

impl Certificate {
    /// At whose wish, in the words of the form.
    fn wish(&self) -> &str {
        let known = AskedBy::ALL.iter().find(|(one, _)| one.as_str() == self.asked_by);
        known.map_or(self.asked_by.as_str(), |(_, label)| label)
    }
}

impl std::str::FromStr for AskedBy {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().map(|(one, _)| one).find(|one| one.as_str() == text).ok_or(())
    }
}

/// Erase a person.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct NewErasure {
    /// The person's name as it stands there, so that nobody else is erased.
    #[garde(length(chars, max = 200))]
    pub name: String,
    /// At whose wish.
    pub asked_by: Option<AskedBy>,
}

/// What becomes of the rows of one table.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ErasureStep)]
pub struct Step {
    /// The table.
    pub table: String,
    /// What its rows hold.
    pub holds: String,
    /// `deleted`, `replaced` by a placeholder, `cleaned` of what names them, `redacted`, or `kept`.
    pub fate: String,
    /// Why they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many.
    pub rows: i64,
}

/// What erasing someone would do, while nothing is done yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasurePreview {
    /// The person.
    pub contact_id: ContactId,
    /// Their name, which must be typed.
    pub name: String,
    /// By table.
    pub steps: Vec<Step>,
    /// Names too short to be looked for in what others wrote: look there yourself.
    pub not_looked_for: Vec<String>,
}

row! {
    /// The certificate of an erasure. It holds nothing of the person but the id of a row that says nothing any more.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    #[schema(as = ErasureCertificate)]
    pub struct Certificate {
        /// Id.
        pub id: ErasureId,
        /// Whose data were erased.
        pub contact_id: ContactId,
        /// At which client.
        pub client_id: ClientId,
        /// At whose wish: `person`, `client`, `authority`, `workspace`.
        pub asked_by: String,
        /// The member who did it; none when it was done again after a restore.
        pub erased_by: Option<Uuid>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub erased_at: Timestamp,
        /// What was done, table by table.
        #[schema(value_type = Object)]
        pub statement: Value,
        /// SHA-256 over the statement as compact JSON with its fields in the order of the alphabet.
        pub hash: String,
    }
}
