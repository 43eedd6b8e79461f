//! The installation's master keys: from the settings, or made once in the data directory.

use std::{
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use anyhow::{Context, Result};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rapport_base::{Keys, Ring};

use crate::settings::Settings;

/// A process that serves has learnt of a change of the key ring after that time.
pub const LEARNT: Duration = Duration::from_secs(2);

/// The key ring: `id hex` on each line of `keys` in the data directory, the last of which seals;
/// made when missing. It is looked at again when a key is missed and by [`keep_fresh`].
pub fn load(settings: &Settings) -> Result<Keys> {
    let Some(file) = file(settings) else { return ring(read(settings)?) };
    if !file.exists() {
        write(&file, &vec![(1, random())])?;
    }
    Keys::watching(from_file(&file)?, Box::new(look(file))).map_err(|error| anyhow::anyhow!("{error}"))
}

/// The key ring there is, or one that is forgotten with the process: for looking only.
pub fn borrow(settings: &Settings) -> Result<Keys> {
    if file(settings).is_some_and(|file| !file.exists()) {
        return ring(vec![(1, random())]);
    }
    ring(read(settings)?)
}

/// The file of the key ring, unless the settings hold the keys.
pub fn file(settings: &Settings) -> Option<PathBuf> {
    settings.find("RAPPORT_MASTER_KEY").is_none().then(|| settings.data_dir().join("keys"))
}

/// Takes over what changes in the file of the ring, for as long as the process runs.
pub fn keep_fresh(keys: Keys) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LEARNT).await;
            if keys.refresh() {
                tracing::info!(key = keys.seals_with(), "the key ring has changed; this key seals");
            }
        }
    });
}

/// A new key.
pub fn random() -> [u8; 32] {
    let mut key = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut key);
    key
}

/// The keys of the ring.
pub fn read(settings: &Settings) -> Result<Ring> {
    match settings.find("RAPPORT_MASTER_KEY") {
        Some(text) => from_text(text).context("RAPPORT_MASTER_KEY is 64 hex digits, or `1:hex,2:hex`"),
        None => from_file(&settings.data_dir().join("keys")),
    }
}

/// Writes the file of the ring: a reader sees the former or this one, also after a power cut.
pub fn write(file: &Path, ring: &Ring) -> Result<()> {
    let beside = file.with_extension("new");
    let mut new = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    for (id, key) in ring {
        writeln!(new, "{id} {}", HEXLOWER.encode(key))?;
    }
    new.sync_all()?;
    fs::rename(&beside, file).with_context(|| format!("cannot write {}", file.display()))?;
    fs::File::open(file.parent().context("a file lies in a folder")?)?.sync_all()?;
    Ok(())
}

fn look(file: PathBuf) -> impl Fn() -> Option<Ring> + Send + Sync {
    let mark = |file: &Path| {
        let facts = fs::metadata(file).ok()?;
        Some((facts.ino(), facts.mtime(), facts.mtime_nsec(), facts.len()))
    };
    let seen = Mutex::new(mark(&file));
    move || {
        let now = mark(&file)?;
        let mut seen = seen.lock().expect("no panic while a file is looked at");
        if seen.replace(now) == Some(now) {
            return None;
        }
        from_file(&file).inspect_err(|error| tracing::error!("the key ring stays as it was: {error:#}")).ok()
    }
}

fn ring(keys: Ring) -> Result<Keys> {
    Keys::try_new(keys).map_err(|error| anyhow::anyhow!("{error}"))
}

fn from_file(path: &Path) -> Result<Ring> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (id, hex) = line.split_once(' ').context("a line of the key file is `id hex`")?;
            Ok((id.parse()?, parse(hex.trim())?))
        })
        .collect()
}

fn from_text(text: &str) -> Result<Ring> {
    if !text.contains(':') {
        return Ok(vec![(1, parse(text)?)]);
    }
    text.split(',')
        .map(|one| {
            let (id, hex) = one.trim().split_once(':').context("a key is `id:hex`")?;
            Ok((id.parse()?, parse(hex)?))
        })
        .collect()
}

fn parse(hex: &str) -> Result<[u8; 32]> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.context("a key has 64 hex digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_from_the_settings_are_one_or_several_with_their_ids() {
        let (a, b) = ("aa".repeat(32), "bb".repeat(32));
        assert_eq!(from_text(&a).unwrap(), [(1, [0xaa; 32])]);
        let both = from_text(&format!("2:{b}, 1:{a}")).unwrap();
        assert_eq!(both, [(2, [0xbb; 32]), (1, [0xaa; 32])]);
        assert!(from_text("short").is_err() && from_text(&format!("x:{a}")).is_err());
    }

    #[test]
    fn a_changed_file_is_seen_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        write(&file, &vec![(1, [1; 32])]).unwrap();
        let look = look(file.clone());
        assert!(look().is_none());
        write(&file, &vec![(1, [1; 32]), (2, [2; 32])]).unwrap();
        assert_eq!(look().unwrap().len(), 2);
        assert!(look().is_none());
        fs::write(&file, "not a key").unwrap();
        assert!(look().is_none());
    }
}
