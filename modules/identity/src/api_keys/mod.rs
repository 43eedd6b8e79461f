//! Keys for programs.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_base::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// A key for programs.
    ApiKeyId
);

/// What every key begins with, so that one found in the wrong place is known for what it is.
pub(crate) const BEGINNING: &str = "rapport_";

rapport_db::row! {
    /// A key for programs; the key itself is shown once and never kept.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct ApiKey {
        /// Id.
        pub id: ApiKeyId,
        /// What it is for.
        pub name: String,
        /// How it begins.
        pub prefix: String,
        /// What it may do, as long as its maker may.
        pub permissions: Vec<String>,
        /// Addresses and networks it may be used from; anywhere when empty.
        pub allowed_ips: Vec<String>,
        /// Its maker.
        pub member_id: MemberId,
        /// Its maker's name.
        pub member_name: String,
        /// When it ends by itself.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub expires_at: Option<Timestamp>,
        /// When it was used last.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub last_used_at: Option<Timestamp>,
        /// From where it was used last.
        pub last_used_ip: Option<String>,
        /// Made at.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}
