//! Somebody who only reads, and what they are told.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{
    Line,
    account::Account,
    caller::{Ask, Caller},
};

const PAUSE: Duration = Duration::from_millis(50);
/// Nobody is to wait for longer.
const LIMIT: Duration = Duration::from_secs(10);

/// A reader of some paths, one after the other.
pub struct Reader {
    caller: Caller,
    asks: Vec<Ask>,
    told: BTreeMap<String, usize>,
    longest: Duration,
}

impl Reader {
    /// A reader who has not begun.
    #[must_use]
    pub fn new(address: &str, account: &Account, paths: &[&str]) -> Self {
        let addresses: Arc<[String]> = Arc::new([address.to_owned()]);
        let ask = |path: &&str| Ask {
            method: "GET",
            path: (*path).to_owned(),
            headers: vec![("authorization", format!("Bearer {}", account.token))],
            body: String::new(),
        };
        Self {
            caller: Caller::new(addresses, 0),
            asks: paths.iter().map(ask).collect(),
            told: BTreeMap::new(),
            longest: Duration::ZERO,
        }
    }

    /// Reads for so long.
    pub async fn read(&mut self, time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            for ask in &self.asks {
                let (took, sent) = self.caller.send(ask).await;
                let told = match sent {
                    Ok(answer) => answer.status.to_string(),
                    Err(trouble) => format!("{trouble:?}"),
                };
                *self.told.entry(told).or_default() += 1;
                self.longest = self.longest.max(took);
            }
            sleep(PAUSE).await;
        }
    }

    /// Everything was answered with 200, in time.
    #[must_use]
    pub fn line(&self, promise: &str) -> Line {
        let all_well = !self.told.is_empty() && self.told.keys().all(|told| told == "200");
        let told: Vec<String> = self.told.iter().map(|(told, number)| format!("{number} × {told}")).collect();
        let measured = format!("{}, the longest {:.2} s", told.join(", "), self.longest.as_secs_f64());
        Line::new(promise, all_well && self.longest < LIMIT, measured)
    }
}
