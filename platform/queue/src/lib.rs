//! Background jobs on PostgreSQL, and the way of an event from the spine to
//! those who listen.
//!
//! A job is put in by the transaction that wants it ([`enqueue`]), run by a
//! [`Worker`] under a lease that a heartbeat renews, tried again with back-off,
//! and laid aside among the [`dead`] when it gives up. The relay turns each
//! event into one job per [`Listener`]; the [`Feed`] shows events live.

pub mod dead;
mod drain;
mod enqueue;
mod feed;
mod job;
mod lease;
mod listener;
mod relay;
mod rules;
mod run;
mod schedule;
mod upkeep;
mod work;
mod worker;

pub use drain::{Drained, Failure, drain, drain_report};
pub use enqueue::{Enqueue, enqueue, enqueue_all, enqueue_system, enqueue_system_for};
pub use feed::{Feed, Subscription};
pub use job::{Job, JobCx, JobInfo, Outcome};
pub use lease::{Load, load};
pub use listener::{Listen, Listener};
pub use relay::behind;
pub use schedule::Schedule;
pub use work::Work;
pub use worker::{Worker, WorkerHandle};
