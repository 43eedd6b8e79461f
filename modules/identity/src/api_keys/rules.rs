//! Where a key may be used from.

use std::net::IpAddr;

use ipnet::IpNet;

/// An address or a network, as people write it.
pub(crate) fn network(line: &str) -> Option<IpNet> {
    let line = line.trim();
    line.parse::<IpNet>().ok().or_else(|| line.parse::<IpAddr>().ok().map(IpNet::from)).map(|net| net.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read() {
        assert_eq!(network(" 192.0.2.7 ").unwrap().to_string(), "192.0.2.7/32");
        assert_eq!(network("192.0.2.7/24").unwrap().to_string(), "192.0.2.0/24");
        assert!(network("2001:db8::/32").is_some());
        for bad in ["", "office", "192.0.2.300", "192.0.2.1/40"] {
            assert!(network(bad).is_none(), "{bad}");
        }
    }
}
