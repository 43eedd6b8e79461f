//! The board: a pipeline's stages as columns with their deals as cards.

pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;
