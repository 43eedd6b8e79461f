//! What long work says while it lasts.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_secs(2);

/// Where long work tells how far it is. Cheap to clone.
#[derive(Clone)]
pub struct Progress {
    say: Arc<dyn Fn(&str) + Send + Sync>,
    last: Arc<Mutex<Instant>>,
}

impl Progress {
    /// Tells each sentence to a function.
    pub fn new(say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { say: Arc::new(say), last: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Tells nobody.
    #[must_use]
    pub fn quiet() -> Self {
        Self::new(|_| ())
    }

    /// A step that is worth a line of its own.
    pub fn step(&self, text: &str) {
        (self.say)(text);
    }

    /// How far it is; most are left out, so that one comes every two seconds.
    pub fn far(&self, text: impl FnOnce() -> String) {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= EVERY {
            *last = Instant::now();
            drop(last);
            (self.say)(&text());
        }
    }
}
