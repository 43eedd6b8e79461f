//! The API's limits: the generic cell rate algorithm, one number per key.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::Decision;

/// A budget that were full again later than this is of a clock that has been set back since: all nodes
/// together do not give out as much.
pub(super) const FURTHEST: Duration = Duration::from_secs(600);

/// So many requests per period; all of them may come at once, then they
/// return evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    interval: i64,
}

impl Quota {
    /// `limit` (at least one) requests per `period`.
    pub fn new(limit: u32, period: Duration) -> Self {
        let limit = limit.max(1);
        let nanos = i64::try_from(period.as_nanos()).unwrap_or(i64::MAX);
        Self { limit, interval: (nanos / i64::from(limit)).max(1) }
    }

    /// `limit` requests per minute.
    pub fn per_minute(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60))
    }

    fn period(self) -> i64 {
        self.interval.saturating_mul(i64::from(self.limit))
    }

    /// When the bucket is full again, as far as this clock and quota can mean it:
    /// a clock set back or a smaller quota locks nobody out beyond one period.
    fn within(self, full_at: i64, now: i64) -> i64 {
        if nanos(full_at.saturating_sub(now)) > FURTHEST {
            return now;
        }
        full_at.clamp(now, now.saturating_add(self.period()))
    }

    /// Judges one request, given when the bucket is full again; returns that
    /// instant as it is after the request too.
    fn judge(self, full_at: i64, now: i64) -> (Decision, i64) {
        let after = full_at.saturating_add(self.interval);
        let excess = after - now - self.period();
        let allowed = excess <= 0;
        let used = if allowed { after - now } else { full_at - now };
        let left = (self.period() - used) / self.interval;
        let decision = Decision {
            allowed,
            limit: self.limit,
            remaining: u32::try_from(left).unwrap_or(0),
            reset: nanos(used),
            retry_after: (!allowed).then(|| nanos(excess)),
        };
        (decision, if allowed { after } else { full_at })
    }
}

fn nanos(count: i64) -> Duration {
    Duration::from_nanos(count.max(0).unsigned_abs())
}

/// The counters of one node.
#[derive(Default)]
pub struct Budgets {
    cells: Mutex<Cells>,
}

#[derive(Default)]
struct Cells {
    full_at: HashMap<Box<str>, i64>,
    /// By how much each was moved since the other nodes were told; none when they are not.
    spent: Option<HashMap<Box<str>, i64>>,
    sweep_at: usize,
}

/// What was taken from one budget.
pub(super) struct Spent {
    pub(super) key: Box<str>,
    pub(super) nanos: i64,
}

impl Budgets {
    /// No one has used anything yet, and it is nobody else's business.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Budgets::new`], to be shared with other nodes (see [`share`](super::share)).
    pub fn shared() -> Self {
        Self { cells: Mutex::new(Cells { spent: Some(HashMap::new()), ..Cells::default() }) }
    }

    /// Takes one request from every key's quota, or from none when one of them
    /// is used up. Keys name their kind: `user:…`, `key:…`, `workspace:…`.
    pub fn take(&self, keys: &[(&str, Quota)], now: Timestamp) -> Decision {
        let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
        let mut cells = self.cells.lock().expect("budgets lock");
        let judged: Vec<_> = keys
            .iter()
            .map(|(key, quota)| {
                let stored = cells.full_at.get(*key).copied().unwrap_or(now);
                let full_at = quota.within(stored, now);
                let (decision, after) = quota.judge(full_at, now);
                (decision, full_at, after)
            })
            .collect();
        let decision =
            judged.iter().map(|(decision, ..)| *decision).reduce(Decision::tighter).unwrap_or(UNLIMITED);
        for ((key, quota), (_, before, after)) in keys.iter().zip(&judged) {
            cells.put(key, if decision.allowed { *after } else { *before }, now);
            if decision.allowed {
                cells.spend(key, quota.interval);
            }
        }
        decision
    }

    /// What was taken since the last time.
    pub(super) fn collect(&self) -> Vec<Spent> {
        let mut cells = self.cells.lock().expect("budgets lock");
        let spent = cells.spent.as_mut().map(std::mem::take).unwrap_or_default();
        spent.into_iter().map(|(key, nanos)| Spent { key, nanos }).collect()
    }

    /// Keeps for the next time what could not be told.
    pub(super) fn put_back(&self, spent: Vec<Spent>) {
        let mut cells = self.cells.lock().expect("budgets lock");
        for Spent { key, nanos } in spent {
            cells.spend(&key, nanos);
        }
    }

    /// When budgets are full again after what all nodes took; what was taken here meanwhile is added.
    pub(super) fn heard(&self, full_at: &[(&str, Timestamp)]) {
        let mut cells = self.cells.lock().expect("budgets lock");
        for (key, at) in full_at {
            let meanwhile = cells.spent.as_ref().and_then(|spent| spent.get(*key)).copied().unwrap_or(0);
            let at = i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX);
            if let Some(cell) = cells.full_at.get_mut(*key) {
                *cell = at.saturating_add(meanwhile);
            }
        }
    }
}

