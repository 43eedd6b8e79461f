//! Sessions of browsers: who is signed in where.

pub(crate) mod actions;
pub(crate) mod api;
pub mod authenticate;
pub(crate) mod list;
pub(crate) mod store;

use jiff::SignedDuration;

/// A session without activity ends after this.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Every session ends after this.
pub(crate) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// For so long after proving who one is, sensitive things may be done.
pub(crate) const SUDO: SignedDuration = SignedDuration::from_mins(10);
