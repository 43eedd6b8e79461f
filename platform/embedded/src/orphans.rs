//! Servers that outlived a killed process of ours. Called only while we hold
//! the lock, so whatever still runs on the directory is an orphan.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::rules::parse_pid;

const PATIENCE: Duration = Duration::from_secs(90);
const GENTLE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks an orphaned server to shut down and waits until all its processes
/// have gone. Removes a lock file that names an unrelated living process.
pub(crate) fn clear(cluster: &Path) -> Result<()> {
    let lock = cluster.join("postmaster.pid");
    let named = fs::read_to_string(&lock).ok().as_deref().and_then(parse_pid).and_then(Pid::from_raw);
    let began = Instant::now();
    let mut signalled = false;
    let mut pressed = false;
    loop {
        let left = occupants(cluster, named);
        if left.is_empty() {
            break;
        }
        if let Some(postmaster) = named.filter(|pid| left.contains(pid)) {
            if !signalled {
                tracing::warn!(
                    pid = postmaster.as_raw_nonzero().get(),
                    "a database server was left over from a crash; it is asked to stop"
                );
                let _ = kill_process(postmaster, Signal::INT);
                signalled = true;
            } else if !pressed && began.elapsed() > GENTLE {
                let _ = kill_process(postmaster, Signal::QUIT);
                pressed = true;
            }
        }
        if began.elapsed() > PATIENCE {
            bail!("processes of an earlier database server still work in {}: {left:?}", cluster.display());
        }
        sleep(PAUSE);
    }
    if named.is_some_and(is_someone_else) && lock.exists() {
        fs::remove_file(&lock).with_context(|| format!("cannot remove the stale {}", lock.display()))?;
    }
    Ok(())
}

/// Every server process whose working directory is the cluster.
#[cfg(target_os = "linux")]
fn occupants(cluster: &Path, _named: Option<Pid>) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        .filter(|pid| {
            let process = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
            fs::read_to_string(process.join("comm")).is_ok_and(|name| name.starts_with("postgres"))
                && match fs::read_link(process.join("cwd")) {
                    Ok(cwd) => cwd == cluster,
                    // Root in a container may not look; the command line of a postmaster tells as well.
                    Err(_) => fs::read(process.join("cmdline")).is_ok_and(|line| names(&line, cluster)),
                }
        })
        .collect()
}

/// Whether one argument of a command line is the cluster's path.
#[cfg(target_os = "linux")]
fn names(command_line: &[u8], cluster: &Path) -> bool {
    command_line.split(|byte| *byte == 0).any(|argument| argument == cluster.as_os_str().as_encoded_bytes())
}

/// Without /proc only the process named in the lock file is known.
#[cfg(not(target_os = "linux"))]
fn occupants(_cluster: &Path, named: Option<Pid>) -> Vec<Pid> {
    named.into_iter().filter(|pid| test_kill_process(*pid).is_ok()).collect()
}

/// Whether the process lives and is certainly not the server: its number was
/// given to another after a reboot. A zombie may still be the server.
fn is_someone_else(pid: Pid) -> bool {
    let process = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
    test_kill_process(pid).is_ok()
        && fs::read_to_string(process.join("comm")).is_ok_and(|name| !name.starts_with("postgres"))
}
