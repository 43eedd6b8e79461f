//! Keys for programs.

pub(crate) mod rules;

/// What every key begins with, so that one found in the wrong place is known for what it is.
pub(crate) const BEGINNING: &str = "rapport_";
