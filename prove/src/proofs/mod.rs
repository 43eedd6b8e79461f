//! The proofs, one sort of bad day each.

mod first_start;
mod kill_app;
mod kill_database;
mod kill_worker;
mod verdict;

use crate::Proof;

/// All of them, in the order they are tried.
#[must_use]
pub fn all() -> &'static [Proof] {
    &[kill_app::PROOF, kill_worker::PROOF, kill_database::PROOF, first_start::PROOF]
}
