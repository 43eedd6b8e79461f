//! A thread with a client.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_db::row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

rapport_base::id!(
    /// A thread.
    ConversationId
);

/// Someone who reads a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A member of the workspace.
    Member(rapport_base::MemberId),
    /// A contact of the client, as guest of a portal.
    Guest(Uuid),
}

impl Reader {
    pub(crate) fn parts(self) -> (&'static str, Uuid) {
        match self {
            Reader::Member(id) => ("member", id.uuid()),
            Reader::Guest(id) => ("guest", id),
        }
    }
}

row! {
    /// A thread, as one member sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Conversation {
        /// Id.
        pub id: ConversationId,
        /// The client.
        pub client_id: Uuid,
        /// The client's name.
        pub client_name: String,
        /// The contact it is with, when it is with one only.
        pub contact_id: Option<Uuid>,
        /// The portal it is shown in.
        pub portal_id: Option<Uuid>,
        /// What it is about.
        pub subject: String,
        /// `open`, `snoozed` or `closed`.
        pub status: String,
        /// The member who looks after it.
        pub assigned_to: Option<Uuid>,
        /// How many messages.
        pub message_count: i32,
        /// When someone last wrote.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub last_message_at: Option<Timestamp>,
        /// How the newest message begins that the client reads.
        pub last_preview: String,
        /// The client wrote something this member has not seen.
        pub is_unread: bool,
    }
}
