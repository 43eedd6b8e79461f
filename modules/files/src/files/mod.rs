//! A file: a name in a folder, its bytes in versions.

pub(crate) mod access;
pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod download;
pub(crate) mod pages;
pub(crate) mod receive;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use receive::Received;

rapport_base::id!(
    /// A file.
    FileId
);

/// One version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionId {
    /// The file.
    pub file_id: FileId,
    /// Which version, from 1.
    pub number: i32,
}

/// What a file is kept for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A file of its own.
    #[default]
    File,
    /// It came with a message.
    Attachment,
    /// It is a version of a deliverable.
    Deliverable,
    /// It proves an expense.
    Receipt,
    /// A person's picture.
    Avatar,
    /// A company's or portal's logo.
    Logo,
    /// The house made it: an invoice.
    Document,
}

impl Purpose {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::File => "file",
            Purpose::Attachment => "attachment",
            Purpose::Deliverable => "deliverable",
            Purpose::Receipt => "receipt",
            Purpose::Avatar => "avatar",
            Purpose::Logo => "logo",
            Purpose::Document => "document",
        }
    }
}

/// Who may see a file at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The team.
    #[default]
    Internal,
    /// The team and the client's guests.
    Client,
}

impl Visibility {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Internal => "internal",
            Visibility::Client => "client",
        }
    }
}

/// A file to be recorded.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Its bytes, already judged and stored.
    pub received: Received,
    /// What it is kept for.
    pub purpose: Purpose,
    /// Folder, without slashes at its ends; empty at the top.
    pub folder: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Client it hangs on.
    pub client_id: Option<Uuid>,
    /// Project it hangs on.
    pub project_id: Option<Uuid>,
    /// Portal it hangs on.
    pub portal_id: Option<Uuid>,
}

impl NewFile {
    /// An internal file that hangs on nothing yet.
    #[must_use]
    pub fn new(received: Received, purpose: Purpose) -> Self {
        Self {
            received,
            purpose,
            folder: String::new(),
            visibility: Visibility::Internal,
            client_id: None,
            project_id: None,
            portal_id: None,
        }
    }
}

/// What files hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A client.
    Client(Uuid),
    /// A project.
    Project(Uuid),
    /// A portal.
    Portal(Uuid),
}

row! {
    /// A file with its newest version.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct File {
        /// Id.
        pub id: FileId,
        /// Name.
        pub name: String,
        /// Folder.
        pub folder: String,
        /// What it is kept for.
        pub purpose: String,
        /// `internal` or `client`.
        pub visibility: String,
        /// Client it hangs on.
        pub client_id: Option<Uuid>,
        /// Project it hangs on.
        pub project_id: Option<Uuid>,
        /// Portal it hangs on.
        pub portal_id: Option<Uuid>,
        /// Number of the newest version.
        pub current_version: i32,
        /// Media type of the newest version.
        pub content_type: String,
        /// Bytes of the newest version.
        pub byte_size: i64,
        /// Sort of who made it: member, guest, system.
        pub created_by_kind: String,
        /// Who made it.
        pub created_by_id: Option<Uuid>,
        /// Their name at that time.
        pub created_by_name: Option<String>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When its newest version came.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
    }
}

impl File {
    /// Whether guests may see it.
    #[must_use]
    pub fn is_for_clients(&self) -> bool {
        self.visibility == Visibility::Client.as_str()
    }
    /// The icon of its type.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        icon(&self.content_type)
    }
    /// Whether a browser may show it in place: safe pictures and PDF.
    #[must_use]
    pub fn previews(&self) -> bool {
        receive::shows_inline(&self.content_type)
    }
}

row! {
    /// A version of a file.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Version {
        /// The file.
        pub file_id: FileId,
        /// Which, from 1.
        pub number: i32,
        /// Name it was handed in under.
        pub original_name: String,
        /// Media type, judged by its content.
        pub content_type: String,
        /// Bytes.
        pub byte_size: i64,
        /// `held`, `ready` or `rejected`.
        pub status: String,
        /// Name of who handed it in.
        pub uploaded_by_name: Option<String>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When its bytes were removed.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub purged_at: Option<Timestamp>,
    }
}

row! {
    /// Someone fetched a version.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct DownloadRow {
        /// Id.
        pub id: Uuid,
        /// Which version.
        pub version_number: i32,
        /// Sort of person.
        pub by_kind: String,
        /// Their name.
        pub by_name: Option<String>,
        /// Their address.
        pub ip: Option<String>,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub at: Timestamp,
    }
}

/// The icon of a media type.
#[must_use]
pub fn icon(content_type: &str) -> &'static str {
    match content_type {
        "application/pdf" => "file-text",
        "application/zip" => "archive",
        t if t.starts_with("image/") => "image",
        t if t.starts_with("video/") => "video",
        t if t.starts_with("audio/") => "volume-2",
        _ => "file",
    }
}
