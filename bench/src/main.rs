//! Grows an installation and measures it: requests a second, latencies, CPU, and beside each
//! the same statements sent bare through the same driver; live streams; a first visit; Lighthouse.
//! What is promised stands first in the report, each line with what was seen.

mod floor;
mod lighthouse;
mod load;
mod promises;
mod realtime;
mod report;
mod seed;
mod server;
mod visit;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Result;
use clap::Parser;

use crate::{
    load::{Run, Scenario},
    report::{Facts, Row},
    seed::Seeded,
    server::{Server, Signed},
};

/// Measure an optimised build on this machine.
#[derive(Parser)]
struct Arguments {
    /// The built program.
    #[arg(long)]
    program: PathBuf,
    /// How many workspaces.
    #[arg(long, default_value_t = 1_000)]
    workspaces: i32,
    /// How many clients in all of them.
    #[arg(long, default_value_t = 1_000_000)]
    clients: i64,
    /// Seconds for each measurement.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Where the results go.
    #[arg(long)]
    results: PathBuf,
    /// The script that runs Lighthouse; its lines are left out without.
    #[arg(long)]
    lighthouse: Option<PathBuf>,
    /// An empty folder for the installation, kept afterwards: to look at plans, or into the database.
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// Connections at once, of whom promises are made.
const BUSY: usize = 32;

#[tokio::main]
async fn main() -> ExitCode {
    match bench().await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(short) => {
            eprintln!("{short} promises fall short");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("rapport-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many promises fall short.
async fn bench() -> Result<usize> {
    let arguments = Arguments::parse();
    let temporary = std::env::temp_dir().join(format!("rapport-bench-{}", std::process::id()));
    let folder = arguments.keep.as_ref().unwrap_or(&temporary);
    let measured = measure(&arguments, folder).await;
    if arguments.keep.is_none() {
        let _ = std::fs::remove_dir_all(folder);
    }
    let (report, short) = measured?;
    println!("{report}");
    std::fs::write(&arguments.results, report)?;
    Ok(short)
}

/// The report, and how many promises fall short.
async fn measure(arguments: &Arguments, folder: &Path) -> Result<(String, usize)> {
    std::fs::create_dir_all(folder)?;
    let server = Server::start(&arguments.program, folder).await?;
    let owner = server.owner_url()?;
    let signed = server.sign_up().await?;
    let seeded = seed::large(&owner, &signed).await?;
    let scenarios = load::scenarios(&signed, &seeded);

    seed::grow(&owner, 100, 30_000).await?;
    let few = busy(&server, &signed, &scenarios, arguments.seconds).await?;

    let size = seed::grow(&owner, arguments.workspaces, arguments.clients).await?;
    let (server, first_answer) = server.restart().await?;
    let (owner, url) = (server.owner_url()?, server.app_url()?);
    let at_rest = server.memory_mb()?;
    let first_visit = visit::bytes(server.address()).await?;
    let rows = full(&server, &url, &signed, &seeded, &scenarios, arguments.seconds).await?;
    let under_load = server.peak_memory_mb()?;

    let live = realtime::run(&server, &signed, 1_000, Duration::from_secs(1), 50).await?;
    let quiet = realtime::run(&server, &signed, 10_000, Duration::from_secs(30), 1).await?;

    for streams in [&live, &quiet] {
        eprintln!(
            "{} streams: {} held, {:.2} heard, p95 {:.0} ms",
            streams.streams, streams.held, streams.heard, streams.p95
        );
    }

    let grown = seed::grow(&owner, arguments.workspaces * 10, size.clients * 11 / 10).await?;
    let many = busy(&server, &signed, &scenarios, arguments.seconds).await?;
    seed::done(&owner).await?;
    let version = seed::version(&owner).await?;
    server.stop().await?;

    let marks = match &arguments.lighthouse {
        Some(script) => lighthouse::run(&arguments.program, script).await?,
        None => Vec::new(),
    };
    let facts = Facts {
        version,
        size,
        grown,
        at_rest,
        under_load,
        first_answer,
        first_visit,
        rows,
        few,
        many,
        live,
        quiet,
        marks,
    };
    let promises = promises::all(&facts, &scenarios);
    let short = promises.iter().filter(|promise| !promise.holds).count();
    Ok((report::markdown(&facts, &promises), short))
}

/// Every scenario at [`BUSY`] connections.
async fn busy(server: &Server, signed: &Signed, scenarios: &[Scenario], seconds: u64) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for scenario in scenarios {
        let run = load::run(server, signed, scenario, BUSY, seconds).await?;
        tell(scenario, BUSY, &run);
        runs.push(run);
    }
    Ok(runs)
}

/// Every scenario at one and at [`BUSY`] connections, each beside its floor.
async fn full(
    server: &Server,
    url: &str,
    signed: &Signed,
    seeded: &Seeded,
    scenarios: &[Scenario],
    seconds: u64,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for scenario in scenarios {
        for connections in [1, BUSY] {
            let run = load::run(server, signed, scenario, connections, seconds).await?;
            let floor = floor::run(url, signed, seeded, scenario.name, connections, seconds).await?;
            tell(scenario, connections, &run);
            rows.push(Row { scenario: scenario.name, goal: scenario.goal, connections, run, floor });
        }
    }
    Ok(rows)
}

fn tell(scenario: &Scenario, connections: usize, run: &Run) {
    eprintln!(
        "{:<18} {connections:>2} connections  {:>8.0} /s  p95 {:>6.2} ms",
        scenario.name, run.per_second, run.p95
    );
}
