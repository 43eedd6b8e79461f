//! Makes a new cluster beside its final place and moves it there in one step,
//! so that a kill at any moment leaves either nothing or a whole cluster.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::binaries::Binaries;
use crate::guard::{Guard, LastAct};
use crate::home::{Home, random, sync_folder};
use crate::rules::{locale_arguments, tail};
use crate::{OWNER, SETTINGS_FILE};

const UNFINISHED: &str = "cluster.new-";
const SYNCS_AT_ONCE: usize = 16;
const HBA: &str = "# The socket's folder is the lock: only its user and root can enter.\n\
local all all trust\n\
local replication rapport_owner trust\n";

/// Makes the cluster.
pub(crate) fn create(home: &Home, binaries: &Binaries, durable: bool) -> Result<()> {
    tracing::info!(version = binaries.version.text, folder = %home.root().display(), "first start: preparing a private PostgreSQL, which takes about a second");
    let began = Instant::now();
    let new = home.make_private(&format!("{UNFINISHED}{}", random()))?;
    run(home, binaries, &new)?;
    home.write(&new.join("pg_hba.conf"), HBA)?;
    home.write(&new.join(SETTINGS_FILE), "")?;
    let mut main = fs::OpenOptions::new().append(true).open(new.join("postgresql.conf"))?;
    writeln!(main, "\ninclude '{SETTINGS_FILE}'\ninclude_if_exists 'custom.conf'")?;
    drop(main);
    if durable {
        sync_all_below(&new).context("cannot bring the new cluster to the disk")?;
    }
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

/// Brings a thousand small files to the disk, many at a time: the disk then does with one movement
/// what `initdb` asks of it one file after the other, which takes twenty times as long.
fn sync_all_below(folder: &Path) -> io::Result<()> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    let share = found.len().div_ceil(SYNCS_AT_ONCE).max(1);
    scope(|threads| {
        let parts: Vec<_> = found
            .chunks(share)
            .map(|part| threads.spawn(|| part.iter().try_for_each(|path| File::open(path)?.sync_all())))
            .collect();
        parts.into_iter().try_for_each(|part| part.join().expect("nothing here panics"))
    })
}

/// A folder and everything in it; what is inside comes before what names it.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.push(folder.to_owned());
    Ok(())
}

fn run(home: &Home, binaries: &Binaries, folder: &Path) -> Result<()> {
    let mut guard = Guard::start(home.account())?;
    let mut command = home.account().command(&binaries.folder.join("initdb"));
    command
        .arg("--pgdata")
        .arg(folder)
        .args(["--username", OWNER, "--auth=trust", "--encoding=UTF8", "--data-checksums", "--no-sync"])
        .args(locale_arguments(binaries.version.major, std::env::consts::OS));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_below_a_folder_is_found_and_the_folders_after_what_they_hold() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/file"), "1").unwrap();
        fs::write(root.path().join("file"), "2").unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("a/link")).unwrap();
        let mut found = Vec::new();
        collect(root.path(), &mut found).unwrap();
        assert_eq!(found.len(), 5);
        let at = |path: &str| found.iter().position(|one| *one == root.path().join(path)).unwrap();
        assert!(at("a/b/file") < at("a/b") && at("a/b") < at("a") && at("a") < at(""));
        sync_all_below(root.path()).unwrap();
    }
}
