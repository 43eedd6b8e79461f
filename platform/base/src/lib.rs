//! Floor 0 without I/O: the words every crate of Rapport shares. Ids, money,
//! time, addresses, pages of lists, and the one error type of the house.

pub mod clock;
pub mod email;
pub mod error;
pub mod id;
pub mod money;
pub mod page;
pub mod parts;
pub mod patch;
pub mod permission;
pub mod phone;
pub mod seal;
pub mod secret;
pub mod sql;
pub mod text;

pub use clock::Clock;
pub use email::Email;
pub use error::{Error, FieldError, Kind, Refusal, Result};
pub use id::{MemberId, UserId, WorkspaceId};
pub use money::{Currency, Money};
pub use page::{Cursor, Limit, Page, Total};
pub use parts::Parts;
pub use permission::{Permission, PermissionInfo, PermissionSet};
pub use phone::Phone;
pub use seal::{Keys, Ring};
pub use secret::{Secret, Token};

#[doc(hidden)]
pub use {postgres_types, serde, utoipa, uuid};