const UNLIMITED: Decision = Decision {
    allowed: true,
    limit: u32::MAX,
    remaining: u32::MAX,
    reset: Duration::ZERO,
    retry_after: None,
};

impl Cells {
    fn spend(&mut self, key: &str, nanos: i64) {
        let Some(spent) = &mut self.spent else { return };
        match spent.get_mut(key) {
            Some(sum) => *sum = sum.saturating_add(nanos),
            None => {
                spent.insert(key.into(), nanos);
            }
        }
    }

    fn put(&mut self, key: &str, full_at: i64, now: i64) {
        if let Some(cell) = self.full_at.get_mut(key) {
            *cell = full_at;
            return;
        }
        if self.full_at.len() >= self.sweep_at {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.sweep_at = (self.full_at.len() * 2).max(1024);
        }
        self.full_at.insert(key.into(), full_at);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_burst_of_the_limit_passes_and_returns_evenly() {
        let budgets = Budgets::new();
        let quota = Quota::per_minute(60);
        for left in (0..60).rev() {
            let decision = budgets.take(&[("user:1", quota)], at(0));
            assert!(decision.allowed);
            assert_eq!(decision.remaining, left);
        }
        let refused = budgets.take(&[("user:1", quota)], at(0));
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, Some(Duration::from_secs(1)));
        assert_eq!(refused.reset, Duration::from_secs(60));
        assert!(!budgets.take(&[("user:1", quota)], at(999)).allowed);
        assert!(budgets.take(&[("user:1", quota)], at(1000)).allowed);
        assert!(budgets.take(&[("user:2", quota)], at(1000)).allowed);
    }

    #[test]
    fn a_request_refused_by_one_quota_uses_up_no_other() {
        let budgets = Budgets::new();
        let (user, workspace) = (("user:1", Quota::per_minute(1)), ("workspace:1", Quota::per_minute(9)));
        assert!(budgets.take(&[user, workspace], at(0)).allowed);
        for _ in 0..20 {
            assert!(!budgets.take(&[user, workspace], at(0)).allowed);
        }
        assert_eq!(budgets.take(&[workspace], at(0)).remaining, 7);
    }

    #[test]
    fn a_clock_set_back_by_hours_takes_nothing_away() {
        let budgets = Budgets::new();
        let key = [("user:1", Quota::per_minute(2))];
        budgets.take(&key, at(3_600_000));
        assert_eq!(budgets.take(&key, at(0)).remaining, 1);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_anyone_out_for_longer_than_the_period() {
        let budgets = Budgets::new();
        let key = [("user:1", Quota::per_minute(2))];
        budgets.take(&key, at(300_000));
        let refused = budgets.take(&key, at(0));
        assert!(refused.retry_after.unwrap_or_default() <= Duration::from_secs(60));
        assert!(budgets.take(&key, at(60_000)).allowed);
    }

    #[test]
    fn keys_that_have_recovered_are_forgotten() {
        let budgets = Budgets::new();
        for key in 0..10_000 {
            let name = format!("user:{key}");
            budgets.take(&[(&name, Quota::per_minute(600))], at(key));
        }
        assert!(budgets.cells.lock().unwrap().full_at.len() <= 2048);
    }

    proptest! {
        #[test]
        fn no_period_ever_sees_more_than_twice_the_limit_and_refusals_tell_the_truth(
            limit in 1u32..40,
            period_ms in 50i64..5000,
            gaps in prop::collection::vec(0i64..400, 1..300),
        ) {
            let quota = Quota::new(limit, Duration::from_millis(period_ms.unsigned_abs()));
            let budgets = Budgets::new();
            let mut now = at(0);
            let mut passed = Vec::new();
            for gap in gaps {
                now += SignedDuration::from_millis(gap);
                let decision = budgets.take(&[("k", quota)], now);
                prop_assert!(decision.remaining <= limit);
                prop_assert_eq!(decision.allowed, decision.retry_after.is_none());
                if let Some(after) = decision.retry_after {
                    let (again, _) = {
                        let cells = budgets.cells.lock().unwrap();
                        let then = now + SignedDuration::try_from(after).unwrap();
                        quota.judge(cells.full_at["k"], i64::try_from(then.as_nanosecond()).unwrap())
                    };
                    prop_assert!(again.allowed);
                } else {
                    passed.push(now);
                }
            }
            let period = SignedDuration::from_millis(period_ms);
            for (index, start) in passed.iter().enumerate() {
                let seen = passed[index..].iter().filter(|then| **then < *start + period).count();
                prop_assert!(seen <= 2 * limit as usize, "{} of {}", seen, limit);
            }
        }
    }
}
