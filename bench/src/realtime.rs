//! Live streams: how late an event reaches many screens, and how many quiet ones are held.

use std::{collections::HashSet, time::Duration};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use rapport_base::Clock;
use rapport_bench::{
    http::{Connection, connect, once},
    percentile,
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinSet};

use crate::server::{Server, Signed};

/// Streams that are opened at a time.
const AT_A_TIME: usize = 50;

/// What streams did.
pub struct Streams {
    /// How many were opened.
    pub streams: usize,
    /// How many of them were still open after the quiet.
    pub held: usize,
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
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let mut readers = JoinSet::new();
    let mut opened =
        stream::iter(0..streams).map(|_| opened(server.address(), &signed.token)).buffer_unordered(AT_A_TIME);
    while let Some(stream) = opened.next().await {
        let (connection, body) = stream?;
        readers.spawn(read(connection, body, heard.clone()));
    }
    tokio::time::sleep(quiet).await;
    while readers.try_join_next().is_some() {}
    let (held, memory_mb) = (readers.len(), server.memory_mb()?);
    let mut ours = HashSet::new();
    for number in 0..events {
        ours.insert(happen(server, signed, number).await?);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut late = Vec::new();
    while late.len() < streams * events {
        let Ok(Some((subject, ms))) = tokio::time::timeout(Duration::from_secs(10), hearing.recv()).await
        else {
            break;
        };
        if ours.contains(&subject) {
            late.push(ms);
        }
    }
    late.sort_by(f64::total_cmp);
    Ok(Streams {
        streams,
        held,
        heard: late.len() as f64 / (streams * events) as f64,
        p95: percentile(&late, 0.95).context("nobody heard anything")?,
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

/// Tells which client was made and how late that came, in milliseconds, until the stream ends.
async fn read(_kept: Connection, mut body: Incoming, heard: mpsc::UnboundedSender<(String, f64)>) {
    let mut text = String::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        text.push_str(&String::from_utf8_lossy(&data));
        while let Some((message, rest)) = text.split_once("\n\n") {
            if let Some(made) = made(message) {
                let _ = heard.send(made);
            }
            text = rest.to_owned();
        }
    }
}

fn made(message: &str) -> Option<(String, f64)> {
    let data = message.lines().find_map(|line| line.strip_prefix("data: "))?;
    let event: Value = serde_json::from_str(data).ok()?;
    let at: jiff::Timestamp = event["at"].as_str()?.parse().ok()?;
    let late = Clock::system().now().duration_since(at).as_secs_f64() * 1e3;
    (event["kind"] == "client.created").then(|| Some((event["subject"]["id"].as_str()?.to_owned(), late)))?
}

/// Makes a client; its id.
async fn happen(server: &Server, signed: &Signed, number: usize) -> Result<String> {
    let token = format!("Bearer {}", signed.token);
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let body = json!({"company_name": format!("Heard by all {number}")}).to_string();
    let (status, _, answer) = once(server.address(), "POST", "/api/clients", &headers, Some(body)).await?;
    if status != 201 {
        bail!("a client was not made: {status} {}", String::from_utf8_lossy(&answer));
    }
    let client: Value = serde_json::from_slice(&answer)?;
    Ok(client["id"].as_str().context("a client without an id")?.to_owned())
}
