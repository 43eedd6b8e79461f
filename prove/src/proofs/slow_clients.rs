//! Clients that send and read as slowly as they may.

use std::{process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use futures::FutureExt;
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

use super::verdict;
use crate::{
    Ground, Line, Proof,
    account::Account,
    caller::{Ask, Caller},
};

pub const PROOF: Proof = Proof {
    name: "slow-clients",
    does: "`slowhttptest` opens 800 connections and would hold each longer than the program lets it: heads that never end, bodies that trickle, answers that are hardly read. Meanwhile others work.",
    tried: |ground| tried(ground).boxed_local(),
};

const MANY: usize = 800;
/// How long the 800 take to come at 200 a second, with room.
const ARRIVAL: Duration = Duration::from_secs(6);
const OTHERS: usize = 4;
const LIMIT: Duration = Duration::from_millis(100);
/// What a busy machine may add to a limit.
const SLACK: Duration = Duration::from_secs(5);

/// A way of being slow.
struct Slow {
    name: &'static str,
    mode: &'static [&'static str],
    /// How long slowhttptest holds on: beyond `limit`, so that it is not who ends them.
    seconds: &'static str,
    /// How long the program bears it (`platform/web/src/server/limits.rs`): the head, the grace of
    /// a body, an answer of which nothing is taken.
    limit: Duration,
}

const WAYS: [Slow; 3] = [
    Slow {
        name: "heads that never end",
        mode: &["-H", "-i", "5"],
        seconds: "40",
        limit: Duration::from_secs(10),
    },
    Slow {
        name: "bodies that trickle",
        mode: &["-B", "-i", "5", "-s", "8192", "-x", "10", "-t", "POST"],
        seconds: "40",
        limit: Duration::from_secs(10),
    },
    Slow {
        name: "answers that are hardly read",
        mode: &["-X", "-w", "1", "-y", "2", "-n", "5", "-z", "1", "-k", "3"],
        seconds: "90",
        limit: Duration::from_secs(60),
    },
];

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("slow-clients")?;
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "slow-clients").await?;
    let alone = others(&address, &account, Duration::from_secs(3)).await?;
    let mut lines = Vec::new();
    for slow in &WAYS {
        lines.extend(beside(slow, &address, &account, alone.p95).await?);
    }
    lines.push(Line::new(
        verdict::NO_RESTART,
        program.runs()?,
        format!("{:.0} MB of memory", program.memory_mb()?),
    ));
    program.stop().await?;
    Ok(lines)
}

/// What others notice of slow clients, and what becomes of these.
async fn beside(slow: &Slow, address: &str, account: &Account, alone: Duration) -> Result<[Line; 2]> {
    let url = format!("http://{address}/sign-in");
    let tool = Command::new("slowhttptest")
        .args(slow.mode)
        .args(["-c", "800", "-r", "200", "-p", "3", "-l", slow.seconds, "-u", &url])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("slowhttptest is missing")?;
    let watched = async {
        let held = arrived(address).await?;
        // No longer than the slow ones are there.
        let time = slow.limit.saturating_sub(Duration::from_secs(2)).min(Duration::from_secs(20));
        let (answered, ended) =
            tokio::join!(others(address, account, time), gone(address, slow.limit + SLACK));
        anyhow::Ok((held, answered?, ended?))
    };
    let (output, watched) = tokio::join!(tool.wait_with_output(), watched);
    let (output, (held, answered, ended)) = (output?, watched?);
    let came = held * 100 >= MANY * 95;
    let after =
        ended.map_or("some are still there".into(), |time| format!("gone {} after", verdict::seconds(time)));
    Ok([
        Line::new(
            format!(
                "{MANY} {}: all others are answered, 95 of 100 in < 100 ms, or in thrice what they take alone",
                slow.name
            ),
            came && answered.failed == 0 && answered.p95 < LIMIT.max(alone * 3),
            format!(
                "{held} connections held; {} requests, {} failed, p95 {:.1} ms (alone {:.1} ms)",
                answered.count,
                answered.failed,
                answered.p95.as_secs_f64() * 1e3,
                alone.as_secs_f64() * 1e3
            ),
        ),
        Line::new(
            format!(
                "{MANY} {}: the program itself ends the last < {} s after it came (its limit is {} s)",
                slow.name,
                (slow.limit + SLACK).as_secs(),
                slow.limit.as_secs()
            ),
            came && ended.is_some() && output.status.success(),
            format!(
                "{after}; slowhttptest, told to hold on for {} s: {}",
                slow.seconds,
                last_words(&output.stdout)
            ),
        ),
    ])
}

/// The most connections there were at once, until all have come or should have.
async fn arrived(address: &str) -> Result<usize> {
    let (began, mut most) = (Instant::now(), 0);
    while most < MANY && began.elapsed() < ARRIVAL {
        most = most.max(connections(address)?);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(most)
}

/// How long it takes until only the others can be connected; nothing when it is not so in time.
async fn gone(address: &str, patience: Duration) -> Result<Option<Duration>> {
    let began = Instant::now();
    while began.elapsed() < patience {
        if connections(address)? <= OTHERS {
            return Ok(Some(began.elapsed()));
        }
        sleep(Duration::from_millis(200)).await;
    }
    Ok(None)
}

/// Why slowhttptest ended; it writes in colours.
fn last_words(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let why = said.rsplit("Exit status:").next().unwrap_or_default();
    let why = why.lines().next().unwrap_or_default().trim_start_matches("\u{1b}[1;36m");
    why.trim().to_owned()
}

struct Answered {
    count: usize,
    failed: usize,
    p95: Duration,
}

/// Some callers, ten requests a second each.
async fn others(address: &str, account: &Account, time: Duration) -> Result<Answered> {
    let addresses: Arc<[String]> = Arc::new([address.to_owned()]);
    let callers = (0..OTHERS).map(|number| {
        let mut caller = Caller::new(addresses.clone(), number);
        let ask = Ask {
            method: "GET",
            path: "/api/clients?limit=50".into(),
            headers: vec![("authorization", format!("Bearer {}", account.token))],
            body: String::new(),
        };
        async move {
            let (mut times, mut failed) = (Vec::new(), 0);
            let until = Instant::now() + time;
            while Instant::now() < until {
                let (took, sent) = caller.send(&ask).await;
                times.push(took);
                failed += usize::from(!sent.is_ok_and(|answer| answer.status == 200));
                sleep(Duration::from_millis(100)).await;
            }
            (times, failed)
        }
    });
    let found = futures::future::join_all(callers).await;
    let failed = found.iter().map(|(_, failed)| failed).sum();
    let mut times: Vec<Duration> = found.into_iter().flat_map(|(times, _)| times).collect();
    times.sort();
    let Some(p95) = times.get(times.len() * 95 / 100).copied() else { bail!("nobody asked") };
    Ok(Answered { count: times.len(), failed, p95 })
}

/// Connections the kernel holds open at an address.
fn connections(address: &str) -> Result<usize> {
    let port: u16 = address.rsplit(':').next().context("no port")?.parse()?;
    let local = format!(":{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    // 01 is ESTABLISHED; the second column is the local address, which only the server's end has.
    let held = table.lines().filter(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1).is_some_and(|at| at.ends_with(&local)) && fields.get(3) == Some(&"01")
    });
    Ok(held.count())
}
