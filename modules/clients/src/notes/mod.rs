//! A note, call or meeting written down on a client.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod store;

use garde::Validate;
use jiff::Timestamp;
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ClientId, ContactId};

rapport_base::id!(
    /// A note.
    NoteId
);

/// What was written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoteKind)]
pub enum Kind {
    /// A note.
    #[default]
    Note,
    /// A phone call.
    Call,
    /// A meeting.
    Meeting,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Note => "note",
            Kind::Call => "call",
            Kind::Meeting => "meeting",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Kind::Note, Kind::Call, Kind::Meeting].into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

row! {
    /// A note.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Note {
        /// Id.
        pub id: NoteId,
        /// The client.
        pub client_id: ClientId,
        /// Whom it was about or with.
        pub contact_id: Option<ContactId>,
        /// `note`, `call` or `meeting`.
        pub kind: String,
        /// The words.
        pub body: String,
        /// Who wrote it.
        pub author_id: Option<MemberId>,
        /// Their name.
        pub author_name: Option<String>,
        /// When it happened.
        #[schema(value_type = String, format = "date-time")]
        pub occurred_at: Timestamp,
        /// When it was written down.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}

/// A note to be written down.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
#[schema(as = NewNote)]
pub struct NewNote {
    /// The words.
    #[garde(length(chars, max = 20_000))]
    pub body: String,
    /// `note` (default), `call` or `meeting`.
    pub kind: Option<Kind>,
    /// Whom it was with.
    pub contact_id: Option<ContactId>,
    /// When it happened; now unless said.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub occurred_at: Option<Timestamp>,
}
