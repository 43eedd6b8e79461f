//! Signing in.

pub(crate) mod actions;
pub(crate) mod again;
pub(crate) mod api;
pub(crate) mod link;
pub(crate) mod link_pages;
pub(crate) mod pages;
