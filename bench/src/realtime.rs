//! Live streams: how late an event reaches many screens, and how many quiet ones are held.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use rapport_base::Clock;
use rapport_bench::http::{Connection, connect, once};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::server::{Server, Signed};

/// Streams that are opened at a time.
const AT_A_TIME: usize = 50;

/// What streams did.
pub struct Streams {
    /// How many were open.
    pub streams: usize,
    /// Of all that should have heard, the share that did.
    pub heard: f64,
    /// From the moment an event happened (before its commit) until a stream had it: 95th percentile, in milliseconds.
    pub p95: f64,
    /// The program's memory with all of them open, in MB.
    pub memory_mb: f64,
}

/// Opens streams of the large workspace, stays quiet for a while, then lets things happen and measures.
pub async fn run(
    server: &Server,
    signed: &Signed,
    streams: usize,
    quiet: Duration,
    events: usize,
) -> Result<Streams> {
    let open = Arc::new(AtomicUsize::new(0));
    let mut readers = JoinSet::new();
    let mut opened =
        stream::iter(0..streams).map(|_| opened(server.address(), &signed.token)).buffer_unordered(AT_A_TIME);
    while let Some(stream) = opened.next().await {
        let (connection, body) = stream?;
        readers.spawn(read(connection, body, events, open.clone()));
    }
    tokio::time::sleep(quiet).await;
    let held = open.load(Ordering::Acquire);
    if held != streams {
        bail!("{held} of {streams} streams are still open after {quiet:?}");
    }
    let memory_mb = server.memory_mb()?;
    for number in 0..events {
        happen(server, signed, number).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let patience = tokio::time::sleep(Duration::from_secs(10));
    tokio::pin!(patience);
    let mut late = Vec::new();
    loop {
        tokio::select! {
            read = readers.join_next() => match read {
                Some(read) => late.extend(read??),
                None => break,
            },
            () = &mut patience => break,
        }
    }
    late.sort_by(f64::total_cmp);
    Ok(Streams {
        streams,
        heard: late.len() as f64 / (streams * events) as f64,
        p95: late
            .get(((late.len() as f64 - 1.0) * 0.95) as usize)
            .copied()
            .context("nobody heard anything")?,
        memory_mb,
    })
}

async fn opened(address: &str, token: &str) -> Result<(Connection, Incoming)> {
    let mut connection = connect(address).await?;
    connection.ready().await?;
    let request = Request::get("/api/stream")
        .header("host", "localhost:8080")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::new()))?;
    let response = connection.send_request(request).await?;
    if response.status() != 200 {
        bail!("a stream was refused: {}", response.status());
    }
    Ok((connection, response.into_body()))
}

/// How late each of so many events of ours came, in milliseconds.
async fn read(
    _kept: Connection,
    mut body: Incoming,
    events: usize,
    open: Arc<AtomicUsize>,
) -> Result<Vec<f64>> {
    let (mut text, mut late) = (String::new(), Vec::new());
    open.fetch_add(1, Ordering::AcqRel);
    while late.len() < events {
        let Some(frame) = body.frame().await else { break };
        let Ok(data) = frame?.into_data() else { continue };
        text.push_str(&String::from_utf8_lossy(&data));
        while let Some((message, rest)) = text.split_once("\n\n") {
            late.extend(lateness(message));
            text = rest.to_owned();
        }
    }
    open.fetch_sub(1, Ordering::AcqRel);
    Ok(late)
}

fn lateness(message: &str) -> Option<f64> {
    let data = message.lines().find_map(|line| line.strip_prefix("data: "))?;
    let event: Value = serde_json::from_str(data).ok()?;
    let at: jiff::Timestamp = event["at"].as_str()?.parse().ok()?;
    (event["kind"] == "client.created").then(|| Clock::system().now().duration_since(at).as_secs_f64() * 1e3)
}

async fn happen(server: &Server, signed: &Signed, number: usize) -> Result<()> {
    let token = format!("Bearer {}", signed.token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let body = json!({"company_name": format!("Heard by all {number}")}).to_string();
    let (status, _, answer) = once(server.address(), "POST", "/api/clients", &headers, Some(body)).await?;
    if status != 201 {
        bail!("a client was not made: {status} {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}
