//! What a connection may take.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ipnet::IpNet;

/// The limits of the accept loop. `Default` holds the figures for serving;
/// tests shorten them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A request's head must be complete this long after its first byte; on a
    /// new connection, after the connection was accepted.
    pub header_timeout: Duration,
    /// A connection without a request is closed after this time.
    pub idle_timeout: Duration,
    /// A request's body must be complete this long after the head.
    pub body_deadline: Duration,
    /// Time the server waits for a body beyond what the minimum rate earns it.
    pub body_grace: Duration,
    /// Bytes per second a body must bring over the time it is waited for.
    pub body_min_rate: u32,
    /// A client that takes none of its answer for this long is gone.
    pub write_stall: Duration,
    /// Connections held at once.
    pub max_connections: usize,
    /// Connections held at once for one address (one /64 for IPv6).
    pub max_connections_per_address: usize,
    /// Networks without a cap per address: this machine, and the trusted proxies
    /// (see [`Limits::with_proxies`]).
    pub exempt: Vec<IpNet>,
    /// Size of a request's head, from the first byte to the empty line.
    pub max_header_bytes: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_concurrent_streams: u32,
    /// How long to go on accepting after the signal, readiness already off, so
    /// that a load balancer has noticed before the door is shut.
    pub drain_notice: Duration,
    /// How long a quiet connection is still read from once draining, so that a
    /// request already on its way is answered.
    pub drain_linger: Duration,
    /// Requests still running this long after the door was shut are cut.
    pub drain_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_deadline: Duration::from_secs(600),
            body_grace: Duration::from_secs(10),
            body_min_rate: 1024,
            write_stall: Duration::from_secs(60),
            max_connections: 20_000,
            max_connections_per_address: 256,
            exempt: vec![
                IpNet::new_assert(Ipv4Addr::LOCALHOST.into(), 8),
                IpNet::new_assert(Ipv6Addr::LOCALHOST.into(), 128),
            ],
            max_header_bytes: 32 * 1024,
            max_concurrent_streams: 128,
            drain_notice: Duration::ZERO,
            drain_linger: Duration::from_millis(100),
            drain_deadline: Duration::from_secs(25),
        }
    }
}

impl Limits {
    /// Exempts the proxies in front, each of which speaks for many people, from
    /// the cap per address.
    #[must_use]
    pub fn with_proxies(mut self, proxies: impl IntoIterator<Item = IpNet>) -> Self {
        self.exempt.extend(proxies);
        self
    }
}
