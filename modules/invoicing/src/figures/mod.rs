//! Sums over invoices and payments. Amounts of two currencies are never added up.

pub(crate) mod checks;
pub(crate) mod rules;
pub(crate) mod store;
pub(crate) mod tiles;
