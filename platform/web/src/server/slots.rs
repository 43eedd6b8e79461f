//! How many connections are held, in all and per address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use ipnet::IpNet;

use super::Limits;

/// Which cap refused a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Total,
    Address,
}

pub(super) struct Slots {
    total: usize,
    per_address: usize,
    exempt: Vec<IpNet>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    counted: Option<IpAddr>,
}

impl Slots {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            total: limits.max_connections,
            per_address: limits.max_connections_per_address,
            exempt: limits.exempt.clone(),
            held: Mutex::default(),
        })
    }

    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Result<Slot, Full> {
        let address = neighbourhood(peer);
        let exempt = self.exempt.iter().any(|net| net.contains(&peer.to_canonical()));
        let mut held = self.held.lock().expect("slots lock");
        if held.total >= self.total {
            return Err(Full::Total);
        }
        if !exempt {
            let count = held.by_address.entry(address).or_default();
            if *count >= self.per_address {
                return Err(Full::Address);
            }
            *count += 1;
        }
        held.total += 1;
        metrics::gauge!("http_connections_open").set(held.total as f64);
        Ok(Slot { slots: self.clone(), counted: (!exempt).then_some(address) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.slots.held.lock().expect("slots lock");
        held.total -= 1;
        metrics::gauge!("http_connections_open").set(held.total as f64);
        let Some(address) = self.counted else { return };
        if let Some(count) = held.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                held.by_address.remove(&address);
            }
        }
    }
}

/// One IPv6 customer commands a whole /64, so that is what is counted.
fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(total: usize, per_address: usize) -> Arc<Slots> {
        let limits =
            Limits { max_connections: total, max_connections_per_address: per_address, ..Limits::default() };
        Slots::new(&limits.with_proxies(["10.0.0.0/8".parse().unwrap()]))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_cap_and_a_place_back_when_one_ends() {
        let slots = slots(10, 2);
        let first = slots.take(ip("192.0.2.1")).ok().unwrap();
        let _second = slots.take(ip("192.0.2.1")).ok().unwrap();
        assert_eq!(slots.take(ip("192.0.2.1")).err(), Some(Full::Address));
        assert!(slots.take(ip("192.0.2.2")).is_ok());
        drop(first);
        assert!(slots.take(ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn loopback_and_trusted_proxies_have_only_the_total_cap() {
        let slots = slots(3, 1);
        let _held: Vec<_> = ["127.0.0.1", "::ffff:10.1.2.3", "10.1.2.3"]
            .map(|text| slots.take(ip(text)).ok().unwrap())
            .into();
        assert_eq!(slots.take(ip("127.0.0.1")).err(), Some(Full::Total));
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_count_as_one() {
        let slots = slots(10, 1);
        let _held = slots.take(ip("2001:db8:1:2::1")).ok().unwrap();
        assert_eq!(slots.take(ip("2001:db8:1:2:ffff::9")).err(), Some(Full::Address));
        assert!(slots.take(ip("2001:db8:1:3::1")).is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_addresses_that_left() {
        let slots = slots(10, 1);
        drop(slots.take(ip("192.0.2.1")));
        let held = slots.held.lock().unwrap();
        assert_eq!((held.total, held.by_address.len()), (0, 0));
    }
}
