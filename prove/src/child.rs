//! Commands that start others themselves.

use std::process::{Output, Stdio};

use anyhow::{Context, Result};
use rapport_bench::program::without_settings;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

/// Where scripts keep the tools they fetch: no settings of the program under proof.
const FOLDERS: [&str; 2] = ["RAPPORT_COUNTERPARTS_DIR", "RAPPORT_SCHEMATHESIS_DIR"];

/// A script, free of settings that would lead it elsewhere.
#[must_use]
pub fn script(path: &str) -> Command {
    let mut script = Command::new(path);
    without_settings(&mut script);
    script.envs(FOLDERS.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
    script
}

/// Runs a command to its end; what it said on standard output. Dropped before that it gets
/// SIGTERM, not SIGKILL, so that it can end what it has started.
///
/// # Errors
/// When it cannot be started.
pub async fn output(command: &mut Command) -> Result<Output> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("{:?} cannot be started", command.as_std().get_program()))?;
    let mut running = Running(child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())));
    let output = child.wait_with_output().await?;
    running.0 = None;
    Ok(output)
}

struct Running(Option<Pid>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_command_that_is_dropped_can_still_tidy_up() {
        let folder = tempfile::tempdir().unwrap();
        let tidied = folder.path().join("tidied");
        let mut shell = script("sh");
        shell.args(["-c", "trap 'touch \"$0\"; exit' TERM; while :; do sleep 0.1; done"]).arg(&tidied);
        let broken_off = tokio::time::timeout(Duration::from_millis(500), output(&mut shell)).await;
        assert!(broken_off.is_err());
        for _ in 0..100 {
            if tidied.exists() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it was killed");
    }
}
