//! What Stripe tells us: stored as it came, answered at once, worked on in the background.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod store;
