//! A notice: one thing one member should know.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_base::{MemberId, Permission};
use rapport_db::row;
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// A notice.
    NoticeId
);

/// Who is told. Whoever acts in the transaction is left out: they know.
#[derive(Clone, Debug)]
pub enum To {
    /// One member.
    Member(MemberId),
    /// Several.
    Members(Vec<MemberId>),
    /// Every active member whose role holds the permission, and the deputies it is lent to.
    Permission(Permission),
    /// As [`To::Permission`], but not one of them: the one whose deed it was, when a listener tells of it.
    PermissionBut(Permission, Option<MemberId>),
}

/// Something to be told.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Who is told.
    pub to: To,
    /// Frozen name of the kind, `invoice.paid`; announce it with [`crate::announce`].
    pub kind: &'static str,
    /// What happened, in one line.
    pub title: String,
    /// More about it; empty for nothing more.
    pub body: String,
    /// Where it leads, below the workspace's own address: `invoices/…`.
    pub href: String,
    /// The same key of a kind is told once: an event's or a thing's id.
    pub key: String,
}

row! {
    /// A notice in its member's bell.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Notice {
        /// Id.
        pub id: NoticeId,
        /// Frozen name of its kind.
        pub kind: String,
        /// What happened.
        pub title: String,
        /// More about it.
        pub body: Option<String>,
        /// Where it leads, below `/app/{workspace}`.
        pub path: String,
        /// When it was read.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub read_at: Option<Timestamp>,
        /// When it came.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}
