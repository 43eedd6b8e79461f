//! The client's address: the socket's, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use ipnet::IpNet;

use crate::server::PeerAddr;

/// The address of whoever sent the request, in its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

/// Networks of the proxies in front of us; nobody else may name an address.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The configured networks; none means every socket speaks for itself.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Whether a socket is one of theirs.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The nearest address that is not a trusted proxy, read from the right:
    /// each hop is believed only about the one before it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
        let hops = lines
            .iter()
            .rev()
            .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','))
            .map(|hop| address(hop.trim()));
        for hop in hops {
            if !self.contains(nearest) {
                break;
            }
            match hop {
                Some(hop) => nearest = hop,
                None => break,
            }
        }
        nearest
    }
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse()
        .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// Middleware: `from_fn_with_state(Arc::new(proxies), client_ip)`. A request
/// without a socket (in a test) counts as coming from this machine.
pub async fn client_ip(
    State(proxies): State<Arc<TrustedProxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer =
        request.extensions().get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    let client = ClientIp(proxies.client(peer, request.headers()));
    request.extensions_mut().insert(client);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_sets_the_address_and_only_of_the_hop_before_it() {
        let proxies =
            TrustedProxies::new(["10.0.0.0/8", "2001:db8:ffff::/48"].map(|net| net.parse().unwrap()));
        let table: &[(&str, &[&str], &str)] = &[
            ("192.0.2.7", &[], "192.0.2.7"),
            ("192.0.2.7", &["1.1.1.1"], "192.0.2.7"),
            ("192.0.2.7", &["10.0.0.1, 1.1.1.1"], "192.0.2.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.4"], "198.51.100.4"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.4"], "198.51.100.4"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.4, 10.0.0.2"], "198.51.100.4"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.4", "10.0.0.2"], "198.51.100.4"),
            ("10.0.0.1", &["198.51.100.4:5123"], "198.51.100.4"),
            ("2001:db8:ffff::1", &["[2001:db8::9]:443"], "2001:db8::9"),
            ("2001:db8:ffff::1", &["[2001:db8::9]"], "2001:db8::9"),
            ("10.0.0.1", &["1.1.1.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ];
        for (peer, lines, client) in table {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            assert_eq!(
                proxies.client(peer.parse().unwrap(), &headers),
                client.parse::<IpAddr>().unwrap(),
                "{peer} {lines:?}"
            );
        }
    }

    #[test]
    fn without_configured_proxies_even_loopback_is_not_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1".parse().unwrap());
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(TrustedProxies::default().client(peer, &headers), peer);
    }
}
