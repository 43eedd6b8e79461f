//! Requests over kept connections, measured one by one.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use rand::Rng;
use rapport_bench::{http::connect, percentile};
use serde_json::json;

use crate::{
    seed::Seeded,
    server::{Server, Signed},
};

/// What is asked for again and again.
pub struct Scenario {
    /// Name in the table.
    pub name: &'static str,
    /// What is promised of it.
    pub goal: Goal,
    method: &'static str,
    page: bool,
    paths: Vec<String>,
    body: Option<String>,
}

/// What is promised of a scenario, at 32 connections.
#[derive(Clone, Copy, Default)]
pub struct Goal {
    /// The 95th percentile, in milliseconds.
    pub p95: Option<f64>,
    /// Throughput as a share of the floor's.
    pub of_floor: Option<f64>,
}

/// One measurement.
#[derive(Clone, Copy)]
pub struct Run {
    /// Requests a second.
    pub per_second: f64,
    /// Median, in milliseconds.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Processor time of the program for one request, in microseconds.
    pub cpu_us: f64,
}

/// Everything that is measured.
pub fn scenarios(signed: &Signed, seeded: &Seeded) -> Vec<Scenario> {
    let asked = |name, page, goal, paths| Scenario { name, goal, method: "GET", page, paths, body: None };
    let goal = |p95: f64, of_floor| Goal { p95: Some(p95), of_floor };
    let slug = &signed.slug;
    let of_clients = |prefix: String| seeded.clients.iter().map(|id| format!("{prefix}/{id}")).collect();
    let entry = json!({"project_id": seeded.project, "date": seeded.today, "duration_seconds": 900, "description": "measured", "is_billable": true});
    let search = seeded.words.iter().map(|word| format!("/api/clients?search={word}")).collect();
    vec![
        asked("get client", false, goal(10.0, Some(0.6)), of_clients("/api/clients".into())),
        asked("list clients", false, goal(25.0, Some(0.75)), vec!["/api/clients?limit=50".into()]),
        asked("search clients", false, goal(25.0, Some(0.75)), search),
        Scenario {
            name: "create time entry",
            goal: Goal::default(),
            method: "POST",
            page: false,
            paths: vec!["/api/time-entries".into()],
            body: Some(entry.to_string()),
        },
        asked("dashboard page", true, goal(50.0, None), vec![format!("/app/{slug}")]),
        asked("board page", true, goal(50.0, None), vec![format!("/app/{slug}/deals")]),
        asked("client page", true, goal(50.0, None), of_clients(format!("/app/{slug}/clients"))),
        asked("invoices page", true, goal(50.0, None), vec![format!("/app/{slug}/invoices")]),
        asked("forecast report", true, goal(200.0, None), vec![format!("/app/{slug}/deals/forecast")]),
    ]
}

/// Runs a scenario on some connections for some seconds, after a short warm-up.
pub async fn run(
    server: &Server,
    signed: &Signed,
    scenario: &Scenario,
    connections: usize,
    seconds: u64,
) -> Result<Run> {
    spell(server, signed, scenario, connections, Duration::from_millis(500)).await?;
    let before = server.cpu_seconds()?;
    let began = Instant::now();
    let mut taken = spell(server, signed, scenario, connections, Duration::from_secs(seconds)).await?;
    let elapsed = began.elapsed().as_secs_f64();
    let cpu = server.cpu_seconds()? - before;
    taken.sort_by(f64::total_cmp);
    let at = |share| percentile(&taken, share).unwrap_or_default();
    Ok(Run {
        per_second: taken.len() as f64 / elapsed,
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        cpu_us: cpu * 1e6 / taken.len().max(1) as f64,
    })
}

async fn spell(
    server: &Server,
    signed: &Signed,
    scenario: &Scenario,
    connections: usize,
    time: Duration,
) -> Result<Vec<f64>> {
    let workers = (0..connections).map(|_| async {
        let mut sender = connect(server.address()).await?;
        let mut taken = Vec::new();
        let until = Instant::now() + time;
        while Instant::now() < until {
            let path = &scenario.paths[rand::rng().random_range(0..scenario.paths.len())];
            let mut request =
                Request::builder().method(scenario.method).uri(path).header("host", "localhost:8080");
            request = if scenario.page {
                request.header("cookie", &signed.cookie)
            } else {
                request.header("authorization", format!("Bearer {}", signed.token))
            };
            if scenario.body.is_some() {
                request = request.header("content-type", "application/json");
            }
            let request = request.body(Full::new(Bytes::from(scenario.body.clone().unwrap_or_default())))?;
            sender.ready().await.context("the connection was closed")?;
            let began = Instant::now();
            let response = sender.send_request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            if !(200..300).contains(&status) {
                bail!(
                    "{}: {status} {}",
                    scenario.name,
                    String::from_utf8_lossy(&body).chars().take(300).collect::<String>()
                );
            }
            taken.push(began.elapsed().as_secs_f64() * 1e3);
        }
        Ok(taken)
    });
    Ok(futures::future::try_join_all(workers).await?.concat())
}
