//! Signing in.

pub(crate) mod actions;
pub(crate) mod again;
pub(crate) mod api;
pub(crate) mod pages;
