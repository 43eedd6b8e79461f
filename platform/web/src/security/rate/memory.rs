//! Counters in memory: for tests, and for limits that need not outlive a node.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use jiff::Timestamp;
use rapport_base::Result;

use super::{Counter, Policy, RateKey, RateStore};

/// A [`RateStore`] of one process.
#[derive(Default)]
pub struct MemoryRateStore {
    counters: Mutex<HashMap<RateKey, (Counter, Policy)>>,
}

/// Above this many counters, those without meaning any more are dropped.
const SWEEP_AT: usize = 100_000;

impl RateStore for MemoryRateStore {
    fn hit(&self, key: RateKey, policy: Policy, now: Timestamp) -> BoxFuture<'_, Result<Counter>> {
        let mut counters = self.counters.lock().expect("counters lock");
        if counters.len() >= SWEEP_AT {
            counters
                .retain(|_, (counter, policy)| Counter::after_hit(Some(*counter), policy, now).strikes > 0);
        }
        let before = counters.get(&key).map(|(counter, _)| *counter);
        let after = Counter::after_hit(before, &policy, now);
        counters.insert(key, (after, policy));
        ready(Ok(after)).boxed()
    }

    fn refund(&self, key: RateKey) -> BoxFuture<'_, Result<()>> {
        if let Some((counter, _)) = self.counters.lock().expect("counters lock").get_mut(&key) {
            *counter = counter.after_refund();
        }
        ready(Ok(())).boxed()
    }

    fn forget(&self, key: RateKey) -> BoxFuture<'_, Result<()>> {
        self.counters.lock().expect("counters lock").remove(&key);
        ready(Ok(())).boxed()
    }
}
