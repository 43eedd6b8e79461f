//! The loop itself: accept, refuse, drain.

use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::connection::{Shared, run};
use super::slots::{Full, Slots};
use super::{Limits, PeerAddr, Readiness};

/// Serves `router` on `listener` until `shutdown` completes, then drains.
///
/// Returns once every request has been answered, or after
/// [`Limits::drain_deadline`], when those still running are cut.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_with_readiness(listener, router, limits, Readiness::new(), shutdown).await
}

/// As [`serve`]; turns `readiness` off the moment `shutdown` completes.
pub async fn serve_with_readiness(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    readiness: Readiness,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let door = Door {
        slots: Slots::new(&limits),
        shared: Arc::new(Shared::new(limits, router)),
        tasks: TaskTracker::new(),
    };
    let shared = door.shared.clone();

    door.accept_until(&listener, pin!(shutdown)).await;
    readiness.set(false);
    shared.leaving.cancel();
    if !shared.limits.drain_notice.is_zero() {
        door.accept_until(&listener, pin!(sleep(shared.limits.drain_notice))).await;
    }
    door.empty_the_queue(listener)?;
    shared.draining.begin();
    door.drain().await;
    Ok(())
}

struct Door {
    slots: Arc<Slots>,
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl Door {
    async fn accept_until(
        &self,
        listener: &TcpListener,
        mut end: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut end => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    metrics::counter!("http_accept_errors_total").increment(1);
                    tokio::select! {
                        () = &mut end => return,
                        () = sleep(Duration::from_millis(50)) => {}
                    }
                }
            }
        }
    }

    /// Takes the connections the kernel has already completed, then shuts the door.
    fn empty_the_queue(&self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        loop {
            match listener.accept() {
                Ok((stream, peer)) => {
                    stream.set_nonblocking(true)?;
                    self.admit(TcpStream::from_std(stream)?, peer);
                }
                Err(error) if is_the_clients(&error) => {}
                Err(_) => return Ok(()),
            }
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr) {
        match self.slots.take(peer.ip()) {
            Ok(slot) => {
                metrics::counter!("http_connections_total").increment(1);
                self.tasks.spawn(run(stream, PeerAddr(peer), self.shared.clone(), slot));
            }
            Err(full) => refuse(stream, full),
        }
    }

    async fn drain(&self) {
        self.tasks.close();
        let open = self.tasks.len();
        tracing::info!(connections = open, "draining");
        if timeout(self.shared.limits.drain_deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "drain deadline passed, cutting");
            self.shared.cut.cancel();
            self.tasks.wait().await;
        }
    }
}

/// Errors that belong to one client that left early, not to the listener.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    ) || error.kind() == ErrorKind::Interrupted
}

/// Says why, as far as the socket takes it without waiting, and closes.
fn refuse(stream: TcpStream, full: Full) {
    let (reason, answer): (_, &[u8]) = match full {
        Full::Total => (
            "total",
            b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        Full::Address => (
            "address",
            b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
    };
    metrics::counter!("http_connections_refused_total", "reason" => reason).increment(1);
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write_all(answer);
    }
}
