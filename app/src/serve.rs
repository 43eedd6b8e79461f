//! Serving, and working.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rapport_queue::{Feed, Worker, WorkerHandle};
use rapport_web::{
    House,
    security::{Network, TrustedProxies},
    server::{Limits, Readiness, serve_with_readiness},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    recovery,
    settings::Settings,
    start::{self, Started, told},
    telemetry,
};

mod admin;
mod figures;

/// Pages, API and, if wished, background work, until told to stop.
pub async fn serve(settings: Settings, with_worker: bool) -> Result<()> {
    let began = Instant::now();
    let mut stop = stop_signal()?;
    let metrics = admin::metrics()?;
    let listener = TcpListener::bind(settings.listen()?)
        .await
        .with_context(|| format!("cannot listen on {}", settings.text("RAPPORT_LISTEN")))?;
    let admin_listener = TcpListener::bind(settings.admin_listen()?)
        .await
        .with_context(|| format!("cannot listen on {}", settings.text("RAPPORT_ADMIN_LISTEN")))?;

    let Started { mut app, cluster } = start::start(&settings).await?;
    app.parts = crate::home::with_feed(&app, Feed::start(&app).await.map_err(told)?);
    let archiving = recovery::archive(&settings, cluster.as_ref()).await?;
    if let Some(archiving) = &archiving {
        app.parts = app.parts.and(archiving.lag.clone());
    }
    let readiness = Readiness::new();
    let proxies = settings.proxies()?;
    let network =
        Network { proxies: TrustedProxies::new(proxies.clone()), ..Network::new(&settings.public_url()?) };
    let trust = network.proxies.clone();
    let router = network
        .around(rapport_web::router(app.clone()))
        .layer(axum::middleware::from_fn_with_state(trust, telemetry::go_on));
    let worker = if with_worker { Some(start_worker(&app)?) } else { None };
    let sharing = tokio::spawn(rapport_web::security::rate::share(app.clone()));
    let admin = tokio::spawn(admin::serve(admin_listener, app.clone(), readiness.clone(), metrics));

    readiness.set(true);
    tracing::info!(ms = began.elapsed().as_millis() as u64, "ready");
    eprintln!(
        "\n  Rapport is at {}\n  Mail and health are at http://{}\n",
        settings.public_url()?,
        settings.admin_listen()?
    );
    let limits = Limits { drain_notice: settings.drain_notice()?, ..Limits::default().with_proxies(proxies) };
    serve_with_readiness(listener, router, limits, readiness, async move { stop.recv().await }).await?;

    admin.abort();
    sharing.abort();
    if let Some(worker) = worker {
        worker.stop(Duration::from_secs(20)).await;
    }
    drop(archiving);
    Started { app, cluster }.stop().await
}

/// Background work only, until told to stop.
pub async fn work(settings: Settings) -> Result<()> {
    let mut stop = stop_signal()?;
    let started = start::start(&settings).await?;
    let archiving = recovery::archive(&settings, started.cluster.as_ref()).await?;
    let worker = start_worker(&started.app)?;
    tracing::info!("working");
    stop.recv().await;
    worker.stop(Duration::from_secs(20)).await;
    drop(archiving);
    started.stop().await
}

fn start_worker(app: &rapport_db::App) -> Result<WorkerHandle> {
    let house: House = app.parts.get();
    Worker::start(app.clone(), house.work(), 8).map_err(told)
}

struct Stop(tokio::sync::watch::Receiver<bool>);

impl Stop {
    fn recv(&mut self) -> impl Future<Output = ()> + Send {
        let mut told = self.0.clone();
        async move {
            let _ = told.wait_for(|told| *told).await;
        }
    }
}

// Registered before the start, so that an early signal is kept and not lost.
fn stop_signal() -> Result<Stop> {
    let (sender, receiver) = tokio::sync::watch::channel(false);
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping");
        let _ = sender.send(true);
        sender.closed().await;
    });
    Ok(Stop(receiver))
}
