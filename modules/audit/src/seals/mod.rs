//! A seal: the hash of a run of audited events of one workspace and of the seal before.

pub(crate) mod actions;
pub(crate) mod redact;
pub(crate) mod redactions;
pub(crate) mod rules;
pub(crate) mod store;

use rapport_queue::{JobCx, Outcome, Schedule};

/// What the clock starts.
pub(crate) fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("audit.seal", "* * * * *", |cx: JobCx| async move {
            while actions::seal(&cx.app).await? == actions::BATCH {}
            Ok(Outcome::Done)
        })
        .catching_up(),
    ]
}
