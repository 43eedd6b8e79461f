//! What goes on inside: sealed secrets, jobs, events.

use rapport_base::Result;
use rapport_db::App;
use rapport_queue::Load;

use super::Finding;
use crate::start::told;

const JOBS: &str = "background jobs";
const EVENTS: &str = "events";
/// Seconds after which something that waits is a sign.
const LATE: f64 = 300.0;

/// `runs`: whether a process ought to be working.
pub(super) async fn look(app: &App, runs: bool) -> Vec<Finding> {
    let found = async {
        let loads = rapport_queue::load(&app.db).await?;
        let mut found = vec![sealed(app).await?, dead(&loads)];
        if runs {
            found.extend(waiting(app, &loads).await?);
        } else {
            found.push(Finding::notice(JOBS, "nothing runs on this data directory now", "rapport serve"));
        }
        Ok::<_, rapport_base::Error>(found)
    };
    found.await.unwrap_or_else(|error| {
        vec![Finding::broken(JOBS, format!("{:#}", told(error)), "see the lines about the database")]
    })
}

async fn sealed(app: &App) -> Result<Finding> {
    let part = "sealed secrets";
    Ok(match identity::sealed_elsewhere(app).await? {
        0 => Finding::fine(part, "the key ring opens them"),
        some => Finding::broken(
            part,
            format!("{some} were sealed with another key ring"),
            "put the former RAPPORT_DATA_DIR/keys (or RAPPORT_MASTER_KEY) back; without it they stay lost",
        ),
    })
}

fn dead(loads: &[Load]) -> Finding {
    let dead: Vec<String> = loads
        .iter()
        .filter(|load| load.dead > 0)
        .map(|load| format!("{} of {}", load.dead, load.name))
        .collect();
    if dead.is_empty() {
        Finding::fine(JOBS, "none laid aside")
    } else {
        Finding::broken(
            JOBS,
            format!("laid aside after many tries: {}", dead.join(", ")),
            "`rapport jobs dead` says why; mend it, then `rapport jobs retry` or `discard`",
        )
    }
}

async fn waiting(app: &App, loads: &[Load]) -> Result<Vec<Finding>> {
    let oldest = loads.iter().map(|load| load.oldest_seconds).fold(0.0, f64::max);
    let behind = rapport_queue::behind(&app.db).await?;
    let worker =
        "see that `rapport serve` without --no-worker, or `rapport worker`, runs and reaches the database";
    Ok(vec![
        if oldest > LATE {
            Finding::broken(JOBS, format!("the oldest has waited {oldest:.0} s"), worker)
        } else {
            Finding::fine(JOBS, format!("the oldest has waited {oldest:.0} s"))
        },
        if behind > LATE {
            let advice = format!("{worker}; a transaction left open in the database holds events back, too");
            Finding::broken(EVENTS, format!("the oldest has waited {behind:.0} s to be passed on"), advice)
        } else {
            Finding::fine(EVENTS, format!("passed on, the oldest waits {behind:.0} s"))
        },
    ])
}
