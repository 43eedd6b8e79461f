//! A world for tests: a fresh copy of the migrated database, a frozen clock,
//! the router, and browsers and programs that talk to it.
//!
//! With `RAPPORT_TEST_CLUSTER` (see the `rapport-test-cluster` command) all test
//! binaries share one PostgreSQL; without it each starts one of its own. With
//! `RAPPORT_TEST_POOLER` the serving role goes through a PgBouncer in front of it
//! (see `scripts/through-pgbouncer`).

mod cluster;
mod http;
mod world;

pub use http::{Http, Reply};
pub use world::World;
