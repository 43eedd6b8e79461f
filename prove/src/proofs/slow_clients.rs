//! Clients that send and read as slowly as they may.

use std::{sync::Arc, time::Duration};

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
    does: "`slowhttptest` holds 800 connections for half a minute each: heads that never end, bodies that trickle, answers that are hardly read. Meanwhile others work.",
    tried: |ground| tried(ground).boxed_local(),
};

const SECONDS: u32 = 30;
const LIMIT: Duration = Duration::from_millis(100);

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("slow-clients")?;
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "slow-clients").await?;
    let quiet = others(&address, &account, Duration::from_secs(3)).await?;
    let mut lines = Vec::new();
    for (name, mode) in [
        ("heads that never end", vec!["-H", "-i", "5"]),
        ("bodies that trickle", vec!["-B", "-i", "5", "-s", "8192", "-x", "10", "-t", "POST"]),
        ("answers that are hardly read", vec!["-X", "-w", "1", "-y", "2", "-n", "5", "-z", "1", "-k", "3"]),
    ] {
        let seconds = SECONDS.to_string();
        let url = format!("http://{address}/sign-in");
        let mut slow = Command::new("slowhttptest")
            .args(mode)
            .args(["-c", "800", "-r", "200", "-p", "3", "-l", &seconds, "-u", &url])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("slowhttptest is missing")?;
        // Until all 800 are there.
        sleep(Duration::from_secs(5)).await;
        let held = connections(&address)?;
        let answered = others(&address, &account, Duration::from_secs(u64::from(SECONDS) - 10)).await?;
        slow.wait().await?;
        lines.push(Line::new(
            format!("800 {name}: all others are answered, 95 of 100 in < 100 ms, or in thrice what they take alone"),
            answered.failed == 0 && answered.p95 < LIMIT.max(quiet.p95 * 3) && answered.count > 0,
            format!(
                "{held} connections held; {} requests, {} failed, p95 {:.1} ms (alone {:.1} ms)",
                answered.count,
                answered.failed,
                answered.p95.as_secs_f64() * 1e3,
                quiet.p95.as_secs_f64() * 1e3
            ),
        ));
    }
    let began = Instant::now();
    while connections(&address)? > 0 && began.elapsed() < Duration::from_secs(90) {
        sleep(Duration::from_millis(200)).await;
    }
    lines.push(Line::new(
        "afterwards nothing of them is left",
        connections(&address)? == 0,
        format!("the last connection was gone {} after", verdict::seconds(began.elapsed())),
    ));
    lines.push(Line::new(
        verdict::NO_RESTART,
        program.runs()?,
        format!("{:.0} MB of memory", program.memory_mb()?),
    ));
    program.stop().await?;
    Ok(lines)
}

struct Answered {
    count: usize,
    failed: usize,
    p95: Duration,
}

/// Four callers, ten requests a second each.
async fn others(address: &str, account: &Account, time: Duration) -> Result<Answered> {
    let addresses: Arc<[String]> = Arc::new([address.to_owned()]);
    let callers = (0..4).map(|number| {
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
