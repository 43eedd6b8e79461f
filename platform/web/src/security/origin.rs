//! Cross-site request forgery, part one: where the request was made. (Part two
//! is the token in each form.)

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderName, ORIGIN, REFERER, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderValue, Method};
use rapport_base::{Kind, Refusal};
use url::Url;

use super::hosts::is_loopback;

/// Where guests' programs call.
const GUEST_API: &str = "/api/portal/";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What our own pages send along.
const PROOF: HeaderName = HeaderName::from_static("x-csrf-token");

/// The origins whose pages may send unsafe requests, and the paths that are
/// guarded otherwise (webhooks, by signature).
#[derive(Clone)]
pub struct Origins {
    allowed: Vec<String>,
    loopback: bool,
    exempt: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// The request was made by a page that is not ours, or by nobody knows whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossSite;

impl Origins {
    /// Pages of the public URL's origin, and no others.
    pub fn new(public_url: &Url) -> Self {
        Self {
            allowed: vec![public_url.origin().ascii_serialization()],
            loopback: false,
            exempt: Arc::new(|_| false),
        }
    }

    /// Pages of further origins: custom domains of portals.
    #[must_use]
    pub fn with(mut self, origins: impl IntoIterator<Item = Url>) -> Self {
        self.allowed.extend(origins.into_iter().map(|url| url.origin().ascii_serialization()));
        self
    }

    /// In development: pages served by this machine under any of its names.
    #[must_use]
    pub fn with_loopback(mut self, loopback: bool) -> Self {
        self.loopback = loopback;
        self
    }

    /// Paths that are not checked, because they prove their sender otherwise.
    #[must_use]
    pub fn with_exempt(mut self, exempt: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.exempt = Arc::new(exempt);
        self
    }

    /// Decides on one request.
    pub fn check(&self, method: &Method, path: &str, headers: &HeaderMap) -> Result<(), CrossSite> {
        if method.is_safe() || (self.exempt)(path) || carries_only_a_token(headers) {
            return Ok(());
        }
        let origin = single(headers, &ORIGIN)?;
        let ours = |origin: &str| self.is_ours(origin);
        let fine = match (single(headers, &SEC_FETCH_SITE)?, origin) {
            // A page with `no-referrer` sends `null`; the browser vouches for it here.
            (Some("same-origin"), origin) => origin.is_none_or(|text| text == "null" || ours(text)),
            (Some("none"), origin) => origin.is_none(),
            (Some(_), _) => false,
            (None, Some(origin)) => ours(origin),
            (None, None) if !headers.contains_key(COOKIE) => true,
            (None, None) => self.referred_by_us(headers)? || sent_by_a_guests_program(path, headers),
        };
        if fine { Ok(()) } else { Err(CrossSite) }
    }

    fn is_ours(&self, origin: &str) -> bool {
        self.allowed.iter().any(|ours| ours.eq_ignore_ascii_case(origin))
            || (self.loopback && Url::parse(origin).is_ok_and(|url| url.host_str().is_some_and(is_loopback)))
    }

    fn referred_by_us(&self, headers: &HeaderMap) -> Result<bool, CrossSite> {
        let referer = single(headers, &REFERER)?.and_then(|text| Url::parse(text).ok());
        Ok(referer.is_some_and(|url| self.is_ours(&url.origin().ascii_serialization())))
    }
}

/// A call of the guests' API that no page made. Guests hold nothing but a cookie, so a program
/// that acts for one has no token to show; what it has is JSON, which a page of another site
/// cannot send without asking first, and which no browser sends without its origin.
pub(crate) fn sent_by_a_guests_program(path: &str, headers: &HeaderMap) -> bool {
    let by_page =
        [&ORIGIN, &REFERER, &SEC_FETCH_SITE, &PROOF].into_iter().any(|name| headers.contains_key(name));
    let content = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let bare = content.is_none() && headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    let json = content.is_some_and(|kind| kind.starts_with(b"application/json"));
    path.starts_with(GUEST_API) && !by_page && (json || bare && !headers.contains_key(TRANSFER_ENCODING))
}

/// No browser adds such a header by itself, and without a cookie there is
/// nothing to ride on.
fn carries_only_a_token(headers: &HeaderMap) -> bool {
    let bearer = |value: &HeaderValue| {
        value.as_bytes().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
    };
    !headers.contains_key(COOKIE) && headers.get(AUTHORIZATION).is_some_and(bearer)
}

/// A header that may appear once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, CrossSite> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| CrossSite),
        (Some(_), Some(_)) => Err(CrossSite),
    }
}

