//! Security headers, on every answer whatever its status.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use rand::RngCore;

/// The nonce of this answer's scripts and styles, in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CspNonce(pub String);

impl CspNonce {
    fn random() -> Self {
        let mut bytes = [0; 16];
        rand::rng().fill_bytes(&mut bytes);
        Self(STANDARD.encode(bytes))
    }
}

/// Set on a response whose page holds a form that ends at another origin (a
/// payment page, an identity provider): browsers hold `form-action` against
/// redirects too.
#[derive(Clone, Debug)]
pub struct FormAction(pub String);

const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
     encrypted-media=(), geolocation=(self), gyroscope=(), hid=(), magnetometer=(), microphone=(), \
     midi=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), \
     serial=(), usb=(), xr-spatial-tracking=()";

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
];

/// What the headers depend on.
#[derive(Clone, Debug, Default)]
pub struct HeaderPolicy {
    https: bool,
    form_action: String,
}

impl HeaderPolicy {
    /// `https`: whether the public URL is. `form_action`: origins other than
    /// our own that any form may end at, such as `https://checkout.stripe.com`.
    pub fn new(https: bool, form_action: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut policy = Self { https, form_action: String::new() };
        for origin in form_action {
            policy.form_action.push(' ');
            policy.form_action.push_str(origin.as_ref());
        }
        policy
    }

    /// Scripts and styles run by nonce; nothing is trusted for being ours
    /// alone, so that an uploaded file can never become a script.
    fn content_security_policy(&self, nonce: &str, form_action: Option<&FormAction>) -> String {
        let (space, further) = form_action.map_or(("", ""), |action| (" ", action.0.as_str()));
        let (semicolon, upgrade) = if self.https { ("; ", "upgrade-insecure-requests") } else { ("", "") };
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
             img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self'; \
             manifest-src 'self'; worker-src 'self'; form-action 'self'{ours}{space}{further}; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'{semicolon}{upgrade}",
            ours = self.form_action,
        )
    }

    fn apply(&self, response: &mut Response, nonce: &CspNonce) {
        let form_action = response.extensions_mut().remove::<FormAction>();
        let status = response.status();
        let headers = response.headers_mut();
        for (name, value) in FIXED {
            headers.entry(name).or_insert(value);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.https {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            );
            keep_cookies_secure(headers);
        }
        // Streams come with `no-cache`, which lets them be kept.
        let kept = headers.get(CACHE_CONTROL).is_some_and(|value| value != "no-cache");
        if !kept && status != StatusCode::NOT_MODIFIED {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            self.insert_csp(headers, &nonce.0, form_action.as_ref());
        }
    }

    fn insert_csp(&self, headers: &mut HeaderMap, nonce: &str, form_action: Option<&FormAction>) {
        let text = self.content_security_policy(nonce, form_action);
        let value = HeaderValue::from_maybe_shared(Bytes::from(text)).unwrap_or_else(|_| {
            tracing::error!("a form-action origin is not fit for a header");
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")
        });
        headers.insert(CONTENT_SECURITY_POLICY, value);
    }
}

/// No cookie of an address that is https travels without encryption, whoever set it.
fn keep_cookies_secure(headers: &mut HeaderMap) {
    for line in headers.iter_mut().filter(|(name, _)| *name == SET_COOKIE).map(|(_, line)| line) {
        let has = line.to_str().is_ok_and(|text| text.split(';').any(|part| part.trim() == "Secure"));
        if !has && let Ok(secure) = HeaderValue::from_bytes(&[line.as_bytes(), b"; Secure"].concat()) {
            *line = secure;
        }
    }
}

