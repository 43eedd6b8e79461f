//! Where proofs are carried out: installations in a temporary folder.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rapport_bench::program::{Launch, Program};
use rapport_embedded::{Cluster, Neighbour, Options};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};

/// How long a start is waited for before the proof gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);
const DATABASE: &str = "rapport";

/// The program under proof, and a folder to work in.
pub struct Ground {
    program: PathBuf,
    /// The program of the version before, where one was given.
    pub before: Option<PathBuf>,
    folder: TempDir,
    /// Kills in each of the proofs that kill.
    pub rounds: u32,
}

impl Ground {
    /// The copy of the program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Takes a copy of the program, which stays the same whatever is built meanwhile.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn new(program: &Path, before: Option<&Path>, rounds: u32) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("rapport-prove-").tempdir()?;
        // The private database may run as another user, who must come through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
        let copy = folder.path().join("rapport");
        std::fs::copy(program, &copy).with_context(|| format!("copy {}", program.display()))?;
        let before = before
            .map(|path| {
                let copy = folder.path().join("rapport-before");
                std::fs::copy(path, &copy).with_context(|| format!("copy {}", path.display()))?;
                anyhow::Ok(copy)
            })
            .transpose()?;
        Ok(Self { program: copy, before, folder, rounds })
    }

    /// A new installation with a private database.
    ///
    /// # Errors
    /// When no port is free.
    pub fn installation(&self, name: &str) -> Result<Installation> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711))?;
        let data = folder.join("data");
        let launch = Launch::serve(&self.program, &data)?.logging_to(&folder.join("log"));
        Ok(Installation { launch, data, folder })
    }
}

/// One installation.
#[derive(Clone)]
pub struct Installation {
    /// How it is started.
    pub launch: Launch,
    /// Its data directory.
    pub data: PathBuf,
    /// A folder of its own around it, with the file `log`.
    pub folder: PathBuf,
}

impl Installation {
    /// Starts it and waits until it is ready; how long that took.
    ///
    /// # Errors
    /// With the end of its log, when it does not become ready.
    pub async fn start(&self) -> Result<(Program, Duration)> {
        self.launch.start_ready(PATIENCE).await.with_context(|| self.last_words())
    }

    /// The private database's cluster folder.
    #[must_use]
    pub fn cluster(&self) -> PathBuf {
        self.data.join("postgres/cluster")
    }

    /// The process of the private PostgreSQL that is running.
    ///
    /// # Errors
    /// When none is.
    pub fn postmaster(&self) -> Result<Pid> {
        let text = std::fs::read_to_string(self.cluster().join("postmaster.pid"))?;
        Pid::from_raw(text.lines().next().unwrap_or_default().trim().parse()?).context("no process is named")
    }

    /// `kill -9` of the private PostgreSQL: when it was, once the last answers have passed.
    ///
    /// # Errors
    /// When none is running.
    pub async fn kill_postmaster(&self) -> Result<Instant> {
        kill_process(self.postmaster()?, Signal::KILL)?;
        let killed = Instant::now();
        sleep(Duration::from_millis(20)).await;
        Ok(killed)
    }

    /// How long after a moment the program says that it is ready.
    pub async fn ready_again(&self, since: Instant) -> Duration {
        while !self.launch.is_ready().await && since.elapsed() < PATIENCE {
            sleep(Duration::from_millis(5)).await;
        }
        since.elapsed()
    }

    /// The private database, as its owner.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn owner(&self) -> Result<Client> {
        let running =
            Neighbour::find(&self.data.join("postgres")).context("the private database does not run")?;
        connect(&running.owner_url(DATABASE)).await
    }

    /// A command of the program over this installation, to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let began = Instant::now();
        let output = self.launch.clone().command(arguments).run().await?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Ran {
            succeeded: output.status.success(),
            said: text(&output.stdout),
            complained: text(&output.stderr),
            took: began.elapsed(),
        })
    }

    /// `rapport check`: what it says last, and whether it found nothing.
    ///
    /// # Errors
    /// When it cannot be run.
    pub async fn check(&self) -> Result<(bool, String)> {
        let output = self.launch.clone().command(&["check"]).run().await?;
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let last = said.lines().chain(told.lines()).last().unwrap_or_default();
        Ok((output.status.success(), last.to_owned()))
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    /// What somebody was told; with a reference in it, also what the log says of that.
    #[must_use]
    pub fn explained(&self, told: &str) -> String {
        let reference = told.split_once("Quote ").and_then(|(_, rest)| rest.split(' ').next());
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let cause = reference.and_then(|reference| {
            log.lines().find(|line| line.contains(reference) && line.contains("ERROR"))
        });
        match cause {
            Some(cause) => format!("{told} ({})", cause.trim()),
            None => told.to_owned(),
        }
    }
}

/// A command that came to its end.
pub struct Ran {
    /// With exit code 0.
    pub succeeded: bool,
    /// Standard output.
    pub said: String,
    /// Standard error.
    pub complained: String,
    /// How long it took.
    pub took: Duration,
}

impl Ran {
    /// The first line of what it said that holds a word; without one, the last of all.
    #[must_use]
    pub fn line(&self, word: &str) -> &str {
        let all = || self.said.lines().chain(self.complained.lines());
        all().find(|line| line.contains(word)).or(all().last()).unwrap_or_default().trim()
    }
}

/// A connection of our own.
///
/// # Errors
/// When the database is not to be reached.
pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A PostgreSQL apart from the program, as an operator has one.
pub struct Apart {
    folder: PathBuf,
    cluster: Option<Cluster>,
}

impl Apart {
    /// Starts it in a folder of its own beside an installation.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(installation: &Installation) -> Result<Self> {
        let mut apart = Self { folder: installation.folder.join("postgres"), cluster: None };
        apart.start_again().await?;
        apart.cluster()?.create_database(DATABASE).await?;
        Ok(apart)
    }

    /// Starts it again on the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> Result<()> {
        if self.cluster.is_some() {
            bail!("it runs already");
        }
        let options = Options {
            data_dir: self.folder.clone(),
            binaries: std::env::var_os("RAPPORT_PG_BIN").map(PathBuf::from),
            durable: true,
            ..Options::default()
        };
        self.cluster = Some(Cluster::start(options).await?);
        Ok(())
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&mut self) -> Result<()> {
        match self.cluster.take() {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }

    /// As the owner.
    ///
    /// # Errors
    /// When it does not run.
    pub fn owner_url(&self) -> Result<String> {
        Ok(self.cluster()?.owner_url(DATABASE))
    }

    /// As the serving role.
    ///
    /// # Errors
    /// When it does not run.
    pub fn app_url(&self) -> Result<String> {
        Ok(self.cluster()?.app_url(DATABASE))
    }

    /// The file of its socket.
    ///
    /// # Errors
    /// When it does not run.
    pub fn socket(&self) -> Result<PathBuf> {
        let config: tokio_postgres::Config = self.owner_url()?.parse()?;
        match config.get_hosts() {
            [tokio_postgres::config::Host::Unix(folder)] => Ok(folder.join(".s.PGSQL.5432")),
            _ => bail!("it does not listen on a socket"),
        }
    }

    fn cluster(&self) -> Result<&Cluster> {
        self.cluster.as_ref().context("the database does not run")
    }
}
