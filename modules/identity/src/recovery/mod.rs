//! A new password by mail, and confirming an address.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
