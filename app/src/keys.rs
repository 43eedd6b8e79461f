//! The installation's master key: from the settings, or made once in the data directory.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, Result, bail};
use rapport_base::Keys;

use crate::settings::Settings;

/// The key ring: `id hex` on each line of `keys` in the data directory, the newest last.
pub fn load(settings: &Settings) -> Result<Keys> {
    let ring = match settings.find("RAPPORT_MASTER_KEY") {
        Some(hex) => vec![(1, parse(hex).context("RAPPORT_MASTER_KEY is 64 hex digits")?)],
        None => from_file(&settings.data_dir().join("keys"))?,
    };
    Keys::try_new(ring).map_err(|error| anyhow::anyhow!("{error}"))
}

fn from_file(path: &Path) -> Result<Vec<(u8, [u8; 32])>> {
    if !path.exists() {
        let mut key = [0u8; 32];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut key);
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let beside = path.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        writeln!(file, "1 {hex}")?;
        file.sync_all()?;
        fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))?;
    }
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
