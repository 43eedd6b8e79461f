//! The built program tells a collector what a request did, and serves without one.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::any_value::Value,
    trace::v1::{Span, status::StatusCode},
};
use prost::Message;
use serde_json::json;

use crate::world;

const BEGUN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What a collector was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Span>>>);

impl Told {
    /// A collector; its address.
    async fn listen(&self) -> SocketAddr {
        async fn take(State(told): State<Told>, body: Bytes) -> Vec<u8> {
            let sent = ExportTraceServiceRequest::decode(body).unwrap();
            let spans = sent.resource_spans.into_iter().flat_map(|r| r.scope_spans).flat_map(|s| s.spans);
            told.0.lock().unwrap().extend(spans);
            ExportTraceServiceResponse::default().encode_to_vec()
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        address
    }

    /// The spans of a name, once the program has sent what it had.
    fn of(&self, name: &str) -> Vec<Span> {
        self.0.lock().unwrap().iter().filter(|span| span.name == name).cloned().collect()
    }

    fn within(&self, parent: &Span) -> Vec<Span> {
        self.0.lock().unwrap().iter().filter(|span| span.parent_span_id == parent.span_id).cloned().collect()
    }
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.clone()).and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{name} of {}: {other:?}", span.name),
    }
}

/// The program over a world's database.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    async fn start(
        world: &rapport_testkit::World,
        data: &std::path::Path,
        settings: &[(&str, &str)],
    ) -> Self {
        let address = rapport_counterparts::free_address().to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_rapport"))
            .args(["serve", "--no-worker"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RAPPORT_LOG", "off")
            .env("RAPPORT_DATA_DIR", data)
            .env("RAPPORT_LISTEN", &address)
            .env("RAPPORT_ADMIN_LISTEN", rapport_counterparts::free_address().to_string())
            .env("DATABASE_URL", world.app.db.url())
            .envs(settings.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let served = Self { child, url: format!("http://{address}") };
        let begun = Instant::now();
        while reqwest::get(format!("{}/sign-in", served.url)).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not come up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        served
    }

    /// Signs up, under a trace of the caller's.
    async fn sign_up(&self) -> reqwest::Response {
        let body = json!({"name": "Ada Morel", "email": "ada@traces.example", "password": "correct horse battery 9", "workspace_name": "Traces"});
        let asked = reqwest::Client::new().post(format!("{}/api/auth/signup", self.url)).json(&body);
        asked.header("host", "localhost:8080").header("traceparent", BEGUN).send().await.unwrap()
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_trace_with_its_statements_and_goes_on_with_the_trusted_proxys() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (world, data, told) = (world().await, tempfile::tempdir().unwrap(), Told::default());
    let collector = format!("http://{}", told.listen().await);
    let settings =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()), ("RAPPORT_TRUSTED_PROXIES", "127.0.0.1/32")];
    let served = Served::start(&world, data.path(), &settings).await;
    let answer = served.sign_up().await;
    assert_eq!(answer.status(), 201);
    let reference = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let token =
        answer.json::<serde_json::Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let me = reqwest::Client::new().get(format!("{}/api/me", served.url)).bearer_auth(token);
    assert_eq!(me.header("host", "localhost:8080").send().await.unwrap().status(), 200);
    served.stop();

    let [sign_up] = told.of("POST /api/auth/signup").try_into().unwrap();
    assert_eq!(attribute(&sign_up, "id"), reference, "the reference shown is the trace's");
    assert_eq!(attribute(&sign_up, "http.response.status_code"), "201");
    assert_eq!(format!("{:02x?}", sign_up.trace_id).replace([',', ' ', '[', ']'], ""), &BEGUN[3..35]);
    let statements = told.within(&sign_up);
    let texts: Vec<_> = statements.iter().map(|span| attribute(span, "db.query.text")).collect();
    assert!(texts.iter().any(|sql| sql.contains("identity.users")), "{texts:?}");
    assert!(texts.iter().all(|sql| !sql.contains("ada@")), "a statement is told without its values");

    let [me] = told.of("GET /api/me").try_into().unwrap();
    assert_eq!(attribute(&me, "workspace").len(), 36);
    assert_ne!(me.trace_id, sign_up.trace_id);
    assert!(me.status.is_none_or(|status| status.code() == StatusCode::Unset));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_trace_is_not_gone_on_with_and_a_collector_that_is_away_is_not_felt() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (world, data, told) = (world().await, tempfile::tempdir().unwrap(), Told::default());
    let collector = format!("http://{}", told.listen().await);
    let served =
        Served::start(&world, data.path(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str())]).await;
    assert_eq!(served.sign_up().await.status(), 201);
    served.stop();
    let [sign_up] = told.of("POST /api/auth/signup").try_into().unwrap();
    assert!(sign_up.parent_span_id.is_empty());

    let away = format!("http://{}", rapport_counterparts::free_address());
    let served = Served::start(&world, data.path(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", away.as_str())]).await;
    assert!(served.sign_up().await.status().as_u16() < 500);
    served.stop();
}
