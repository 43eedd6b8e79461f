//! The queue against a real PostgreSQL.

mod events;
mod house;
mod jobs;
mod workers;
