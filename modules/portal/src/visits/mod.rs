//! How guests come in: by link, by a new link they ask for, by a code before an act that binds.

pub(crate) mod actions;
pub(crate) mod authenticate;
pub(crate) mod jobs;
pub(crate) mod look;
pub(crate) mod pages;
pub(crate) mod preview;
pub(crate) mod store;
