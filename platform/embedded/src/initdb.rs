//! Makes a new cluster beside its final place and moves it there in one step,
//! so that a kill at any moment leaves either nothing or a whole cluster.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::binaries::Binaries;
use crate::guard::{Guard, LastAct};
use crate::home::{Home, random, sync_folder};
use crate::rules::{locale_arguments, tail};
use crate::{OWNER, SETTINGS_FILE};

const UNFINISHED: &str = "cluster.new-";
const HBA: &str = "# The socket's folder is the lock: only its user and root can enter.\n\
local all all trust\n\
local replication rapport_owner trust\n";

/// Makes the cluster.
pub(crate) fn create(home: &Home, binaries: &Binaries, durable: bool) -> Result<()> {
    tracing::info!(version = binaries.version.text, folder = %home.root().display(), "first start: preparing a private PostgreSQL, which takes about a second");
    let began = Instant::now();
    let new = home.make_private(&format!("{UNFINISHED}{}", random()))?;
    run(home, binaries, &new, durable)?;
    home.write(&new.join("pg_hba.conf"), HBA)?;
    home.write(&new.join(SETTINGS_FILE), "")?;
    let mut main = fs::OpenOptions::new().append(true).open(new.join("postgresql.conf"))?;
    writeln!(main, "\ninclude '{SETTINGS_FILE}'\ninclude_if_exists 'custom.conf'")?;
    main.sync_all()?;
    sync_folder(&new)?;
    fs::rename(&new, home.cluster()).context("cannot move the new cluster into its place")?;
    sync_folder(home.root())?;
    tracing::info!(milliseconds = began.elapsed().as_millis(), "the private PostgreSQL is prepared");
    Ok(())
}

/// Removes what a killed first start left behind.
pub(crate) fn remove_unfinished(home: &Home) -> Result<()> {
    for entry in fs::read_dir(home.root())?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        let path = entry.path();
        // A dying initdb may still write for a moment.
        let removed = (0..100).any(|_| {
            let done = fs::remove_dir_all(&path).is_ok() || !path.exists();
            if !done {
                sleep(Duration::from_millis(20));
            }
            done
        });
        if !removed {
            tracing::warn!(path = %path.display(), "cannot remove an unfinished cluster");
        }
    }
    Ok(())
}

fn run(home: &Home, binaries: &Binaries, folder: &Path, durable: bool) -> Result<()> {
    let mut guard = Guard::start(home.account())?;
    let mut command = home.account().command(&binaries.folder.join("initdb"));
    command
        .arg("--pgdata")
        .arg(folder)
        .args(["--username", OWNER, "--auth=trust", "--encoding=UTF8", "--data-checksums"])
        .args(locale_arguments(binaries.version.major, std::env::consts::OS));
    if !durable {
        command.arg("--no-sync");
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start initdb")?;
    guard.watch(child.id(), LastAct::KillGroup)?;
    let output = child.wait_with_output().context("initdb was lost")?;
    if !output.status.success() {
        bail!("initdb failed ({}): {}", output.status, tail(&String::from_utf8_lossy(&output.stderr), 8));
    }
    Ok(())
}
