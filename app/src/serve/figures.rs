//! What is measured when someone looks: readiness and the figures of /metrics that no request moves.

use rapport_backup::archive::Lag;
use rapport_base::Result;
use rapport_db::App;
use rapport_queue::Load;
use rapport_storage::Store;
use rapport_web::{House, server::Readiness};

/// Each part that serving needs, and whether it is fine.
pub async fn parts(app: &App, readiness: &Readiness) -> [(&'static str, bool); 3] {
    let database = async { app.db.system().await?.query::<(i32,)>("select 1", &[]).await };
    let store: Store = app.parts.get();
    let (database, files) = futures::join!(database, store.ping());
    [("serving", readiness.is_ready()), ("database", database.is_ok()), ("files", files.is_ok())]
}

/// Sets every gauge anew. What cannot be asked keeps its last value; `ready` says that it failed.
pub async fn gather(app: &App, readiness: &Readiness) {
    for (part, fine) in parts(app, readiness).await {
        metrics::gauge!("ready", "part" => part).set(f64::from(u8::from(fine)));
    }
    let (busy, most) = app.db.usage();
    metrics::gauge!("db_connections_busy").set(busy as f64);
    metrics::gauge!("db_connections_max").set(most as f64);
    if let Ok(Some(free)) = app.parts.get::<Store>().free_bytes().await {
        metrics::gauge!("files_free_bytes").set(free as f64);
    }
    if let Some(lag) = app.parts.find::<Lag>() {
        metrics::gauge!("archive_behind_seconds").set(lag.seconds());
    }
    if let Err(error) = waiting(app).await {
        tracing::debug!(%error, "figures could not be gathered");
    }
}

async fn waiting(app: &App) -> Result<()> {
    let known = app.parts.get::<House>().work().names();
    for load in with_idle(rapport_queue::load(&app.db).await?, known) {
        let count = |state: &'static str, count: i64| {
            metrics::gauge!("queue_jobs", "job" => load.name.clone(), "state" => state).set(count as f64);
        };
        count("ready", load.ready);
        count("later", load.later);
        count("running", load.running);
        count("dead", load.dead);
        metrics::gauge!("queue_oldest_seconds", "job" => load.name).set(load.oldest_seconds);
    }
    metrics::gauge!("relay_behind_seconds").set(rapport_queue::behind(&app.db).await?);
    Ok(())
}

/// With a load of nothing for the jobs of which none is there: a gauge that is not set keeps what it said last.
fn with_idle(mut loads: Vec<Load>, known: Vec<String>) -> Vec<Load> {
    let idle: Vec<String> =
        known.into_iter().filter(|name| loads.iter().all(|load| load.name != *name)).collect();
    loads.extend(idle.into_iter().map(|name| Load { name, ..Load::default() }));
    loads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_was_laid_aside_and_thrown_away_is_counted_as_none() {
        let there = Load { name: "mail".into(), dead: 2, ..Load::default() };
        let loads = with_idle(vec![there.clone()], vec!["mail".into(), "pdf".into()]);
        assert_eq!(loads, [there, Load { name: "pdf".into(), ..Load::default() }]);
    }
}
