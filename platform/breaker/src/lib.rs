//! A circuit breaker: after a run of failures an outside service is left alone for a while, so
//! that callers get their answer at once instead of waiting for a time limit each.
//!
//! Closed lets every call through. After `threshold` outages in a row it opens and turns calls
//! away until the rest is over; then one call is let through as a probe, and its outcome closes
//! the breaker or opens it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Guards the calls to one outside service.
#[derive(Debug)]
pub struct Breaker {
    name: &'static str,
    threshold: u32,
    rest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing,
}

/// The breaker is open: ask again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// How long until a call may be tried again.
    pub retry_after: Duration,
}

/// Leave to make one call. Say how it went; a pass dropped without a word (the caller went away)
/// counts neither way.
#[derive(Debug)]
#[must_use = "report the outcome of the call"]
pub struct Pass<'a> {
    breaker: &'a Breaker,
    probe: bool,
    told: bool,
}

impl Breaker {
    /// A closed breaker that opens after `threshold` outages in a row, for `rest`.
    pub const fn new(name: &'static str, threshold: u32, rest: Duration) -> Self {
        Self { name, threshold, rest, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Ask leave to make a call.
    pub fn enter(&self) -> Result<Pass<'_>, Open> {
        let now = Instant::now();
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => Ok(Pass { breaker: self, probe: false, told: false }),
            State::Open { until } if until > now => Err(Open { retry_after: until - now }),
            State::Open { .. } => {
                *state = State::Probing;
                Ok(Pass { breaker: self, probe: true, told: false })
            }
            State::Probing => Err(Open { retry_after: Duration::from_secs(1) }),
        }
    }

    /// Whether calls are turned away right now; for the readiness page.
    pub fn is_open(&self) -> bool {
        match *self.lock() {
            State::Closed { .. } => false,
            State::Open { until } => until > Instant::now(),
            State::Probing => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The service answered (a refusal is an answer too).
    pub fn answered(mut self) {
        self.told = true;
        let mut state = self.breaker.lock();
        match *state {
            State::Probing if self.probe => {
                tracing::info!(service = self.breaker.name, "service is back");
                *state = State::Closed { failures: 0 };
            }
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            _ => {}
        }
    }

    /// The service could not be reached, timed out or broke.
    pub fn failed(mut self) {
        self.told = true;
        let until = Instant::now() + self.breaker.rest;
        let mut state = self.breaker.lock();
        match *state {
            State::Probing if self.probe => *state = State::Open { until },
            State::Closed { failures } if failures + 1 >= self.breaker.threshold => {
                tracing::warn!(service = self.breaker.name, "service is out, resting");
                *state = State::Open { until };
            }
            State::Closed { failures } => *state = State::Closed { failures: failures + 1 },
            _ => {}
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            *self.breaker.lock() = State::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn breaker() -> Breaker {
        Breaker::new("test", 3, Duration::from_secs(20))
    }

    fn fail(breaker: &Breaker) {
        breaker.enter().unwrap().failed();
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_says_when_to_return() {
        let breaker = breaker();
        fail(&breaker);
        fail(&breaker);
        breaker.enter().unwrap().answered();
        fail(&breaker);
        fail(&breaker);
        assert!(!breaker.is_open());
        fail(&breaker);
        assert!(breaker.is_open());
        advance(Duration::from_secs(5)).await;
        assert_eq!(breaker.enter().unwrap_err().retry_after, Duration::from_secs(15));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_rest_one_probe_decides() {
        let breaker = breaker();
        (0..3).for_each(|_| fail(&breaker));
        advance(Duration::from_secs(21)).await;
        let probe = breaker.enter().unwrap();
        assert!(breaker.enter().is_err(), "only one probe at a time");
        probe.failed();
        assert!(breaker.enter().is_err());
        advance(Duration::from_secs(21)).await;
        breaker.enter().unwrap().answered();
        assert!(!breaker.is_open());
        breaker.enter().unwrap().answered();
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_leaves_room_for_the_next() {
        let breaker = breaker();
        (0..3).for_each(|_| fail(&breaker));
        advance(Duration::from_secs(21)).await;
        drop(breaker.enter().unwrap());
        breaker.enter().unwrap().answered();
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_failure_of_an_old_call_does_not_end_the_probe() {
        let breaker = breaker();
        let old = breaker.enter().unwrap();
        (0..3).for_each(|_| fail(&breaker));
        advance(Duration::from_secs(21)).await;
        let probe = breaker.enter().unwrap();
        old.failed();
        probe.answered();
        assert!(!breaker.is_open());
    }
}
