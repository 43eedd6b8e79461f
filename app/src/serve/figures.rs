//! What is measured when someone looks: readiness and the figures of /metrics that no request moves.

use rapport_base::Result;
use rapport_db::App;
use rapport_storage::Store;
use rapport_web::server::Readiness;

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
    if let Err(error) = waiting(app).await {
        tracing::debug!(%error, "figures could not be gathered");
    }
}

async fn waiting(app: &App) -> Result<()> {
    for load in rapport_queue::load(&app.db).await? {
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
