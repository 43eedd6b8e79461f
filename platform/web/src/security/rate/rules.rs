//! How a counter moves: pure, and the same as the statement in `postgres.rs`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Decision;

/// So many attempts per window; one more, and a delay begins, doubling from
/// strike to strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Attempts allowed in one window.
    pub limit: u32,
    /// Length of the window.
    pub window: Duration,
    /// The delay of the first strike.
    pub first_delay: Duration,
    /// No delay is longer than this.
    pub longest_delay: Duration,
    /// Quiet time after which strikes are forgotten.
    pub forget_after: Duration,
}

impl Policy {
    /// `limit` a minute, delays of 1, 2, 4, 8 and at most 15 minutes, forgotten
    /// after a day.
    pub const fn per_minute(limit: u32) -> Self {
        Self {
            limit,
            window: Duration::from_secs(60),
            first_delay: Duration::from_secs(60),
            longest_delay: Duration::from_secs(15 * 60),
            forget_after: Duration::from_secs(24 * 60 * 60),
        }
    }

    fn delay(&self, strikes: u32) -> Duration {
        let doubled = 1u32 << strikes.saturating_sub(1).min(20);
        self.first_delay.saturating_mul(doubled).min(self.longest_delay)
    }
}

/// A counter as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// When the present window began.
    pub window_start: Timestamp,
    /// Attempts in it.
    pub count: u32,
    /// How often the limit was passed.
    pub strikes: u32,
    /// End of the last delay.
    pub blocked_until: Option<Timestamp>,
}

impl Counter {
    /// The counter after one more attempt.
    pub fn after_hit(before: Option<Self>, policy: &Policy, now: Timestamp) -> Self {
        let fresh = Self { window_start: now, count: 1, strikes: 0, blocked_until: None };
        let Some(before) = before else { return fresh };
        if before.lies_ahead(policy, now) {
            return Self { strikes: before.strikes, ..fresh };
        }
        if before.is_blocked(now) {
            return before;
        }
        let last = before.blocked_until.unwrap_or(before.window_start).max(before.window_start);
        if later(last, policy.forget_after) <= now {
            return fresh;
        }
        let delayed = before.blocked_until.is_some_and(|until| until > before.window_start);
        if delayed || later(before.window_start, policy.window) <= now {
            return Self { window_start: now, count: 1, ..before };
        }
        if before.count < policy.limit {
            return Self { count: before.count + 1, ..before };
        }
        let strikes = before.strikes.saturating_add(1);
        let blocked_until = Some(later(now, policy.delay(strikes)));
        Self { strikes, blocked_until, ..before }
    }

    /// The counter after an attempt turned out well.
    #[must_use]
    pub fn after_refund(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// What the counter, moved by this attempt, says to it.
    pub fn decision(&self, policy: &Policy, now: Timestamp) -> Decision {
        let until = |end: Timestamp| Duration::try_from(end.duration_since(now)).unwrap_or_default();
        let blocked = self.is_blocked(now);
        let end = match self.blocked_until.filter(|_| blocked) {
            Some(end) => end,
            None => later(self.window_start, policy.window),
        };
        Decision {
            allowed: !blocked,
            limit: policy.limit,
            remaining: if blocked { 0 } else { policy.limit.saturating_sub(self.count) },
            reset: until(end),
            retry_after: blocked.then(|| until(end)),
        }
    }

    /// Whether it was written by a clock that has been set back since: it would close the way in until
    /// then. A window is left for clocks of nodes that differ.
    fn lies_ahead(&self, policy: &Policy, now: Timestamp) -> bool {
        let furthest = later(now, policy.window);
        self.window_start > furthest
            || self.blocked_until.is_some_and(|until| until > later(furthest, policy.longest_delay))
    }

    fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_until.is_some_and(|until| until > now)
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: Policy = Policy::per_minute(5);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn hit(counter: &mut Option<Counter>, seconds: i64) -> Decision {
        let moved = Counter::after_hit(*counter, &POLICY, at(seconds));
        *counter = Some(moved);
        moved.decision(&POLICY, at(seconds))
    }

    #[test]
    fn five_pass_the_sixth_waits_and_each_strike_waits_longer() {
        let mut counter = None;
        let mut now = 0;
        for minutes in [1, 2, 4, 8, 15, 15] {
            for left in (0..5).rev() {
                let decision = hit(&mut counter, now);
                assert!(decision.allowed);
                assert_eq!(decision.remaining, left);
            }
            let refused = hit(&mut counter, now);
            assert!(!refused.allowed);
            assert_eq!(refused.retry_after, Some(Duration::from_secs(minutes * 60)));
            now += i64::try_from(minutes).unwrap() * 60;
            assert!(!hit(&mut counter, now - 1).allowed);
        }
    }

    #[test]
    fn knocking_during_a_delay_does_not_lengthen_it() {
        let mut counter = None;
        for _ in 0..100 {
            hit(&mut counter, 0);
        }
        assert_eq!(hit(&mut counter, 30).retry_after, Some(Duration::from_secs(30)));
        assert!(hit(&mut counter, 60).allowed);
    }

    #[test]
    fn strikes_are_forgotten_after_a_quiet_day() {
        let mut counter = None;
        for _ in 0..6 {
            hit(&mut counter, 0);
        }
        assert_eq!(counter.unwrap().strikes, 1);
        hit(&mut counter, 86_459);
        assert_eq!(counter.unwrap().strikes, 1);
        hit(&mut counter, 86_459 + 86_400);
        assert_eq!(counter.unwrap().strikes, 0);
    }

    #[test]
    fn a_window_that_passed_starts_anew() {
        let mut counter = None;
        for _ in 0..5 {
            hit(&mut counter, 0);
        }
        assert_eq!(hit(&mut counter, 60).remaining, 4);
    }

    #[test]
    fn a_clock_that_is_set_back_closes_no_way_in_and_forgives_no_strike() {
        let mut counter = None;
        for _ in 0..6 {
            hit(&mut counter, 86_400);
        }
        let decision = hit(&mut counter, 0);
        assert_eq!((decision.allowed, decision.remaining, counter.unwrap().strikes), (true, 4, 1));
    }

    #[test]
    fn a_node_whose_clock_is_behind_by_seconds_keeps_what_another_counted() {
        let mut counter = None;
        for _ in 0..5 {
            hit(&mut counter, 20);
        }
        assert!(!hit(&mut counter, 0).allowed);
        assert!(!hit(&mut counter, 20).allowed);
    }

    proptest! {
        #[test]
        fn never_more_than_twice_the_limit_passes_in_a_window(
            gaps in prop::collection::vec(0i64..40, 1..200),
        ) {
            let mut counter = None;
            let mut now = 0;
            let mut passed: Vec<i64> = Vec::new();
            for gap in gaps {
                now += gap;
                let decision = hit(&mut counter, now);
                prop_assert_eq!(decision.allowed, decision.retry_after.is_none());
                if decision.allowed {
                    passed.push(now);
                }
            }
            for (index, start) in passed.iter().enumerate() {
                let seen = passed[index..].iter().filter(|then| **then < start + 60).count();
                prop_assert!(seen <= 10);
            }
        }
    }
}