/// A refusal for the edge to render, with a body of its own where no edge is outside.
impl IntoResponse for CrossSite {
    fn into_response(self) -> Response {
        const PROBLEM: &str = r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"This was sent from a page that is not ours. Open the page again here and retry.","code":"request.cross_site","errors":[]}"#;
        let mut response = Refusal::new(
            Kind::Forbidden,
            "request.cross_site",
            "This was sent from a page that is not ours. Open the page again here and retry.",
        )
        .into_response();
        *response.body_mut() = Body::from(PROBLEM);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// Middleware: `from_fn_with_state(Arc::new(origins), same_origin)`.
pub async fn same_origin(State(origins): State<Arc<Origins>>, request: Request, next: Next) -> Response {
    match origins.check(request.method(), request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(cross_site) => {
            metrics::counter!("http_cross_site_refused_total").increment(1);
            cross_site.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://rapport.example";

    fn origins() -> Origins {
        Origins::new(&Url::parse("https://rapport.example/base").unwrap())
            .with_exempt(|path| path.starts_with("/hooks/"))
    }

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn unsafe_requests_pass_only_from_our_own_pages() {
        const COOKIES: (&str, &str) = ("cookie", "s=1");
        const BEARER: (&str, &str) = ("authorization", "Bearer k");
        type Case = (&'static [(&'static str, &'static str)], bool);
        let table: &[Case] = &[
            (&[COOKIES, ("sec-fetch-site", "same-origin"), ("origin", OURS)], true),
            (&[COOKIES, ("sec-fetch-site", "same-origin")], true),
            (&[COOKIES, ("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[COOKIES, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
            (&[COOKIES, ("sec-fetch-site", "same-site"), ("origin", OURS)], false),
            (&[COOKIES, ("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
            (&[COOKIES, ("sec-fetch-site", "cross-site"), ("origin", "null")], false),
            (&[COOKIES, ("sec-fetch-site", "cross-site")], false),
            (&[COOKIES, ("sec-fetch-site", "none")], true),
            (&[COOKIES, ("sec-fetch-site", "none"), ("origin", OURS)], false),
            (&[COOKIES, ("sec-fetch-site", "nonsense")], false),
            (&[COOKIES, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], false),
            (&[COOKIES, ("origin", OURS)], true),
            (&[COOKIES, ("origin", "HTTPS://Rapport.example")], true),
            (&[COOKIES, ("origin", "null")], false),
            (&[COOKIES, ("origin", "http://rapport.example")], false),
            (&[COOKIES, ("origin", "https://rapport.example:8443")], false),
            (&[COOKIES, ("origin", "https://rapport.example.evil.example")], false),
            (&[COOKIES, ("origin", "https://sub.rapport.example")], false),
            (&[COOKIES, ("origin", OURS), ("origin", "https://evil.example")], false),
            (&[COOKIES], false),
            (&[COOKIES, ("referer", "https://rapport.example/app")], true),
            (&[COOKIES, ("referer", "https://evil.example/?https://rapport.example")], false),
            (&[], true),
            (&[("origin", "https://evil.example")], false),
            (&[BEARER], true),
            (&[BEARER, ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")], true),
            (&[BEARER, COOKIES], false),
            (&[BEARER, COOKIES, ("origin", "https://evil.example")], false),
            (&[("authorization", "Basic eDp5"), ("origin", "https://evil.example")], false),
        ];
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for (list, passes) in table {
                let verdict = origins().check(&method, "/app", &headers(list));
                assert_eq!(verdict.is_ok(), *passes, "{method} {list:?}");
            }
        }
    }

    #[test]
    fn a_guests_program_needs_only_its_cookie_and_json_but_a_page_of_another_site_gets_nowhere() {
        const COOKIES: (&str, &str) = ("cookie", "guest-1=t");
        const JSON: (&str, &str) = ("content-type", "application/json");
        type Case = (&'static str, &'static [(&'static str, &'static str)], bool);
        let table: &[Case] = &[
            ("/api/portal/messages", &[COOKIES, JSON], true),
            ("/api/portal/deliverables/1/approve", &[COOKIES], true),
            ("/api/portal/deliverables/1/approve", &[COOKIES, ("content-length", "0")], true),
            ("/api/portal/messages", &[COOKIES, ("content-length", "9")], false),
            ("/api/portal/messages", &[COOKIES, ("content-type", "text/plain")], false),
            (
                "/api/portal/messages",
                &[COOKIES, ("content-type", "application/x-www-form-urlencoded")],
                false,
            ),
            ("/api/portal/messages", &[COOKIES, ("content-type", "multipart/form-data; boundary=x")], false),
            ("/api/portal/messages", &[COOKIES, JSON, ("origin", "https://evil.example")], false),
            ("/api/portal/messages", &[COOKIES, JSON, ("origin", "null")], false),
            ("/api/portal/messages", &[COOKIES, JSON, ("referer", "https://evil.example/")], false),
            ("/api/portal/messages", &[COOKIES, JSON, ("sec-fetch-site", "cross-site")], false),
            ("/api/portal/messages", &[COOKIES, JSON, ("x-csrf-token", "guessed")], false),
            ("/api/portals/1/messages", &[COOKIES, JSON], false),
            ("/api/clients", &[COOKIES, JSON], false),
        ];
        for (path, list, passes) in table {
            let verdict = origins().check(&Method::POST, path, &headers(list));
            assert_eq!(verdict.is_ok(), *passes, "{path} {list:?}");
        }
    }

    #[test]
    fn safe_methods_and_exempt_paths_are_not_checked() {
        let foreign = headers(&[("cookie", "s=1"), ("origin", "https://evil.example")]);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(origins().check(&method, "/app", &foreign).is_ok());
        }
        assert!(origins().check(&Method::POST, "/hooks/stripe", &foreign).is_ok());
        assert!(origins().check(&Method::POST, "/app/hooks/stripe", &foreign).is_err());
    }

    #[test]
    fn loopback_pages_pass_only_in_development() {
        let local = headers(&[("cookie", "s=1"), ("origin", "http://127.0.0.1:8080")]);
        assert!(origins().check(&Method::POST, "/", &local).is_err());
        assert!(origins().with_loopback(true).check(&Method::POST, "/", &local).is_ok());
        let foreign = headers(&[("cookie", "s=1"), ("origin", "http://localhost.evil.example")]);
        assert!(origins().with_loopback(true).check(&Method::POST, "/", &foreign).is_err());
    }
}
