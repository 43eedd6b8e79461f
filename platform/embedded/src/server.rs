//! One server process: started, waited for, stopped.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;

use crate::OWNER;
use crate::binaries::Binaries;
use crate::guard::{Guard, LastAct};
use crate::home::Home;
use crate::rules::{PORT, says_ready, tail, url};

const FAST_STOP: Duration = Duration::from_secs(30);
const HARD_STOP: Duration = Duration::from_secs(10);
const LONGEST_RECOVERY: Duration = Duration::from_secs(900);
const POLL: Duration = Duration::from_millis(10);

/// All that is needed to start the server again and again.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) home: Home,
    pub(crate) binaries: Binaries,
    pub(crate) socket: PathBuf,
    /// The data directory of PostgreSQL.
    pub(crate) cluster: PathBuf,
    /// Settings for this run alone.
    pub(crate) settings: Vec<String>,
}

impl Server {
    /// Starts the server; it may not answer yet.
    pub(crate) fn spawn(&self) -> Result<Postmaster> {
        let log_path = self.home.startup_log();
        let log = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&log_path)
            .with_context(|| format!("cannot write {}", log_path.display()))?;
        let guard = Guard::start(self.home.account())?;
        // What keeps strangers out is said on the command line, where no file
        // and no ALTER SYSTEM can unsay it.
        let mut command = self.home.account().command(&self.binaries.folder.join("postgres"));
        command.arg("-D").arg(&self.cluster);
        for setting in [
            "listen_addresses=".to_owned(),
            format!("port={PORT}"),
            format!("unix_socket_directories={}", self.socket.display()),
            "unix_socket_permissions=0700".to_owned(),
        ] {
            command.arg("-c").arg(setting);
        }
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = Command::from(command).spawn().context("cannot start postgres")?;
        let pid = child.id().context("postgres ended at once")?;
        let mut postmaster = Postmaster { child, guard };
        postmaster.guard.watch(pid, LastAct::Interrupt)?;
        Ok(postmaster)
    }

    /// Waits until the server answers, however long it has to recover.
    pub(crate) async fn wait_until_ready(&self, postmaster: &mut Postmaster) -> Result<()> {
        let began = Instant::now();
        let mut told = 0;
        loop {
            if let Some(status) = postmaster.child.try_wait().context("postgres was lost")? {
                bail!("PostgreSQL did not start ({status}): {}", self.last_words());
            }
            // Asking the file first keeps refused connections out of the log.
            let lock = read(&self.cluster.join("postmaster.pid"));
            if postmaster.child.id().is_some_and(|pid| says_ready(&lock, pid))
                && self.connect("postgres").await.is_ok()
            {
                return Ok(());
            }
            let seconds = began.elapsed().as_secs();
            if seconds >= told + 5 {
                told = seconds;
                tracing::info!(seconds, "PostgreSQL is recovering");
            }
            if began.elapsed() > LONGEST_RECOVERY {
                bail!("PostgreSQL does not answer: {}", self.last_words());
            }
            sleep(POLL).await;
        }
    }

    /// A connection as the owner; it ends when the client is dropped.
    pub(crate) async fn connect(&self, database: &str) -> Result<tokio_postgres::Client> {
        let (client, connection) =
            tokio_postgres::connect(&url(OWNER, &self.socket, database), NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The end of what the server said, before its log and in it.
    pub(crate) fn last_words(&self) -> String {
        let logs = fs::read_dir(self.cluster.join("log")).into_iter().flatten().flatten();
        let newest = logs
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .max()
            .map(|(_, path)| read(&path))
            .unwrap_or_default();
        let startup = read(&self.home.startup_log());
        if startup.contains("FATAL") { tail(&startup, 6) } else { tail(&newest, 10) }
    }
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// A running server process and its guard.
#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
    guard: Guard,
}

impl Postmaster {
    /// How it ended, if it has.
    pub(crate) fn try_ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until the process ends by itself.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Shuts down in order: sessions are ended, the disk is in step.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal(Signal::INT);
        if timeout(FAST_STOP, self.child.wait()).await.is_ok() {
            return Ok(());
        }
        tracing::warn!(
            "PostgreSQL does not stop; it is told to leave at once and will recover at the next start"
        );
        self.signal(Signal::QUIT);
        if timeout(HARD_STOP, self.child.wait()).await.is_ok() {
            return Ok(());
        }
        self.child.kill().await.context("PostgreSQL cannot be stopped")
    }

    /// Sends a signal unless the process has been seen to end.
    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.signal(Signal::INT);
    }
}
