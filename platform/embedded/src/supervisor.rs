//! Brings the server back when it dies.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::rules::restart_delay;
use crate::server::{Postmaster, Server};

/// A server that ran this long has not failed "in a row": what ended it came from outside.
const HEALTHY: Duration = Duration::from_secs(1);

/// Runs until told to stop, or until whoever could tell has gone.
pub(crate) async fn run(
    server: Arc<Server>,
    mut postmaster: Postmaster,
    mut stop: mpsc::Receiver<()>,
    running: watch::Sender<bool>,
) -> Result<()> {
    let mut attempt = 0;
    let mut since = Instant::now();
    loop {
        let status = tokio::select! {
            status = postmaster.ended() => status.context("PostgreSQL was lost")?,
            _ = stop.recv() => return finish(&server, Some(postmaster), &running).await,
        };
        running.send_replace(false);
        drop(postmaster);
        if since.elapsed() > HEALTHY {
            attempt = 0;
        }
        tracing::error!(%status, attempt, "PostgreSQL ended by itself; it is started again");
        postmaster = loop {
            tokio::select! {
                () = sleep(restart_delay(attempt)) => {}
                _ = stop.recv() => return finish(&server, None, &running).await,
            }
            attempt = attempt.saturating_add(1);
            let mut next = match server.spawn() {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), attempt, "PostgreSQL cannot be started");
                    continue;
                }
            };
            let ready = tokio::select! {
                ready = server.wait_until_ready(&mut next) => ready,
                _ = stop.recv() => return finish(&server, Some(next), &running).await,
            };
            match ready {
                Ok(()) => break next,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), attempt, "PostgreSQL is not back yet")
                }
            }
        };
        since = Instant::now();
        running.send_replace(true);
        tracing::info!("PostgreSQL is running again");
    }
}

async fn finish(
    server: &Server,
    postmaster: Option<Postmaster>,
    running: &watch::Sender<bool>,
) -> Result<()> {
    running.send_replace(false);
    let stopped = match postmaster {
        Some(postmaster) => postmaster.stop().await,
        None => Ok(()),
    };
    server.home.remove_socket_folder(&server.socket);
    stopped
}
