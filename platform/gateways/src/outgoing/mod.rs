//! Requests to addresses that people typed: webhooks, logos, imports, discovery documents.
//!
//! The name is resolved once, every address it stands for is checked, and the connection goes to
//! the checked addresses, so that a name cannot mean one thing when asked and another when called.

mod address;

pub use address::is_public;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::{Host, Url};

/// A request, answer included, takes no longer.
const TIME_LIMIT: Duration = Duration::from_secs(7);
const CONNECT_LIMIT: Duration = Duration::from_secs(4);

/// Calls addresses that people typed. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    http: Client,
    allow_private: bool,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Headers; those that belong to the connection are refused.
    pub headers: Vec<(String, String)>,
    /// The body; may be empty.
    pub body: Bytes,
}

/// What came back, whatever its status. A redirect is an answer like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`, as claimed.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A status of 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// Not an address of the web, or with a password in it.
    #[error("not an address that can be called: {0}")]
    BadUrl(&'static str),
    /// It leads into a private network.
    #[error("the address is not on the public internet")]
    Forbidden,
    /// A header that must not be set, or holds what it must not.
    #[error("header not allowed: {0:?}")]
    BadHeader(String),
    /// More came back than was allowed.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Nothing came back in time.
    #[error("no answer in time")]
    TimedOut,
    /// The name, the connection or its encryption failed.
    #[error("not reachable: {0}")]
    Unreachable(String),
}

impl Outgoing {
    /// `allow_private` lifts the check of addresses: for development on one machine only.
    pub fn new(allow_private: bool) -> Result<Self, OutgoingError> {
        crate::install_tls_provider();
        let http = Client::builder()
            .user_agent("Rapport")
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIME_LIMIT)
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(Duration::from_secs(15))
            .dns_resolver(CheckedResolver { allow_private })
            .build()
            .map_err(|error| OutgoingError::Unreachable(error.to_string()))?;
        Ok(Self { http, allow_private })
    }

    /// Fetch at most `limit` bytes.
    pub async fn get(&self, url: &str, limit: usize) -> Result<Answer, OutgoingError> {
        let request =
            Request { method: Method::GET, url: url.to_owned(), headers: Vec::new(), body: Bytes::new() };
        self.send(request, limit).await
    }

    /// Send a request and read at most `limit` bytes of the answer.
    pub async fn send(&self, request: Request, limit: usize) -> Result<Answer, OutgoingError> {
        let url = self.check(&request.url)?;
        let headers = headers(&request.headers)?;
        let call = self.http.request(request.method, url).headers(headers).body(request.body);
        let mut response = call.send().await.map_err(explain)?;
        let content_type =
            response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > limit {
                return Err(OutgoingError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status().as_u16(), content_type, body: body.freeze() })
    }

    /// Check what was typed, before it is kept: all that can be said without asking the name
    /// service. Numbers in any spelling are read as the addresses they are.
    pub fn check(&self, url: &str) -> Result<Url, OutgoingError> {
        let url = Url::parse(url).map_err(|_| OutgoingError::BadUrl("not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OutgoingError::BadUrl("http or https expected"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutgoingError::BadUrl("no name or password, please"));
        }
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(OutgoingError::BadUrl("host missing")),
        };
        match ip {
            Some(ip) if !self.allow_private && !is_public(ip) => Err(OutgoingError::Forbidden),
            _ => Ok(url),
        }
    }
}

/// Headers that steer the connection or speak in the name of a proxy.
const OWN: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
];

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, OutgoingError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let bad = || OutgoingError::BadHeader(name.clone());
        let parsed = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        if OWN.contains(&parsed.as_str()) {
            return Err(bad());
        }
        headers.append(parsed, HeaderValue::try_from(value.as_str()).map_err(|_| bad())?);
    }
    Ok(headers)
}

/// A name that stands for an address outside the public internet.
#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private network")]
struct NotPublic;

struct CheckedResolver {
    allow_private: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !allow_private && !all_public(&found) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A name with one bad address among good ones is a trap, not a mistake.
fn all_public(addresses: &[SocketAddr]) -> bool {
    !addresses.is_empty() && addresses.iter().all(|address| is_public(address.ip()))
}

fn explain(error: reqwest::Error) -> OutgoingError {
    if error.is_timeout() {
        return OutgoingError::TimedOut;
    }
    let mut link: Option<&(dyn Error + 'static)> = Some(&error);
    let mut deepest = String::new();
    while let Some(error) = link {
        if error.is::<NotPublic>() {
            return OutgoingError::Forbidden;
        }
        deepest = error.to_string();
        link = error.source();
    }
    OutgoingError::Unreachable(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_checked_in_every_spelling() {
        let outgoing = Outgoing::new(false).unwrap();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "https://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/",
            "http://[fd00:ec2::254]/",
            "http://0/",
            "http://127.0.0.1./",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://0x7f.0.0.0x1/",
            "http://127。0。0。1/",
            "http://１２７.0.0.1/",
            "http://①②⑦.0.0.1/",
            "http://%31%32%37.0.0.1/",
            "http:\\\\127.0.0.1\\",
            "\thttp://127.0.0.1/",
            "http://127.0.0.1#@a.example",
            "http://127.0.0.1?@a.example/",
            "http://10.0.0.1:443/",
            "http://[::ffff:7f00:1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://100.100.100.200/",
            "http://192.0.0.192/",
        ] {
            assert_eq!(outgoing.check(url), Err(OutgoingError::Forbidden), "{url}");
        }
        for url in [
            "ftp://a.example/",
            "file:///etc/passwd",
            "gopher://a.example",
            "javascript:1",
            "a.example",
            "https://user:pw@a.example/",
            "http://",
            "http://user@a.example",
            "http://a.example@127.0.0.1/",
            "http://127.0.0.1:80@a.example/",
            "http://:pw@a.example/",
            "http://127.0.0.1\0.a.example/",
            "http://a b.example/",
            "http://256.256.256.256/",
            "http://1.2.3.4.5/",
            "http://[::1%25lo]/",
            "//a.example/",
            "data:text/html,x",
        ] {
            assert!(matches!(outgoing.check(url), Err(OutgoingError::BadUrl(_))), "{url}");
        }
        assert!(outgoing.check("https://hooks.example:8443/x?y").is_ok());
        assert!(Outgoing::new(true).unwrap().check("http://127.0.0.1:9/").is_ok());
    }

    #[test]
    fn one_private_address_among_public_ones_spoils_the_name() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert!(all_public(&[at("1.1.1.1:0"), at("[2606:4700::1]:0")]));
        assert!(!all_public(&[at("1.1.1.1:0"), at("10.0.0.1:0")]));
        assert!(!all_public(&[]));
    }

    #[test]
    fn headers_of_the_connection_cannot_be_set() {
        let one = |name: &str, value: &str| headers(&[(name.into(), value.into())]);
        assert!(one("X-Signature", "abc").is_ok());
        for (name, value) in [("Host", "a"), ("content-length", "1"), ("X A", "b"), ("X", "a\r\nb: c")] {
            assert!(one(name, value).is_err(), "{name}");
        }
    }
}
