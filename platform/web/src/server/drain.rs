//! Leaving in order: readiness, and the word that the server is on its way out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Whether new work should be sent here. Starts as not ready; the program sets
/// it once it can answer, the accept loop clears it at the first word of shutdown.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// A flag that says no.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says yes or no from now on.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// What a readiness probe is told.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Put into every request's extensions: tells a long answer when to end.
///
/// Bodies of type `text/event-stream` are ended by the server itself; other
/// long answers wait for [`Draining::begun`].
#[derive(Clone, Debug, Default)]
pub struct Draining(CancellationToken);

impl Draining {
    /// True once the server no longer accepts connections.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Completes when the server stops accepting connections.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    pub(super) fn begin(&self) {
        self.0.cancel();
    }

    pub(super) fn begun_owned(&self) -> WaitForCancellationFutureOwned {
        self.0.clone().cancelled_owned()
    }
}
