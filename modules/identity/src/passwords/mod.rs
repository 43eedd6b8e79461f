//! Passwords: what may be one, and their hashes.

mod hash;
pub(crate) mod rules;

pub(crate) use hash::Hasher;
#[cfg(any(test, feature = "testing"))]
pub(crate) use hash::hash_now;
