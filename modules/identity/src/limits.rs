//! The ways in and their limits.

use rapport_web::security::rate::Way;
pub(crate) use rapport_web::security::rate::{attempt, succeeded};

/// Signing in with a password.
pub(crate) const PASSWORD: Way = Way::new("password");
/// Making an account.
pub(crate) const SIGN_UP: Way = Way::new("sign_up");
/// Asking for a sign-in link, a new password or a confirmation: everything that sends mail.
pub(crate) const MAIL: Way = Way::new("mail");
/// Typing a code or following a link.
pub(crate) const CODE: Way = Way::new("code");
/// Presenting a token, key or link that is none.
pub(crate) const TOKEN: Way = Way::of_tokens("token");
