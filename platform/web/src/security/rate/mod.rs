//! Rate limits, two kinds:
//!
//! - [`Budgets`]: cheap, in memory; for the API, per user, key and workspace. Nodes tell one
//!   another every second what they gave out ([`share`]).
//! - [`WaysIn`]: counted in a [`RateStore`] all nodes share; for everything one
//!   can guess at or make us send mail with. Delays grow from strike to strike.

mod budgets;
mod memory;
mod postgres;
mod rules;
mod sharing;
mod ways_in;

pub use budgets::{Budgets, Quota};
pub use memory::MemoryRateStore;
pub use postgres::PostgresRateStore;
pub use rules::{Counter, Policy};
pub use sharing::share;
pub use ways_in::{RateKey, RateStore, Way, WaysIn, attempt, succeeded};

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{HeaderName, RETRY_AFTER};
use rapport_base::{Kind, Refusal};

/// What a limiter says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on.
    pub allowed: bool,
    /// Requests of the limit's period.
    pub limit: u32,
    /// Requests left now.
    pub remaining: u32,
    /// Time until all of them are there again.
    pub reset: Duration,
    /// When trying again makes sense; set when refused.
    pub retry_after: Option<Duration>,
}

impl Decision {
    /// Writes `RateLimit-Limit`, `-Remaining`, `-Reset`, and `Retry-After` when refused.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let fields = [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", whole_seconds(self.reset)),
        ];
        for (name, value) in fields {
            headers.insert(HeaderName::from_static(name), value.into());
        }
        if let Some(after) = self.retry_after {
            headers.insert(RETRY_AFTER, whole_seconds(after).max(1).into());
        }
    }

    /// The refusal to raise; `None` when allowed.
    pub fn refusal(&self) -> Option<Refusal> {
        let after = self.retry_after.filter(|_| !self.allowed)?;
        let wait = match whole_seconds(after).max(1) {
            1 => "a second".to_owned(),
            seconds @ 2..=90 => format!("{seconds} seconds"),
            seconds => format!("{} minutes", seconds.div_ceil(60)),
        };
        let message = format!("Too many attempts. Try again in {wait}.");
        Some(Refusal::new(Kind::Limit, "too_many_requests", message).retry_after(after))
    }

    /// The 429 answer with its headers; `None` when allowed.
    pub fn refused(&self) -> Option<Response> {
        let mut response = self.refusal()?.into_response();
        self.write_headers(response.headers_mut());
        Some(response)
    }

    /// Of two limits on one request, the one that binds first.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        match (self.allowed, other.allowed) {
            (true, false) => other,
            (false, true) => self,
            (false, false) if other.retry_after > self.retry_after => other,
            (true, true) if other.remaining < self.remaining => other,
            _ => self,
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(allowed: bool, remaining: u32, retry: u64) -> Decision {
        Decision {
            allowed,
            limit: 5,
            remaining,
            reset: Duration::from_millis(2500),
            retry_after: (!allowed).then(|| Duration::from_secs(retry)),
        }
    }

    #[test]
    fn a_refusal_says_when_to_try_again_in_its_headers_and_its_sentence() {
        let response = decision(false, 0, 120).refused().unwrap();
        assert_eq!(response.status(), 429);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("retry-after"), "120");
        assert_eq!(header("ratelimit-limit"), "5");
        assert_eq!(header("ratelimit-remaining"), "0");
        assert_eq!(header("ratelimit-reset"), "3");
        let refusal = decision(false, 0, 120).refusal().unwrap();
        assert_eq!(refusal.message, "Too many attempts. Try again in 2 minutes.");
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(120)));
    }

    #[test]
    fn an_allowed_request_has_its_figures_and_no_retry() {
        let mut headers = HeaderMap::new();
        decision(true, 3, 0).write_headers(&mut headers);
        assert_eq!(headers["ratelimit-remaining"], "3");
        assert!(!headers.contains_key(RETRY_AFTER));
        assert!(decision(true, 3, 0).refused().is_none());
    }

    #[test]
    fn the_tighter_of_two_limits_is_the_one_shown() {
        let (few, many) = (decision(true, 1, 0), decision(true, 4, 0));
        assert_eq!(few.tighter(many), many.tighter(few));
        assert_eq!(few.tighter(many).remaining, 1);
        let (short, long) = (decision(false, 0, 5), decision(false, 0, 50));
        assert_eq!(few.tighter(short), short);
        assert_eq!(short.tighter(long).tighter(few), long);
    }
}
