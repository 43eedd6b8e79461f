//! Runs a command beside a fresh throw-away PostgreSQL.
//!
//! ```text
//! rapport-test-cluster [--data FOLDER] -- <command> [arguments…]
//! ```
//! The command finds the owner's URL in `RAPPORT_TEST_CLUSTER`; its exit code
//! is ours. With `--data` the cluster is kept in that folder.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use anyhow::{Context, Result, bail};
use rapport_embedded::{Cluster, Options};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

const PREFIX: &str = "rapport-test-cluster-";

#[derive(Debug)]
struct Request {
    data: Option<PathBuf>,
    program: OsString,
    arguments: Vec<OsString>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rapport-test-cluster: {error:#}");
            ExitCode::from(125)
        }
    }
}

async fn run() -> Result<ExitCode> {
    let request = parse(std::env::args_os().skip(1))?;
    // From here on a signal is kept until we can stop in order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let temporary = match &request.data {
        Some(_) => None,
        None => Some(make_temporary()?),
    };
    let data_dir = request.data.clone().or_else(|| temporary.clone()).context("no folder")?;
    let options = Options {
        data_dir,
        binaries: std::env::var_os("RAPPORT_PG_BIN").map(PathBuf::from),
        ..Options::default()
    };
    let outcome = async {
        let cluster = Cluster::start(options).await?;
        let early = tokio::select! {
            biased;
            _ = interrupt.recv() => Some(130),
            _ = terminate.recv() => Some(143),
            () = std::future::ready(()) => None,
        };
        if let Some(code) = early {
            cluster.stop().await?;
            return Ok(ExitCode::from(code));
        }
        let child = Command::new(&request.program)
            .args(&request.arguments)
            .env("RAPPORT_TEST_CLUSTER", cluster.owner_url("postgres"))
            .spawn();
        let status = match child {
            Ok(mut child) => loop {
                tokio::select! {
                    status = child.wait() => break status.context("the command was lost"),
                    _ = interrupt.recv() => forward(&child, Signal::INT),
                    _ = terminate.recv() => forward(&child, Signal::TERM),
                }
            },
            Err(error) => Err(error).with_context(|| format!("cannot run {}", request.program.display())),
        };
        cluster.stop().await?;
        status.map(code_of)
    }
    .await;
    if let Some(folder) = temporary {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    outcome
}

fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Request> {
    const USAGE: &str = "usage: rapport-test-cluster [--data FOLDER] -- <command> [arguments…]";
    let mut data = None;
    loop {
        let argument = arguments.next().context(USAGE)?;
        if argument == "--data" {
            data = Some(PathBuf::from(arguments.next().context(USAGE)?));
        } else if argument == "--" {
            break;
        } else {
            bail!("{USAGE}");
        }
    }
    let program = arguments.next().context(USAGE)?;
    Ok(Request { data, program, arguments: arguments.collect() })
}

/// Makes a folder named after our process, and removes those of dead ones.
fn make_temporary() -> Result<PathBuf> {
    let parent = std::env::temp_dir();
    for entry in fs::read_dir(&parent)?.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|pid| pid.parse().ok());
        if let Some(pid) = pid.and_then(Pid::from_raw)
            && test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
        {
            // Another user's stays, and one that is still going down goes next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
    make(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn make(folder: &Path) -> std::io::Result<()> {
    let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
    fs::DirBuilder::new().mode(mode).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))
}

fn forward(child: &Child, signal: Signal) {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        let _ = kill_process(pid, signal);
    }
}

fn code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
