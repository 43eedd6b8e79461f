//! Tokens of API clients: short-lived access tokens and rotating refresh tokens.

pub(crate) mod actions;
pub(crate) mod keys;
mod store;

use jiff::SignedDuration;

pub(crate) use keys::SigningKeys;

/// Life of an access token.
pub(crate) const ACCESS: SignedDuration = SignedDuration::from_hours(1);
/// Life of a refresh token.
pub(crate) const REFRESH: SignedDuration = SignedDuration::from_hours(7 * 24);
