//! The proofs, one sort of bad day each.

mod apart;
mod backends_killed;
mod backup;
mod black_hole;
mod by_script;
mod database_restarted;
mod disk_full;
mod first_start;
mod house;
mod kill_app;
mod kill_database;
mod kill_worker;
mod mail_down;
mod money_and_time;
mod poison_job;
mod rolling_restart;
mod slow_clients;
mod store_down;
mod stripe_down;
mod verdict;
mod versions;

use crate::Proof;

/// All of them, in the order they are tried.
#[must_use]
pub fn all() -> &'static [Proof] {
    &[
        kill_app::PROOF,
        kill_worker::PROOF,
        kill_database::PROOF,
        first_start::PROOF,
        database_restarted::PROOF,
        backends_killed::PROOF,
        black_hole::PROOF,
        rolling_restart::PROOF,
        versions::PROOF,
        money_and_time::PROOF,
        slow_clients::PROOF,
        poison_job::PROOF,
        mail_down::PROOF,
        store_down::PROOF,
        stripe_down::PROOF,
        disk_full::PROOF,
        by_script::CLOCK_JUMPS,
        backup::PROOF,
        by_script::TWO_NODES,
        by_script::SCHEMA,
        by_script::STORED_SCRIPTS,
        by_script::ALERTS,
        house::PROOF,
    ]
}
