//! All due work, here and now: for tests and the command line.

use std::{sync::Arc, time::Duration};

use rapport_base::{Error, Result};
use rapport_db::App;

use crate::{
    Work,
    lease::{Taker, settle},
    relay,
    rules::Ended,
    run,
};

/// What a drain did.
#[derive(Clone, Debug, Default)]
pub struct Drained {
    /// Attempts that were made.
    pub ran: usize,
    /// Those that failed or gave up.
    pub failed: Vec<Failure>,
}

/// An attempt that failed or gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The job's frozen name.
    pub job: String,
    /// What went wrong.
    pub error: String,
    /// Whether it was laid aside.
    pub dead: bool,
}

/// Passes all events on and runs every due job, one after the other in this
/// task, until nothing is left; returns the number of attempts. Jobs that are
/// not due by the house's clock stay.
///
/// # Errors
/// A bug with the first failure, once everything else has run.
pub async fn drain(app: &App, work: &Work) -> Result<usize> {
    let drained = drain_report(app, work).await?;
    match drained.failed.first() {
        None => Ok(drained.ran),
        Some(first) => {
            Err(Error::message(format!("the background job {} failed: {}", first.job, first.error)))
        }
    }
}

/// As [`drain`], telling failures instead of failing.
///
/// # Errors
/// A bug when the database refuses.
pub async fn drain_report(app: &App, work: &Work) -> Result<Drained> {
    let known = Arc::new(work.by_name());
    let mut taker = Taker::new(known.keys().cloned());
    let mut drained = Drained::default();
    relay::register(app).await?;
    loop {
        let step = relay::step(app, &work.listeners).await?;
        let jobs = taker.take(&app.db, app.clock.now(), 1).await?;
        if jobs.is_empty() && step.events == 0 {
            if !step.held_back {
                return Ok(drained);
            }
            // Another transaction in the cluster, begun earlier, has yet to end.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        for job in jobs {
            let ended = run::attempt(app, &known, &job).await;
            settle(&app.db, app.clock.now(), taker.id, &job, &ended).await?;
            drained.ran += 1;
            let dead = matches!(ended, Ended::Dead(_));
            if let Ended::Again { error: Some(error), .. } | Ended::Dead(error) = ended {
                drained.failed.push(Failure { job: job.name, error, dead });
            }
        }
    }
}
