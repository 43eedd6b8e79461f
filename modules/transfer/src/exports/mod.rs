//! An export: everything of a workspace as one file, made in the background and kept for a day.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use jiff::{SignedDuration, Timestamp};
use rapport_base::MemberId;
use rapport_db::row;
use rapport_storage::Area;
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// An export.
    ExportId
);

/// The room of the store exports lie in.
pub(crate) const AREA: Area = Area::new("exports");
/// How long one can be downloaded.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_hours(24);

row! {
    /// An export of everything of the workspace.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Export {
        /// Id.
        pub id: ExportId,
        /// `waiting`, `running`, `ready`, `failed`, `cancelled` or `expired`.
        pub status: String,
        /// Who asked for it.
        pub requested_by: MemberId,
        /// Their name.
        pub requested_by_name: String,
        /// Kinds of things that are in the file by now.
        pub tables_done: i32,
        /// Kinds of things there are.
        pub tables_total: i32,
        /// Rows in the file by now.
        pub rows_done: i64,
        /// Files in the file by now.
        pub files_done: i64,
        /// Size of the file, when it is ready.
        pub byte_size: Option<i64>,
        /// SHA-256 of the file as hex, when it is ready.
        pub sha256: Option<String>,
        /// Why it could not be made.
        pub failure: Option<String>,
        /// How often it was downloaded.
        pub downloads: i64,
        /// When it was asked for.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it was ready.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub ready_at: Option<Timestamp>,
        /// Until when it can be downloaded.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub expires_at: Option<Timestamp>,
    }
}

impl Export {
    /// Whether it is being made, or will be.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "waiting" | "running")
    }
    /// Whether it can be downloaded.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status == "ready"
    }
    /// How much of it is in the file, in percent.
    #[must_use]
    pub fn percent(&self) -> i32 {
        if self.tables_total == 0 { 0 } else { (self.tables_done * 100 / self.tables_total).min(99) }
    }
    /// The file's size in words.
    #[must_use]
    pub fn size(&self) -> String {
        rapport_backup::rules::size(self.byte_size.unwrap_or_default().unsigned_abs())
    }
}
