//! Limits on everything one can guess at: per address, per account from one
//! network, and, far higher, per account from anywhere, so that nobody locks a
//! person out from elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::App;
use sha2::{Digest, Sha256};

use super::{Counter, Decision, Policy, PostgresRateStore};

/// A counter's name: a hash, so that no address or account is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateKey(pub [u8; 32]);

impl RateKey {
    fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// Where the counters are kept. Each call is atomic.
pub trait RateStore: Send + Sync {
    /// Counts one attempt and returns the counter as it is now.
    fn hit(&self, key: RateKey, policy: Policy, now: Timestamp) -> BoxFuture<'_, Result<Counter>>;
    /// Takes one attempt back.
    fn refund(&self, key: RateKey) -> BoxFuture<'_, Result<()>>;
    /// Drops the counter with its strikes.
    fn forget(&self, key: RateKey) -> BoxFuture<'_, Result<()>>;
}

/// One way in and its limits.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Names the counters: `sign_in`, `password_reset`.
    pub name: &'static str,
    /// From one address, whoever it tries.
    pub address: Policy,
    /// At one account from one network.
    pub account: Policy,
    /// At one account from anywhere.
    pub anywhere: Policy,
}

impl Way {
    /// Five a minute per address and per account, a hundred a minute at one
    /// account from anywhere.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            address: Policy::per_minute(5),
            account: Policy::per_minute(5),
            anywhere: Policy::per_minute(100),
        }
    }

    /// Presenting a token, key or link that may be none: long ones, which nobody guesses in thirty tries.
    pub const fn of_tokens(name: &'static str) -> Self {
        Self {
            name,
            address: Policy::per_minute(30),
            account: Policy::per_minute(30),
            anywhere: Policy::per_minute(1_000),
        }
    }

    fn address_key(&self, client: IpAddr) -> RateKey {
        RateKey::new(&[self.name, "address", &network(client, 32, 64).to_string()])
    }

    fn account_key(&self, client: IpAddr, account: &str) -> RateKey {
        RateKey::new(&[self.name, "account", account, &network(client, 24, 48).to_string()])
    }

    fn anywhere_key(&self, account: &str) -> RateKey {
        RateKey::new(&[self.name, "anywhere", account])
    }
}

/// The limiter of all ways in.
#[derive(Clone)]
pub struct WaysIn {
    store: Arc<dyn RateStore>,
}

impl WaysIn {
    /// Counts in `store`.
    pub fn new(store: Arc<dyn RateStore>) -> Self {
        Self { store }
    }

