//! People asked to join.

pub(crate) mod accept;
pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// An invitation.
    InvitationId
);

/// Life of an invitation's link.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

rapport_db::row! {
    /// An invitation.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Invitation {
        /// Id.
        pub id: InvitationId,
        /// Whom it went to.
        pub email: String,
        /// The role that waits.
        pub role: String,
        /// `pending accepted revoked expired`.
        pub status: String,
        /// How often the mail was sent.
        pub sent_count: i32,
        /// When the link ends.
        #[schema(value_type = String, format = "date-time")]
        pub expires_at: Timestamp,
        /// Asked at.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}
