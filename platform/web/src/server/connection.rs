//! One connection, from its accept to its close.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use futures::future::BoxFuture;
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::body::{AnswerBody, GivenUp, PacedBody};
use super::io::WatchedStream;
use super::slots::Slot;
use super::watch::{Expired, Watch};
use super::{Draining, Limits, PeerAddr};

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) limits: Limits,
    /// The word to leave has come; answers ask their clients to go elsewhere.
    pub(super) leaving: CancellationToken,
    /// No connection is accepted any more.
    pub(super) draining: Draining,
    /// Time is up.
    pub(super) cut: CancellationToken,
    router: Router,
    builder: Builder<TokioExecutor>,
}

impl Shared {
    pub(super) fn new(limits: Limits, router: Router) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_buf_size(limits.max_header_bytes.max(8192));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(limits.max_header_bytes.try_into().unwrap_or(u32::MAX))
            .max_concurrent_streams(limits.max_concurrent_streams)
            .keep_alive_interval(limits.idle_timeout / 2)
            .keep_alive_timeout(limits.idle_timeout / 2);
        Self {
            limits,
            leaving: CancellationToken::new(),
            draining: Draining::default(),
            cut: CancellationToken::new(),
            router,
            builder,
        }
    }
}

enum Close {
    Ended,
    Expired(Expired),
    Cut,
}

#[derive(PartialEq)]
enum Phase {
    Serving,
    Lingering,
    Closing,
}

/// Serves one connection until it ends, runs out of time or is drained.
pub(super) async fn run(stream: TcpStream, peer: PeerAddr, shared: Arc<Shared>, slot: Slot) {
    let _ = stream.set_nodelay(true);
    let watch = Watch::new(&shared.limits, Instant::now());
    let answer = Answer { peer, shared: shared.clone(), watch: watch.clone() };
    let io = TokioIo::new(WatchedStream::new(stream, watch.clone()));
    let mut connection = pin!(shared.builder.serve_connection(io, answer));
    let mut timer = pin!(sleep_until(Instant::now() + shared.limits.header_timeout));
    let mut linger = pin!(sleep_until(Instant::now()));
    let mut draining = pin!(shared.draining.begun());
    let mut cut = pin!(shared.cut.cancelled());
    let mut phase = Phase::Serving;

    let close = poll_fn(|cx| {
        watch.register(cx.waker());
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Close::Ended);
        }
        if cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Close::Cut);
        }
        if phase == Phase::Serving && draining.as_mut().poll(cx).is_ready() {
            linger.as_mut().reset(Instant::now() + shared.limits.drain_linger);
            phase = Phase::Lingering;
        }
        if phase == Phase::Lingering && linger.as_mut().poll(cx).is_ready() && !watch.head_is_arriving() {
            phase = Phase::Closing;
            connection.as_mut().graceful_shutdown();
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Close::Ended);
            }
        }
        if let Some((at, expired)) = watch.deadline() {
            if timer.deadline() != at {
                timer.as_mut().reset(at);
            }
            if timer.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Close::Expired(expired));
            }
        }
        Poll::Pending
    })
    .await;

    let reason = match close {
        Close::Ended => "ended",
        Close::Expired(expired) => expired.label(),
        Close::Cut => "cut",
    };
    metrics::counter!("http_connections_closed_total", "reason" => reason).increment(1);
    drop(slot);
}

/// Hands a connection's requests to the router.
struct Answer {
    peer: PeerAddr,
    shared: Arc<Shared>,
    watch: Arc<Watch>,
}

impl hyper::service::Service<Request<Incoming>> for Answer {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let version = request.version();
        let in_flight = self.watch.begin(version == Version::HTTP_2);
        let shared = self.shared.clone();
        let given_up = GivenUp::default();
        let mut request = request.map(|body| {
            if http_body::Body::is_end_stream(&body) {
                Body::empty()
            } else {
                Body::new(PacedBody::new(body, &shared.limits, given_up.clone()))
            }
        });
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(shared.draining.clone());
        let router = shared.router.clone();
        Box::pin(async move {
            let Ok(mut response) = router.oneshot(request).await;
            if given_up.get() {
                metrics::counter!("http_slow_bodies_total").increment(1);
                response = request_timeout(response);
            }
            if version < Version::HTTP_2 && (given_up.get() || shared.leaving.is_cancelled()) {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            let until = is_event_stream(&response).then(|| shared.draining.begun_owned());
            Ok(response.map(|body| AnswerBody::new(body, until, in_flight)))
        })
    }
}

fn is_event_stream(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

/// The router's answer to half a body, turned into the true reason; its
/// security headers stay.
fn request_timeout(mut response: Response<Body>) -> Response<Body> {
    const PROBLEM: &str = r#"{"type":"about:blank","title":"Request Timeout","status":408,"detail":"The request's body came too slowly.","code":"request.too_slow","errors":[]}"#;
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    *response.body_mut() = Body::from(PROBLEM);
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_ENCODING);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
