//! The layers between the accept loop and the house, in their one right order.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use url::Url;

use super::hosts::is_loopback;
use super::{
    HeaderPolicy, Hosts, Origins, TrustedProxies, allowed_host, client_ip, same_origin, security_headers,
};

/// How this installation is reached.
pub struct Network {
    /// What every answer's headers depend on.
    pub headers: HeaderPolicy,
    /// The names it answers to; shared with whoever learns of portals' domains.
    pub hosts: Arc<Hosts>,
    /// The proxies in front of it.
    pub proxies: TrustedProxies,
    /// The pages that may send it unsafe requests.
    pub origins: Origins,
}

impl Network {
    /// Reached at its public URL only, with no proxy in front. A public URL on
    /// this machine means development: any of the machine's names will do.
    pub fn new(public_url: &Url) -> Self {
        let development = public_url.host_str().is_some_and(is_loopback);
        Self {
            headers: HeaderPolicy::new(public_url.scheme() == "https", [""; 0]),
            hosts: Arc::new(Hosts::new(public_url, [""; 0]).with_loopback(development)),
            proxies: TrustedProxies::default(),
            origins: Origins::new(public_url).with_loopback(development),
        }
    }

    /// Puts the layers around a router: headers outermost, so that refusals of
    /// the others carry them too.
    pub fn around(self, router: Router) -> Router {
        router
            .layer(from_fn_with_state(Arc::new(self.origins), same_origin))
            .layer(from_fn_with_state(Arc::new(self.proxies), client_ip))
            .layer(from_fn_with_state(self.hosts, allowed_host))
            .layer(from_fn_with_state(Arc::new(self.headers), security_headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::Extension;
    use axum::body::{Body, to_bytes};
    use axum::response::Response;
    use axum::routing::get;
    use http::Request;
    use http::request::Builder;
    use tower::ServiceExt;

    use super::super::{ClientIp, CspNonce};
    use super::*;
    use crate::server::PeerAddr;

    fn app() -> Router {
        let mut network = Network::new(&Url::parse("https://rapport.example").unwrap());
        network.proxies = TrustedProxies::new(["10.0.0.0/8".parse().unwrap()]);
        let who = |Extension(ClientIp(ip)): Extension<ClientIp>, Extension(_): Extension<CspNonce>| async move {
            ip.to_string()
        };
        network.around(Router::new().route("/", get(who).post(|| async { "done" })))
    }

    async fn send(request: Builder) -> (Response, String) {
        let request = request.body(Body::empty()).unwrap();
        let (parts, body) = app().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap();
        (Response::from_parts(parts, Body::empty()), text)
    }

    fn ours(request: Builder) -> Builder {
        request.header("host", "rapport.example")
    }

    #[tokio::test]
    async fn refusals_of_every_layer_carry_the_headers_and_say_why() {
        let foreign_host = Request::get("/").header("host", "evil.example");
        let foreign_page = ours(Request::post("/")).header("origin", "https://evil.example");
        for (request, status, code) in [
            (foreign_host, 421, "request.unknown_host"),
            (Request::get("/"), 400, "request.no_host"),
            (foreign_page, 403, "request.cross_site"),
        ] {
            let (response, body) = send(request).await;
            assert_eq!(response.status(), status);
            let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(problem["code"], code);
            assert_eq!(problem["status"], status);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert!(response.headers().contains_key("content-security-policy"));
            assert!(response.headers().contains_key("strict-transport-security"));
        }
    }

    #[tokio::test]
    async fn a_page_of_ours_passes_every_layer() {
        let (response, body) =
            send(ours(Request::post("/")).header("origin", "https://rapport.example")).await;
        assert_eq!((response.status().as_u16(), body.as_str()), (200, "done"));
    }

    #[tokio::test]
    async fn a_forwarded_address_is_believed_from_the_proxy_and_nobody_else() {
        for (peer, client) in [("10.0.0.1:1", "198.51.100.4"), ("192.0.2.7:1", "192.0.2.7")] {
            let request = ours(Request::get("/"))
                .header("x-forwarded-for", "1.1.1.1, 198.51.100.4")
                .extension(PeerAddr(peer.parse().unwrap()));
            assert_eq!(send(request).await.1, client);
        }
    }
}
