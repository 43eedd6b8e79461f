//! A message of a thread.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use files::{FileId, Received};
use jiff::Timestamp;
use rapport_db::row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ConversationId;

rapport_base::id!(
    /// A message.
    MessageId
);

/// A message to be written by whoever the transaction acts for.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The thread.
    pub conversation: ConversationId,
    /// What it says; may be empty when files come with it.
    pub body: String,
    /// Only the team reads it. Guests cannot write such.
    pub is_internal: bool,
    /// Files that come with it.
    pub attachments: Vec<Received>,
}

row! {
    /// A message, as the team sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Message {
        /// Id.
        pub id: MessageId,
        /// Its thread.
        pub conversation_id: ConversationId,
        /// `portal`, `email` or `note`.
        pub channel: String,
        /// Only the team reads it.
        pub is_internal: bool,
        /// `member`, `guest` or `system`.
        pub author_kind: String,
        /// The member who wrote.
        pub author_member_id: Option<Uuid>,
        /// The contact who wrote.
        pub author_contact_id: Option<Uuid>,
        /// Name at that time.
        pub author_name: String,
        /// What it says.
        pub content: String,
        /// When it was written.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was changed.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub edited_at: Option<Timestamp>,
        /// When the other side first read it.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub read_at: Option<Timestamp>,
    }
}

row! {
    /// A message, as a guest sees it.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestMessage {
        /// Id.
        pub id: MessageId,
        /// `member`, `guest` or `system`.
        pub author_kind: String,
        /// The contact who wrote, when it was one.
        #[serde(skip)]
        pub author_contact_id: Option<Uuid>,
        /// Name at that time.
        pub author_name: String,
        /// What it says.
        pub content: String,
        /// When it was written.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was changed.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub edited_at: Option<Timestamp>,
        /// When the other side first read it.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub read_at: Option<Timestamp>,
    }
}

row! {
    /// A file that came with a message.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Attachment {
        /// The message.
        pub message_id: MessageId,
        /// The file.
        pub file_id: FileId,
        /// Its name.
        pub name: String,
        /// Media type.
        pub content_type: String,
        /// Bytes.
        pub byte_size: i64,
    }
}
