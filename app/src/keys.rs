//! The installation's master key: from the settings, or made once in the data directory.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use rapport_base::Keys;

use crate::settings::Settings;

/// The key ring: `id hex` on each line of `keys` in the data directory, the newest last; made when missing.
pub fn load(settings: &Settings) -> Result<Keys> {
    let path = path(settings);
    if settings.find("RAPPORT_MASTER_KEY").is_none() && !path.exists() {
        let hex: String = random().iter().map(|byte| format!("{byte:02x}")).collect();
        let beside = path.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        writeln!(file, "1 {hex}")?;
        file.sync_all()?;
        fs::rename(&beside, &path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    read(settings)
}

/// The key ring there is, or one that is forgotten with the process: for looking only.
pub fn borrow(settings: &Settings) -> Result<Keys> {
    if settings.find("RAPPORT_MASTER_KEY").is_none() && !path(settings).exists() {
        return ring(vec![(1, random())]);
    }
    read(settings)
}

fn path(settings: &Settings) -> PathBuf {
    settings.data_dir().join("keys")
}

fn random() -> [u8; 32] {
    let mut key = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut key);
    key
}

fn ring(keys: Vec<(u8, [u8; 32])>) -> Result<Keys> {
    Keys::try_new(keys).map_err(|error| anyhow::anyhow!("{error}"))
}

fn read(settings: &Settings) -> Result<Keys> {
    ring(match settings.find("RAPPORT_MASTER_KEY") {
        Some(hex) => vec![(1, parse(hex).context("RAPPORT_MASTER_KEY is 64 hex digits")?)],
        None => from_file(&path(settings))?,
    })
}

fn from_file(path: &Path) -> Result<Vec<(u8, [u8; 32])>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (id, hex) = line.split_once(' ').context("a line of the key file is `id hex`")?;
            Ok((id.parse()?, parse(hex.trim())?))
        })
        .collect()
}

fn parse(hex: &str) -> Result<[u8; 32]> {
    if hex.len() != 64 {
        bail!("a key has 64 hex digits");
    }
    let bytes: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2).unwrap_or("x"), 16))
        .collect::<Result<_, _>>()?;
    Ok(bytes.try_into().expect("32 bytes"))
}
