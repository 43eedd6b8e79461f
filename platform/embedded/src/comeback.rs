//! A cluster that comes back from a copy of its folder and the log written since.
//!
//! It is put together beside the one that is there, recovered there, and takes its place only
//! when that succeeded; what was there before is kept under another name.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::time::sleep;

use crate::binaries::Search;
use crate::home::{Home, random, sync_folder};
use crate::rules;
use crate::server::Server;
use crate::{Options, SETTINGS_FILE};

const COMING: &str = "cluster.coming-";
const KEPT: &str = "cluster.before-";
const POLL: Duration = Duration::from_millis(50);
const TOO_SHORT: &str = "recovery ended before configured recovery target was reached";

/// How far recovery came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The instant that was asked for: something was written after it.
    Target,
    /// The end of the log, and nothing in it is younger than the instant.
    End,
}

/// A cluster on its way back; the folder stays locked meanwhile.
#[derive(Debug)]
pub struct Comeback {
    server: Option<Server>,
    home: Option<Home>,
    folder: PathBuf,
}

impl Comeback {
    /// Locks the data folder and makes an empty one for the cluster that comes.
    ///
    /// # Errors
    /// In words, when an instance runs there.
    pub fn begin(data_dir: &Path) -> Result<Self> {
        let home = Home::open(data_dir)?;
        for entry in fs::read_dir(home.root())?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(COMING) {
                fs::remove_dir_all(entry.path()).context("cannot remove what a broken restore left")?;
            }
        }
        let folder = home.make_private(&format!("{COMING}{}", random()))?;
        Ok(Self { server: None, home: Some(home), folder })
    }

    /// Where the copy of the cluster's folder goes, with the log in `pg_wal`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is a cluster already, whose place it would take.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.home.as_ref().is_some_and(|home| home.cluster().exists())
    }

    /// Recovers up to an instant (RFC 3339 in UTC), and lets the cluster begin a line of its own there.
    ///
    /// # Errors
    /// With PostgreSQL's own words.
    pub async fn recover(&mut self, options: &Options, until: &str) -> Result<Reached> {
        self.prepare(options)?;
        let server = self.server.as_mut().context("the cluster is not prepared")?;
        // The log lies in its folder already, so nothing is fetched.
        let base = ["restore_command=exit 1", "recovery_target_timeline=current", "archive_mode=off"];
        // PostgreSQL reads this before it knows the names of zones.
        let until = until.replace('T', " ").replace('Z', "+00");
        let target = [format!("recovery_target_time={until}"), "recovery_target_action=promote".to_owned()];
        server.settings = base.iter().map(|text| (*text).to_owned()).chain(target).collect();
        let reached = match run(server).await {
            Ok(()) => Reached::Target,
            Err(error) if format!("{error:#}").contains(TOO_SHORT) => {
                server.settings = base.iter().map(|text| (*text).to_owned()).collect();
                run(server).await?;
                Reached::End
            }
            Err(error) => return Err(error),
        };
        server.home.remove_socket_folder(&server.socket);
        Ok(reached)
    }

    /// Everything as PostgreSQL wants it: owners, rights, settings, the sign that it recovers.
    fn prepare(&mut self, options: &Options) -> Result<()> {
        let home = self.home.take().context("the cluster is prepared already")?;
        home.write(&self.folder.join("recovery.signal"), "")?;
        let configuration =
            rules::configuration(options.durable, &options.settings).map_err(anyhow::Error::msg)?;
        home.write(&self.folder.join(SETTINGS_FILE), &configuration)?;
        own(&home, &self.folder)?;
        let version = fs::read_to_string(self.folder.join("PG_VERSION"))
            .context("the copy holds no PG_VERSION: it is no cluster")?;
        let search = Search {
            named: options.binaries.as_deref(),
            roots: &options.search,
            home: home.root(),
            data: &options.data_dir,
            account: home.account(),
            major: Some(version.trim().parse().context("PG_VERSION holds no version")?),
        };
        let binaries = search.find()?;
        let socket = home.make_socket_folder()?;
        let cluster = self.folder.clone();
        self.server = Some(Server { home, binaries, socket, cluster, settings: Vec::new() });
        Ok(())
    }

    /// Puts the recovered cluster where the former one was; gives the folder that is kept, if there was one.
    ///
    /// # Errors
    /// When a folder cannot be renamed.
    pub fn take_place(self, stamp: &str) -> Result<Option<PathBuf>> {
        let server = self.server.context("the cluster has not been recovered")?;
        let (root, live) = (server.home.root(), server.home.cluster());
        let kept = root.join(format!("{KEPT}{stamp}"));
        let there = live.exists();
        if there {
            fs::rename(&live, &kept).context("cannot put the former cluster aside")?;
        }
        fs::rename(&self.folder, &live).with_context(|| {
            format!("cannot move the recovered cluster into its place; the former one is {}", kept.display())
        })?;
        sync_folder(root)?;
        Ok(there.then_some(kept))
    }

    /// Gives up: nothing of what came is left, and what was there is untouched.
    pub fn give_up(self) {
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(server) = self.server {
            server.home.remove_socket_folder(&server.socket);
        }
    }
}

/// Runs the server until it has recovered, and stops it in order.
async fn run(server: &Server) -> Result<()> {
    let mut postmaster = server.spawn()?;
    let began = Instant::now();
    let mut told = 0;
    loop {
        if let Some(status) = postmaster.try_ended().context("postgres was lost")? {
            bail!("PostgreSQL did not recover ({status}): {}", server.last_words());
        }
        if let Ok(client) = server.connect("postgres").await {
            let row = client.query_one("select pg_is_in_recovery()", &[]).await;
            if row.is_ok_and(|row| !row.get::<_, bool>(0)) {
                break;
            }
        }
        let seconds = began.elapsed().as_secs();
        if seconds >= told + 5 {
            told = seconds;
            tracing::info!(seconds, "PostgreSQL is recovering");
        }
        sleep(POLL).await;
    }
    postmaster.stop().await
}

/// Gives everything below a folder to the database's user alone.
fn own(home: &Home, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_folder = path.is_dir();
        let mode = if is_folder { 0o700 } else { 0o600 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .with_context(|| format!("cannot close {} to others", path.display()))?;
        home.account().own(&path)?;
        if is_folder {
            own(home, &path)?;
        }
    }
    Ok(())
}