    /// Counts one attempt by `client` at `account` (a folded e-mail address, a
    /// token's public part; none when nothing is named) and decides on it.
    ///
    /// An attempt refused nearer to its sender is not held against the
    /// account: one address alone cannot use up what others have.
    pub async fn attempt(
        &self,
        way: &Way,
        client: IpAddr,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<Decision> {
        let mut counters = vec![(way.address_key(client), way.address)];
        if let Some(account) = account {
            counters.push((way.account_key(client, account), way.account));
            counters.push((way.anywhere_key(account), way.anywhere));
        }
        let mut tightest: Option<Decision> = None;
        for (key, policy) in counters {
            let decision = self.store.hit(key, policy, now).await?.decision(&policy, now);
            if !decision.allowed {
                metrics::counter!("rate_limited_total", "way" => way.name).increment(1);
                return Ok(decision);
            }
            tightest = Some(tightest.map_or(decision, |so_far| so_far.tighter(decision)));
        }
        Ok(tightest.expect("an address is always counted"))
    }

    /// The attempt was genuine: it is not counted against the address, and the
    /// account's strikes from this network are forgotten.
    pub async fn succeeded(&self, way: &Way, client: IpAddr, account: Option<&str>) -> Result<()> {
        self.store.refund(way.address_key(client)).await?;
        if let Some(account) = account {
            self.store.forget(way.account_key(client, account)).await?;
            self.store.refund(way.anywhere_key(account)).await?;
        }
        Ok(())
    }
}

/// Counts one attempt in the counters of the house, and refuses it when there were too many.
///
/// # Errors
/// Too many attempts.
pub async fn attempt(app: &App, way: &Way, ip: &str, account: Option<&str>) -> Result<()> {
    match ways_of(app).attempt(way, address(ip), account, app.clock.now()).await?.refusal() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// The attempt was genuine, and is not held against anyone.
///
/// # Errors
/// A bug when the counters cannot be reached.
pub async fn succeeded(app: &App, way: &Way, ip: &str, account: Option<&str>) -> Result<()> {
    ways_of(app).succeeded(way, address(ip), account).await
}

fn ways_of(app: &App) -> WaysIn {
    app.parts.find().unwrap_or_else(|| WaysIn::new(Arc::new(PostgresRateStore::new(app.db.clone()))))
}

fn address(ip: &str) -> IpAddr {
    ip.parse().unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

/// The network an address belongs to, by a length for each family.
fn network(client: IpAddr, v4_bits: u32, v6_bits: u32) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(v4) => {
            Ipv4Addr::from_bits(v4.to_bits() & u32::MAX.checked_shl(32 - v4_bits).unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            Ipv6Addr::from_bits(v6.to_bits() & u128::MAX.checked_shl(128 - v6_bits).unwrap_or(0)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryRateStore;
    use super::*;

    const SIGN_IN: Way = Way::new("sign_in");
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn ways() -> WaysIn {
        WaysIn::new(Arc::new(MemoryRateStore::default()))
    }

    async fn attempt(ways: &WaysIn, client: &str, account: &str) -> bool {
        let client = client.parse().unwrap();
        ways.attempt(&SIGN_IN, client, Some(account), NOW).await.unwrap().allowed
    }

    #[tokio::test]
    async fn one_address_gets_five_whoever_it_tries() {
        let ways = ways();
        for account in ["a", "b", "c", "d", "e"] {
            assert!(attempt(&ways, "192.0.2.1", account).await);
        }
        assert!(!attempt(&ways, "192.0.2.1", "f").await);
        assert!(attempt(&ways, "192.0.2.2", "f").await);
    }

    #[tokio::test]
    async fn changing_the_address_within_a_network_does_not_help_against_one_account() {
        let ways = ways();
        for last in 1..=5 {
            assert!(attempt(&ways, &format!("192.0.2.{last}"), "victim").await);
            assert!(attempt(&ways, &format!("2001:db8:1:{last}::1"), "victim").await);
        }
        assert!(!attempt(&ways, "192.0.2.6", "victim").await);
        assert!(!attempt(&ways, "2001:db8:1:6::1", "victim").await);
    }

    #[tokio::test]
    async fn an_attacker_elsewhere_does_not_lock_the_person_out() {
        let ways = ways();
        for _ in 0..10_000 {
            attempt(&ways, "198.51.100.1", "victim").await;
        }
        assert!(!attempt(&ways, "198.51.100.1", "victim").await);
        assert!(attempt(&ways, "192.0.2.1", "victim").await);
    }

    #[tokio::test]
    async fn many_networks_together_meet_the_accounts_own_limit() {
        let ways = ways();
        let mut passed = 0;
        for network in 0..200 {
            passed += u32::from(attempt(&ways, &format!("198.51.{network}.1"), "victim").await);
        }
        assert_eq!(passed, 100);
    }

    #[tokio::test]
    async fn an_office_behind_one_address_signs_in_as_long_as_it_does_so_rightly() {
        let ways = ways();
        let office: IpAddr = "192.0.2.1".parse().unwrap();
        for person in 0..40 {
            let account = format!("person{person}");
            assert!(attempt(&ways, "192.0.2.1", &account).await);
            ways.succeeded(&SIGN_IN, office, Some(&account)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn ways_are_counted_apart_and_names_cannot_be_made_to_collide() {
        let ways = ways();
        for _ in 0..6 {
            attempt(&ways, "192.0.2.1", "a").await;
        }
        let reset = Way::new("password_reset");
        let client = "192.0.2.1".parse().unwrap();
        assert!(ways.attempt(&reset, client, Some("a"), NOW).await.unwrap().allowed);
        assert_ne!(RateKey::new(&["ab", "c"]), RateKey::new(&["a", "bc"]));
    }
}
