//! Proves what is promised for bad days against the built program, and says what falls short.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, anyhow, bail};
use clap::Parser;
use rapport_prove::{Ground, proofs, report::Report};
use tokio::signal::unix::{SignalKind, signal};

/// Prove the promises of a built program on this machine.
#[derive(Parser)]
struct Arguments {
    /// The built program.
    #[arg(long)]
    program: PathBuf,
    /// A program of the version before, for the proof of both side by side.
    #[arg(long)]
    before: Option<PathBuf>,
    /// What sort of build it is, for the page.
    #[arg(long, default_value = "an unoptimised build")]
    build: String,
    /// Only the proofs whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Kills in each of the proofs that kill.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Where the results go.
    #[arg(long)]
    results: PathBuf,
    /// The names of the proofs, and nothing else.
    #[arg(long)]
    list: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut terminated = match signal(SignalKind::terminate()) {
        Ok(terminated) => terminated,
        Err(error) => {
            eprintln!("rapport-prove: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    // Whoever breaks it off leaves no program and no disk behind.
    let proved = tokio::select! {
        proved = prove() => proved,
        _ = tokio::signal::ctrl_c() => Err(anyhow!("broken off")),
        _ = terminated.recv() => Err(anyhow!("broken off")),
    };
    match proved {
        Ok(0) => ExitCode::SUCCESS,
        Ok(short) => {
            eprintln!("{short} promises fall short");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("rapport-prove: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many promises fall short.
async fn prove() -> Result<usize> {
    let arguments = Arguments::parse();
    let chosen: Vec<_> = proofs::all().iter().filter(|proof| proof.name.contains(&arguments.only)).collect();
    if arguments.list {
        chosen.iter().for_each(|proof| println!("{}", proof.name));
        return Ok(0);
    }
    if chosen.is_empty() {
        bail!("no proof is called {:?}; --list names them", arguments.only);
    }
    let ground = Ground::new(&arguments.program, arguments.before.as_deref(), arguments.rounds)?;
    let mut report = Report::read(&arguments.results);
    let mut short = 0;
    for proof in chosen {
        eprintln!("{}: {}", proof.name, proof.does);
        let lines = proof.run(&ground).await;
        short += lines.iter().filter(|line| !line.holds).count();
        lines.iter().for_each(|line| eprintln!("  {line}"));
        report.put(proof, &arguments.build, &lines);
        std::fs::write(&arguments.results, report.page())?;
    }
    println!("{}", report.page());
    Ok(short)
}
