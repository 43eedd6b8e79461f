//! Seeds an installation of N workspaces and measures it: requests a second, latencies,
//! CPU, and beside each the same statements sent bare through the same driver.

mod floor;
mod load;
mod report;
mod seed;
mod server;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Measure an optimised build on this machine.
#[derive(Parser)]
struct Arguments {
    /// The built program.
    #[arg(long)]
    program: PathBuf,
    /// How many workspaces.
    #[arg(long, default_value_t = 100)]
    workspaces: i32,
    /// Seconds for each measurement.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Where the results go.
    #[arg(long)]
    results: PathBuf,
    /// An empty folder for the installation, kept afterwards: to look at plans, or into the database.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let temporary = std::env::temp_dir().join(format!("rapport-bench-{}", std::process::id()));
    let folder = arguments.keep.as_ref().unwrap_or(&temporary);
    let measured = measure(&arguments, folder).await;
    if arguments.keep.is_none() {
        let _ = std::fs::remove_dir_all(folder);
    }
    let report = measured?;
    println!("{report}");
    std::fs::write(&arguments.results, report)?;
    Ok(())
}

async fn measure(arguments: &Arguments, folder: &std::path::Path) -> Result<String> {
    std::fs::create_dir_all(folder)?;
    let database = server::database(folder).await?;
    let owner = database.owner_url("bench");
    rapport_db::migrate(&owner).await?;
    let server = server::Server::start(&arguments.program, folder, &database.app_url("bench")).await?;
    let signed = server.sign_up().await?;
    let seeded = seed::seed(&owner, &signed, arguments.workspaces).await?;
    let at_rest = server.memory_mb()?;
    let (server, first_answer) = server.restart().await?;

    let mut rows = Vec::new();
    for scenario in load::scenarios(&signed, &seeded) {
        for connections in [1, 32] {
            let run = load::run(&server, &signed, &scenario, connections, arguments.seconds).await?;
            let floor = floor::run(
                &database.app_url("bench"),
                &signed,
                &seeded,
                scenario.name,
                connections,
                arguments.seconds,
            )
            .await?;
            eprintln!(
                "{:<18} {connections:>2} connections  {:>8.0} /s  p95 {:>6.2} ms",
                scenario.name, run.per_second, run.p95
            );
            rows.push(report::Row { scenario: scenario.name, connections, run, floor });
        }
    }
    let under_load = server.memory_mb()?;
    server.stop().await?;
    let version = database.server_version().to_owned();
    database.stop().await?;
    let facts = report::Facts {
        version,
        at_rest,
        under_load,
        first_answer,
        seeded: &seeded,
        workspaces: arguments.workspaces,
    };
    Ok(report::markdown(&facts, &rows))
}
