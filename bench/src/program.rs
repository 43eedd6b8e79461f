//! The built program as a process: started, watched, ended.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::http;

/// Settings that would lead out of the installation under test, beside `RAPPORT_…`.
const OUTSIDE: [&str; 7] = [
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "S3_URL",
    "SMTP_URL",
    "SMTP_FALLBACK_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
];

/// How the program is started: the same every time, so that whoever talks to it finds it again.
#[derive(Clone)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    settings: Vec<(String, String)>,
    log: Option<PathBuf>,
    /// Where browsers and the API reach it.
    pub address: String,
    /// Where its health is asked for.
    pub admin: String,
}

impl Launch {
    /// `serve` over a data directory, on free ports, without a quota.
    ///
    /// # Errors
    /// When no port is free.
    pub fn serve(program: &Path, data: &Path) -> Result<Self> {
        let (address, admin) = (free_address()?, free_address()?);
        let settings = [
            ("RAPPORT_DATA_DIR", data.display().to_string()),
            ("RAPPORT_LISTEN", address.clone()),
            ("RAPPORT_ADMIN_LISTEN", admin.clone()),
            ("RAPPORT_API_PER_MINUTE", "100000000".into()),
            ("RAPPORT_LOG", "warn".into()),
        ];
        Ok(Self {
            program: program.into(),
            arguments: vec!["serve".into()],
            settings: settings.map(|(name, value)| (name.into(), value)).into(),
            log: None,
            address,
            admin,
        })
    }

    /// The same installation on ports of its own.
    ///
    /// # Errors
    /// When no port is free.
    pub fn beside(&self) -> Result<Self> {
        let (address, admin) = (free_address()?, free_address()?);
        let mut other = self.clone();
        other.address.clone_from(&address);
        other.admin.clone_from(&admin);
        Ok(other.with("RAPPORT_LISTEN", &address).with("RAPPORT_ADMIN_LISTEN", &admin))
    }

    /// With another setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Another command over the same installation.
    #[must_use]
    pub fn command(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// What it says goes to the end of a file.
    #[must_use]
    pub fn logging_to(mut self, path: &Path) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Starts it, without waiting for anything.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<Program> {
        let log = match &self.log {
            Some(path) => Stdio::from(std::fs::OpenOptions::new().create(true).append(true).open(path)?),
            None => Stdio::null(),
        };
        let child = self.prepared().stderr(log).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())).context("it ended at once")?;
        Ok(Program { child, pid, began: Instant::now() })
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(&self) -> Result<Output> {
        Ok(self.prepared().kill_on_drop(true).output().await?)
    }

    /// Starts it and waits until it is ready; how long that took.
    ///
    /// # Errors
    /// When it ends before, or is not ready in time.
    pub async fn start_ready(&self, limit: Duration) -> Result<(Program, Duration)> {
        let mut program = self.start()?;
        let took = self.ready(&mut program, limit).await?;
        Ok((program, took))
    }

    /// Waits until it says that it is ready; how long that was since its start.
    ///
    /// # Errors
    /// As [`Launch::start_ready`].
    pub async fn ready(&self, program: &mut Program, limit: Duration) -> Result<Duration> {
        while program.began.elapsed() < limit {
            if let Some(status) = program.child.try_wait()? {
                bail!("the program ended: {status}");
            }
            if self.is_ready().await {
                return Ok(program.began.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the program is not ready after {limit:?}")
    }

    /// Whether it says right now that it is ready.
    pub async fn is_ready(&self) -> bool {
        let asked = http::once(&self.admin, "GET", "/readyz", &[], None);
        matches!(tokio::time::timeout(Duration::from_secs(2), asked).await, Ok(Ok((200, ..))))
    }

    fn prepared(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        without_settings(&mut command);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Keeps from a command what would be a setting of the program it starts.
pub fn without_settings(command: &mut Command) {
    let ours = |name: &str| name.starts_with("RAPPORT_") && name != "RAPPORT_PG_BIN";
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| ours(name) || OUTSIDE.contains(&name)) {
            command.env_remove(name);
        }
    }
}

/// A running program. Dropping it kills it.
pub struct Program {
    child: Child,
    pid: Pid,
    began: Instant,
}

impl Program {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it is not our process any more.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// SIGTERM, and nothing more.
    pub fn terminate(&self) {
        if self.child.id().is_some() {
            let _ = kill_process(self.pid, Signal::TERM);
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn ended(&mut self, limit: Duration) -> Result<ExitStatus> {
        let ended = tokio::time::timeout(limit, self.child.wait()).await;
        Ok(ended.with_context(|| format!("the program still runs after {limit:?}"))??)
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// When it does not end within a minute.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.terminate();
        self.ended(Duration::from_secs(60)).await
    }

    /// Whether the process that was started still runs.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Resident memory.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn memory_mb(&self) -> Result<f64> {
        self.memory("VmRSS:")
    }

    /// The most memory that was ever resident.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn peak_memory_mb(&self) -> Result<f64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, kind: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line =
            status.lines().find(|line| line.starts_with(kind)).with_context(|| format!("no {kind}"))?;
        let kb: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kb / 1024.0)
    }

    /// Seconds of processor time used so far.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        let fields: Vec<&str> = stat.rsplit_once(") ").context("no stat")?.1.split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        // USER_HZ is 100 on every Linux that Rust supports.
        Ok(ticks / 100.0)
    }
}

fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