/// Middleware, the outermost of all: `from_fn_with_state(Arc::new(policy), security_headers)`.
///
/// A handler's own `Content-Security-Policy`, `Cache-Control`, `Referrer-Policy`
/// or cross-origin policy stays.
pub async fn security_headers(
    State(policy): State<Arc<HeaderPolicy>>,
    mut request: Request,
    next: Next,
) -> Response {
    let nonce = CspNonce::random();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    policy.apply(&mut response, &nonce);
    response
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::body::Body;
    use axum::response::{AppendHeaders, IntoResponse, Redirect};
    use axum::routing::get;
    use axum::{Extension, Router};
    use tower::ServiceExt;

    use super::*;

    fn app(policy: HeaderPolicy) -> Router {
        Router::new()
            .route("/", get(|Extension(nonce): Extension<CspNonce>| async move { nonce.0 }))
            .route("/bug", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/away", get(|| async { Redirect::to("/") }))
            .route(
                "/cookies",
                get(|| async {
                    AppendHeaders([(SET_COOKIE, "a=1; Secure"), (SET_COOKIE, "b=Secure; Path=/")])
                }),
            )
            .route("/same", get(|| async { StatusCode::NOT_MODIFIED }))
            .route(
                "/pay",
                get(|| async { axum::Extension(FormAction("https://pay.example".into())).into_response() }),
            )
            .route(
                "/file",
                get(|| async {
                    [
                        ("content-security-policy", "sandbox"),
                        ("cache-control", "private, max-age=60"),
                        ("x-content-type-options", "none"),
                        ("cross-origin-resource-policy", "cross-origin"),
                    ]
                }),
            )
            .layer(axum::middleware::from_fn_with_state(Arc::new(policy), security_headers))
    }

    async fn get_page(policy: HeaderPolicy, path: &str) -> Response {
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        app(policy).oneshot(request).await.unwrap()
    }

    fn text<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    #[tokio::test]
    async fn every_answer_of_every_status_has_the_headers() {
        for (path, status) in [("/", 200), ("/nowhere", 404), ("/bug", 500), ("/away", 303)] {
            let response = get_page(HeaderPolicy::new(true, [""; 0]), path).await;
            assert_eq!(response.status(), status);
            assert_eq!(text(&response, "x-content-type-options"), "nosniff");
            assert_eq!(text(&response, "cross-origin-opener-policy"), "same-origin");
            assert_eq!(text(&response, "cross-origin-resource-policy"), "same-origin");
            assert_eq!(text(&response, "referrer-policy"), "same-origin");
            assert_eq!(text(&response, "cache-control"), "no-store");
            assert!(text(&response, "permissions-policy").contains("microphone=()"));
            assert!(text(&response, "strict-transport-security").starts_with("max-age=63072000"));
            let csp = text(&response, "content-security-policy");
            for part in [
                "default-src 'none'",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "form-action 'self';",
                "script-src 'nonce-",
            ] {
                assert!(csp.contains(part), "{part} in {csp}");
            }
            assert!(!csp.contains("unsafe"), "{csp}");
        }
    }

    #[tokio::test]
    async fn every_cookie_of_an_https_address_is_secure_and_says_so_once() {
        for https in [true, false] {
            let response = get_page(HeaderPolicy::new(https, [""; 0]), "/cookies").await;
            let lines: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
            let secure = if https { "; Secure" } else { "" };
            assert_eq!(lines, ["a=1; Secure", &format!("b=Secure; Path=/{secure}")]);
        }
    }

    #[tokio::test]
    async fn a_plain_http_address_sends_no_transport_security() {
        let response = get_page(HeaderPolicy::default(), "/").await;
        assert!(response.headers().get(STRICT_TRANSPORT_SECURITY).is_none());
        assert!(!text(&response, "content-security-policy").contains("upgrade"));
    }

    #[tokio::test]
    async fn nonces_are_128_bits_new_each_time_and_the_handlers_is_the_headers() {
        let mut seen = HashSet::new();
        for _ in 0..500 {
            let response = get_page(HeaderPolicy::default(), "/").await;
            let csp = text(&response, "content-security-policy").to_owned();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            let nonce = String::from_utf8(body.to_vec()).unwrap();
            assert!(csp.contains(&format!("script-src 'nonce-{nonce}';")));
            assert_eq!(STANDARD.decode(&nonce).unwrap().len(), 16);
            assert!(seen.insert(nonce));
        }
    }

    #[tokio::test]
    async fn a_handlers_own_policy_stays_but_sniffing_is_never_allowed() {
        let response = get_page(HeaderPolicy::default(), "/file").await;
        assert_eq!(text(&response, "content-security-policy"), "sandbox");
        assert_eq!(text(&response, "cache-control"), "private, max-age=60");
        assert_eq!(text(&response, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(text(&response, "x-content-type-options"), "nosniff");
    }

    #[tokio::test]
    async fn an_unchanged_asset_keeps_the_caching_it_was_sent_with() {
        let response = get_page(HeaderPolicy::default(), "/same").await;
        assert!(response.headers().get(CACHE_CONTROL).is_none());
    }

    #[tokio::test]
    async fn forms_may_end_where_the_installation_or_the_page_says() {
        let policy = HeaderPolicy::new(true, ["https://checkout.stripe.com"]);
        let response = get_page(policy, "/pay").await;
        assert!(
            text(&response, "content-security-policy")
                .contains("form-action 'self' https://checkout.stripe.com https://pay.example;")
        );
    }
}
