//! Allowed hosts: a request for a name that is not ours is not answered.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, StatusCode};
use url::Url;

/// The names this installation answers to.
#[derive(Debug, Default)]
pub struct Hosts {
    fixed: HashSet<String>,
    public: Option<(String, u16)>,
    loopback: bool,
    open_paths: Vec<&'static str>,
    portals: RwLock<HashSet<String>>,
}

/// Why a request's host was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// None, several that differ, or not a host at all.
    Malformed,
    /// A host, but not one of ours.
    Unknown,
}

impl Hosts {
    /// Answers to the public URL's host, and to `extra` names.
    pub fn new(public_url: &Url, extra: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let public = public_url
            .host_str()
            .map(|host| (host.to_ascii_lowercase(), public_url.port_or_known_default().unwrap_or(80)));
        let fixed = extra.into_iter().map(|name| normal(name.as_ref())).collect();
        Self { fixed, public, ..Self::default() }
    }

    /// In development: answers to this machine's own names on any port.
    #[must_use]
    pub fn with_loopback(mut self, loopback: bool) -> Self {
        self.loopback = loopback;
        self
    }

    /// Paths answered under any host, for probes that ask by address.
    #[must_use]
    pub fn with_open_paths(mut self, paths: impl IntoIterator<Item = &'static str>) -> Self {
        self.open_paths.extend(paths);
        self
    }

    /// Replaces the custom domains of portals.
    pub fn set_portals(&self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        let names = names.into_iter().map(|name| normal(name.as_ref())).collect();
        *self.portals.write().expect("hosts lock") = names;
    }

    fn check(&self, parts: &Parts) -> Result<(), Wrong> {
        if self.open_paths.contains(&parts.uri.path()) {
            return Ok(());
        }
        let authority = requested(parts).ok_or(Wrong::Malformed)?;
        if self.knows(&authority) { Ok(()) } else { Err(Wrong::Unknown) }
    }

    fn knows(&self, authority: &Authority) -> bool {
        let name = normal(authority.host());
        let port = authority.port_u16();
        if let Some((host, own)) = &self.public
            && *host == name
            && port.is_none_or(|port| port == *own)
        {
            return true;
        }
        if self.loopback && is_loopback(&name) {
            return true;
        }
        let standard = port.is_none_or(|port| matches!(port, 80 | 443));
        standard && (self.fixed.contains(&name) || self.portals.read().expect("hosts lock").contains(&name))
    }
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether a lower-case host name is this machine's own.
pub(super) fn is_loopback(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The one host the request names, in its target and its `Host` alike.
fn requested(parts: &Parts) -> Option<Authority> {
    let mut named = parts.headers.get_all(HOST).iter();
    let host = match (named.next(), named.next()) {
        (None, _) => None,
        (Some(host), None) => Some(Authority::try_from(host.as_bytes()).ok()?),
        (Some(_), Some(_)) => return None,
    };
    let authority = match (parts.uri.authority(), host) {
        (Some(target), Some(host)) if *target != host => return None,
        (Some(target), _) => target.clone(),
        (None, host) => host?,
    };
    let malformed = authority.as_str().contains('@') || authority.host().is_empty();
    (!malformed).then_some(authority)
}

/// Middleware: `from_fn_with_state(Arc::new(hosts), allowed_host)`. Answers 421
/// for a name that is not ours and 400 for none.
pub async fn allowed_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match hosts.check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wrong) => refused(wrong),
    }
}

/// Nothing of the house is shown to whoever asks for another name.
fn refused(wrong: Wrong) -> Response {
    let (status, body) = match wrong {
        Wrong::Malformed => (
            StatusCode::BAD_REQUEST,
            r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request names no host, or several.","code":"request.no_host","errors":[]}"#,
        ),
        Wrong::Unknown => (
            StatusCode::MISDIRECTED_REQUEST,
            r#"{"type":"about:blank","title":"Misdirected Request","status":421,"detail":"This server does not answer to that name.","code":"request.unknown_host","errors":[]}"#,
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    fn parts(target: &str, hosts: &[&str]) -> Parts {
        let mut request = http::Request::get(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn check(hosts: &Hosts, named: &[&str]) -> Result<(), Wrong> {
        hosts.check(&parts("/", named))
    }

    #[test]
    fn the_public_host_extras_and_portals_are_answered_and_no_others() {
        let url = Url::parse("https://rapport.example").unwrap();
        let hosts = Hosts::new(&url, ["alias.example"]);
        for good in ["rapport.example", "RAPPORT.example", "rapport.example:443", "alias.example"] {
            assert_eq!(check(&hosts, &[good]), Ok(()), "{good}");
        }
        for bad in
            ["evil.example", "rapport.example:8443", "rapport.example.evil.example", "localhost", "127.0.0.1"]
        {
            assert_eq!(check(&hosts, &[bad]), Err(Wrong::Unknown), "{bad}");
        }
        assert_eq!(check(&hosts, &["clients.agency.example"]), Err(Wrong::Unknown));
        hosts.set_portals(["Clients.Agency.example"]);
        assert_eq!(check(&hosts, &["clients.agency.example"]), Ok(()));
    }

    #[test]
    fn no_host_two_hosts_or_a_disguised_one_are_malformed() {
        let url = Url::parse("https://rapport.example").unwrap();
        let hosts = Hosts::new(&url, [""; 0]);
        for bad in [&[][..], &["rapport.example", "evil.example"], &["me@rapport.example"], &["a b"]] {
            assert_eq!(check(&hosts, bad), Err(Wrong::Malformed), "{bad:?}");
        }
        let differing = parts("https://rapport.example/", &["evil.example"]);
        assert_eq!(hosts.check(&differing), Err(Wrong::Malformed));
        assert_eq!(hosts.check(&parts("https://rapport.example/", &[])), Ok(()));
    }

    #[test]
    fn development_answers_to_this_machine_on_any_port() {
        let url = Url::parse("http://localhost:8080").unwrap();
        let hosts = Hosts::new(&url, [""; 0]).with_loopback(true);
        for good in ["localhost:8080", "127.0.0.1:9999", "[::1]:8080", "agency.localhost:8080"] {
            assert_eq!(check(&hosts, &[good]), Ok(()), "{good}");
        }
        assert_eq!(check(&hosts, &["localhost.evil.example"]), Err(Wrong::Unknown));
    }

    #[tokio::test]
    async fn a_foreign_name_gets_421_while_probes_ask_by_address() {
        let url = Url::parse("https://rapport.example").unwrap();
        let hosts = Hosts::new(&url, [""; 0]).with_open_paths(["/healthz"]);
        let app = Router::new()
            .route("/", get(|| async {}))
            .route("/healthz", get(|| async {}))
            .layer(axum::middleware::from_fn_with_state(Arc::new(hosts), allowed_host));
        for (path, host, status) in [
            ("/", "rapport.example", 200),
            ("/", "10.1.2.3", 421),
            ("/healthz", "10.1.2.3", 200),
            ("/", "a b", 400),
        ] {
            let request = http::Request::get(path).header(HOST, host).body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{path} at {host}");
        }
    }
}
