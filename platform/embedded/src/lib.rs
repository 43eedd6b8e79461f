//! A private PostgreSQL that starts and ends with the program.
//!
//! It listens on a unix socket in a folder only its own user (and root) can
//! enter, never on the network. It comes back by itself when it dies, and it
//! ends when our process does, however that happens.
//!
//! What lies in the data folder: `cluster/` (PostgreSQL's own), `run/` (the
//! socket), `lock`, `startup.log`, and perhaps `programs-…/` (a copy of the
//! PostgreSQL programs) or `location` (where all of that lies instead).

mod account;
mod binaries;
mod comeback;
mod guard;
mod home;
mod initdb;
mod orphans;
mod rules;
mod server;
mod supervisor;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;

pub use crate::comeback::{Comeback, Reached};

use crate::binaries::Search;
use crate::home::Home;
use crate::server::{Postmaster, Server};

/// The superuser that owns everything; migrations run as this role.
pub const OWNER: &str = "rapport_owner";
/// The role the program serves as; it owns nothing.
pub const APP: &str = "rapport_app";

const SETTINGS_FILE: &str = "rapport.conf";
const ZOMBIE_PATIENCE: Duration = Duration::from_secs(30);

/// How to run the cluster.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A folder for the cluster alone; made if missing.
    pub data_dir: PathBuf,
    /// The folder of `initdb` and `postgres` (`RAPPORT_PG_BIN`); searched for if not given.
    pub binaries: Option<PathBuf>,
    /// Settings of PostgreSQL on top of the defaults.
    pub settings: Vec<(String, String)>,
    /// Survive a power cut; switch off in tests only.
    pub durable: bool,
    /// Further folders that may hold `node_modules` with PostgreSQL.
    pub search: Vec<PathBuf>,
}

/// A running cluster. Dropping it also stops the server, without waiting.
#[derive(Debug)]
pub struct Cluster {
    server: Arc<Server>,
    running: watch::Receiver<bool>,
    stop: mpsc::Sender<()>,
    supervisor: JoinHandle<Result<()>>,
}

/// A cluster that another process started and ends.
#[derive(Clone, Debug)]
pub struct Neighbour {
    socket: PathBuf,
}

impl Neighbour {
    /// The cluster of a folder, while another process runs it.
    #[must_use]
    pub fn find(data_dir: &Path) -> Option<Neighbour> {
        home::socket_of_another(data_dir).map(|socket| Neighbour { socket })
    }

    /// A URL that connects as the owner.
    #[must_use]
    pub fn owner_url(&self, database: &str) -> String {
        rules::url(OWNER, &self.socket, database)
    }

    /// A URL that connects as the serving role.
    #[must_use]
    pub fn app_url(&self, database: &str) -> String {
        rules::url(APP, &self.socket, database)
    }
}

impl Cluster {
    /// Starts the cluster, making or healing it first where needed.
    pub async fn start(options: Options) -> Result<Cluster> {
        let server =
            tokio::task::spawn_blocking(move || prepare(&options)).await.context("the start broke off")??;
        let server = Arc::new(server);
        let postmaster = first_launch(&server).await?;
        let (stop, stopped) = mpsc::channel(1);
        let (state, running) = watch::channel(true);
        let supervisor = tokio::spawn(supervisor::run(server.clone(), postmaster, stopped, state));
        let cluster = Cluster { server, running, stop, supervisor };
        cluster.ensure_app_role().await?;
        tracing::info!(version = cluster.server_version(), socket = %cluster.server.socket.display(), "the private PostgreSQL is running");
        Ok(cluster)
    }

    /// A URL that connects as the owner.
    pub fn owner_url(&self, database: &str) -> String {
        rules::url(OWNER, &self.server.socket, database)
    }

    /// A URL that connects as the serving role.
    pub fn app_url(&self, database: &str) -> String {
        rules::url(APP, &self.server.socket, database)
    }

    /// Makes a database that only the owner and the serving role may enter;
    /// one that exists already is left as it is.
    pub async fn create_database(&self, name: &str) -> Result<()> {
        if !rules::is_database_name(name) {
            bail!("{name:?} is not a database name");
        }
        let quoted = rules::quote_identifier(name);
        let client = self.server.connect("postgres").await.context("cannot connect to make a database")?;
        match client.batch_execute(&format!("create database {quoted}")).await {
            Ok(()) => {}
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot make the database {name}"));
            }
        }
        let wall = format!(
            "revoke all on database {quoted} from public; grant connect on database {quoted} to {APP}"
        );
        client.batch_execute(&wall).await.with_context(|| format!("cannot guard the database {name}"))
    }

    /// Stops the server in order and waits until it has gone.
    pub async fn stop(self) -> Result<()> {
        let _ = self.stop.send(()).await;
        self.supervisor.await.context("the supervisor broke off")?
    }

    /// The version of PostgreSQL, such as `18.4`.
    pub fn server_version(&self) -> &str {
        &self.server.binaries.version.text
    }

    /// Whether the server runs right now; false while it is being restarted.
    pub fn is_running(&mut self) -> bool {
        *self.running.borrow_and_update() && !self.supervisor.is_finished()
    }

    async fn ensure_app_role(&self) -> Result<()> {
        let client = self.server.connect("postgres").await.context("cannot connect to the new server")?;
        let known = client.query_opt("select 1 from pg_roles where rolname = $1", &[&APP]).await?.is_some();
        if !known {
            client
                .batch_execute(&format!("create role {APP} login noinherit"))
                .await
                .context("cannot make the serving role")?;
        }
        Ok(())
    }
}

/// Everything that touches the disk before the server starts.
fn prepare(options: &Options) -> Result<Server> {
    let home = Home::open(&options.data_dir)?;
    initdb::remove_unfinished(&home)?;
    let major = home.major()?;
    let search = Search {
        named: options.binaries.as_deref(),
        roots: &options.search,
        home: home.root(),
        data: &options.data_dir,
        account: home.account(),
        major,
    };
    let binaries = search.find()?;
    match major {
        Some(_) => orphans::clear(&home.cluster())?,
        None => initdb::create(&home, &binaries, options.durable)?,
    }
    let configuration =
        rules::configuration(options.durable, &options.settings).map_err(anyhow::Error::msg)?;
    home.write(&home.cluster().join(SETTINGS_FILE), &configuration)?;
    let socket = home.make_socket_folder()?;
    let cluster = home.cluster();
    Ok(Server { home, binaries, socket, cluster, settings: Vec::new() })
}

/// Starts the server, patiently if the last one has not been buried yet.
async fn first_launch(server: &Server) -> Result<Postmaster> {
    let began = Instant::now();
    loop {
        let mut postmaster = server.spawn()?;
        match server.wait_until_ready(&mut postmaster).await {
            Ok(()) => return Ok(postmaster),
            Err(error) if began.elapsed() < ZOMBIE_PATIENCE && rules::is_passing(&format!("{error:#}")) => {
                sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(error),
        }
    }
}
