//! What one connection is doing, and by when it must have done something else.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use futures::task::AtomicWaker;
use tokio::time::Instant;

use super::Limits;

/// Why a connection was closed on its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    Header,
    Idle,
    WriteStall,
}

impl Expired {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Header => "header_timeout",
            Self::Idle => "idle",
            Self::WriteStall => "write_stall",
        }
    }
}

/// Writes up to this size are HTTP/2's own pings and acknowledgements, no sign
/// that the client is still taking an answer.
const CONTROL_FRAMES: usize = 64;

/// Shared by the socket, which reports bytes, the requests, which report their
/// beginning and end, and the connection, which asks for the next deadline.
pub(super) struct Watch {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Clone, Copy)]
struct State {
    header_timeout: Duration,
    idle_timeout: Duration,
    write_stall: Duration,
    in_flight: u32,
    multiplexed: bool,
    quiet_since: Instant,
    head_since: Option<Instant>,
    head_bytes: bool,
    write_blocked_since: Option<Instant>,
}

impl State {
    fn deadline(&self) -> Option<(Instant, Expired)> {
        let quiet = (self.in_flight == 0).then(|| match self.head_since {
            Some(since) => (since + self.header_timeout, Expired::Header),
            None => (self.quiet_since + self.idle_timeout, Expired::Idle),
        });
        let stalled = self.write_blocked_since.map(|since| (since + self.write_stall, Expired::WriteStall));
        quiet.into_iter().chain(stalled).min_by_key(|(at, _)| *at)
    }
}

impl Watch {
    pub(super) fn new(limits: &Limits, now: Instant) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                header_timeout: limits.header_timeout,
                idle_timeout: limits.idle_timeout,
                write_stall: limits.write_stall,
                in_flight: 0,
                multiplexed: false,
                quiet_since: now,
                head_since: Some(now),
                head_bytes: false,
                write_blocked_since: None,
            }),
            waker: AtomicWaker::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("watch lock")
    }

    /// The connection task, to be woken when a request's end starts a deadline.
    pub(super) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Expired)> {
        self.state().deadline()
    }

    /// True while part of a request's head has come and the rest has not.
    pub(super) fn head_is_arriving(&self) -> bool {
        let state = self.state();
        state.in_flight == 0 && state.head_bytes
    }

    pub(super) fn bytes_read(&self, now: Instant) {
        let mut state = self.state();
        if state.in_flight == 0 && !state.multiplexed {
            state.head_since.get_or_insert(now);
            state.head_bytes = true;
        }
    }

    pub(super) fn bytes_written(&self, count: usize, now: Instant) {
        let mut state = self.state();
        state.write_blocked_since = None;
        if state.in_flight == 0 && count > CONTROL_FRAMES {
            state.quiet_since = now;
        }
    }

    pub(super) fn write_blocked(&self, now: Instant) {
        self.state().write_blocked_since.get_or_insert(now);
    }

    /// A request's head is complete. The request lasts until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> InFlight {
        let mut state = self.state();
        state.in_flight += 1;
        state.multiplexed |= multiplexed;
        state.head_since = None;
        state.head_bytes = false;
        metrics::gauge!("http_requests_in_flight").increment(1);
        InFlight(self.clone())
    }
}

/// One request between its head and the last byte of its answer.
pub(super) struct InFlight(Arc<Watch>);

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("http_requests_in_flight").decrement(1);
        let mut state = self.0.state();
        state.in_flight -= 1;
        state.quiet_since = Instant::now();
        drop(state);
        self.0.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> (Arc<Watch>, Instant) {
        let now = Instant::now();
        (Watch::new(&Limits::default(), now), now)
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_new_connection_has_the_header_time_from_its_accept() {
        let (watch, start) = watch();
        watch.bytes_read(start + 9 * SECOND);
        assert_eq!(watch.deadline(), Some((start + 10 * SECOND, Expired::Header)));
        assert!(watch.head_is_arriving());
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_it_is_idle_until_the_next_head_begins() {
        let (watch, start) = watch();
        drop(watch.begin(false));
        assert_eq!(watch.deadline(), Some((start + 60 * SECOND, Expired::Idle)));
        watch.bytes_read(start + 30 * SECOND);
        assert_eq!(watch.deadline(), Some((start + 40 * SECOND, Expired::Header)));
    }

    #[test]
    fn a_running_request_has_no_deadline_but_a_stalled_write_has() {
        let (watch, start) = watch();
        let _request = watch.begin(false);
        assert_eq!(watch.deadline(), None);
        watch.write_blocked(start + SECOND);
        watch.write_blocked(start + 5 * SECOND);
        assert_eq!(watch.deadline(), Some((start + 61 * SECOND, Expired::WriteStall)));
        watch.bytes_written(1, start + 6 * SECOND);
        assert_eq!(watch.deadline(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_tail_of_an_answer_still_being_taken_keeps_the_connection() {
        let (watch, start) = watch();
        drop(watch.begin(false));
        watch.bytes_written(4096, start + 50 * SECOND);
        assert_eq!(watch.deadline(), Some((start + 110 * SECOND, Expired::Idle)));
    }

    #[tokio::test(start_paused = true)]
    async fn frames_of_a_quiet_http2_connection_do_not_count_as_a_head() {
        let (watch, start) = watch();
        drop(watch.begin(true));
        watch.bytes_read(start + SECOND);
        watch.bytes_written(17, start + SECOND);
        assert_eq!(watch.deadline(), Some((start + 60 * SECOND, Expired::Idle)));
        assert!(!watch.head_is_arriving());
    }
}
