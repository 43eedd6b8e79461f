//! One attempt of one job.

use std::{any::Any, collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures::FutureExt;
use rapport_base::{Error, Result};
use rapport_db::App;
use tracing::{Instrument, field::Empty};

use crate::{
    JobCx, JobInfo, Outcome,
    enqueue::NOBODY,
    lease::Leased,
    rules::{Ended, judge},
};

/// Runs an attempt to its end, as a trace of its own; a panic or a late end is a failed attempt.
pub(crate) async fn attempt(app: &App, known: &Arc<HashMap<String, JobInfo>>, job: &Leased) -> Ended {
    // At the highest level: whatever else is logged of the job names it.
    let span = tracing::error_span!(
        "job",
        otel.name = format_args!("job {}", job.name),
        otel.kind = "consumer",
        otel.status_code = Empty,
        workspace = Empty,
        job.id = job.id,
        job.attempt = job.attempt,
    );
    if job.workspace != NOBODY {
        span.record("workspace", tracing::field::display(job.workspace));
    }
    let ended = attempted(app, known, job).instrument(span.clone()).await;
    if matches!(ended, Ended::Again { error: Some(_), .. } | Ended::Dead(_)) {
        span.record("otel.status_code", "ERROR");
    }
    ended
}

async fn attempted(app: &App, known: &Arc<HashMap<String, JobInfo>>, job: &Leased) -> Ended {
    let name = job.name.clone();
    metrics::histogram!("queue_wait_seconds", "job" => name.clone()).record(job.waited.max(0.0));
    let begun = Instant::now();
    let result = run(app, known, job).await;
    metrics::histogram!("queue_run_seconds", "job" => name.clone()).record(begun.elapsed().as_secs_f64());
    let ended = judge(job.id, job.attempt, job.max_attempts, result);
    let outcome = match &ended {
        Ended::Done => "done",
        Ended::Again { error: None, .. } => "put_off",
        Ended::Again { after, error: Some(error) } => {
            tracing::warn!(job = name, id = job.id, attempt = job.attempt, again_in = ?after, %error, "a background job failed");
            "failed"
        }
        Ended::Dead(reason) => {
            tracing::error!(job = name, id = job.id, attempt = job.attempt, %reason, "a background job gave up");
            "dead"
        }
    };
    metrics::counter!("queue_attempts_total", "job" => name, "outcome" => outcome).increment(1);
    ended
}

async fn run(app: &App, known: &Arc<HashMap<String, JobInfo>>, job: &Leased) -> Result<Outcome> {
    let info = known.get(&job.name).ok_or_else(|| Error::message("nobody here knows this job"))?;
    let workspace = (job.workspace != NOBODY).then_some(job.workspace);
    let cx = JobCx { app: app.clone(), workspace, id: job.id, attempt: job.attempt };
    let payload = job.payload.clone();
    let work = AssertUnwindSafe(async { (info.run)(cx, payload).await }).catch_unwind();
    match tokio::time::timeout(info.time_limit, work).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Error::message(format!("panic: {}", message(&*panic)))),
        Err(_) => Err(Error::message(format!("took longer than {:?}", info.time_limit))),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}
