//! Paying online: hosted checkout pages at Stripe, or our own page with the bank details.

pub(crate) mod actions;
pub(crate) mod store;

pub(crate) use actions::pay_link;
