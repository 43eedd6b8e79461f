//! Links into a portal, and the guests they are for.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod mail;
pub(crate) mod pages;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

rapport_base::id!(
    /// A link into a portal.
    LinkId
);
rapport_base::id!(
    /// A contact as guest of a portal.
    GuestId
);

row! {
    /// A link, without its token: nobody can read that any more.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Link {
        /// Id.
        pub id: LinkId,
        /// Who it is for.
        pub guest_id: GuestId,
        /// The contact.
        pub contact_id: Uuid,
        /// Their name.
        pub contact_name: String,
        /// Their address.
        pub contact_email: Option<String>,
        /// Whether it works once.
        pub single_use: bool,
        /// `active`, `used`, `expired` or `revoked`.
        pub status: String,
        /// `email` or `none`.
        pub sent_by: String,
        /// Who made it; none when a guest asked for it.
        pub created_by_name: Option<String>,
        /// When it was made.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When it ends.
        #[schema(value_type = String, format = "date-time")]
        pub expires_at: Timestamp,
        /// How often it was used.
        pub uses: i32,
        /// When it was last used.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub last_used_at: Option<Timestamp>,
    }
}

row! {
    /// A guest of a portal.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct GuestRow {
        /// Id.
        pub id: GuestId,
        /// The contact.
        pub contact_id: Uuid,
        /// Their name.
        pub name: String,
        /// Their address.
        pub email: Option<String>,
        /// `viewer`, `commenter`, `approver` or `payer`.
        pub role: String,
        /// When they were last in the portal.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub last_seen_at: Option<Timestamp>,
        /// When their access was taken away.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub revoked_at: Option<Timestamp>,
    }
}

/// A link to be made.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewLink {
    /// Who it is for; the client's main contact when left out.
    pub contact_id: Option<Uuid>,
    /// How long it lives; the portal's setting when left out.
    pub expires_in_days: Option<i32>,
    /// Whether it works once; the portal's setting when left out.
    pub single_use: Option<bool>,
    /// Whether it goes out by mail at once.
    pub send: bool,
}

/// A link just made: the only time its address can be read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MadeLink {
    /// Id.
    pub id: LinkId,
    /// Its address.
    pub url: String,
    /// Who it is for.
    pub contact_id: Uuid,
    /// Their name.
    pub contact_name: String,
    /// Whether it works once.
    pub single_use: bool,
    /// Whether it went out by mail.
    pub sent: bool,
    /// When it ends.
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
}
