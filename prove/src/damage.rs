//! Copies of a folder in which something is not as it was.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Copies a folder with everything below it.
///
/// # Errors
/// When it cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let beside = to.join(file.strip_prefix(from)?);
        std::fs::create_dir_all(beside.parent().context("a file lies in a folder")?)?;
        std::fs::copy(&file, &beside).with_context(|| format!("copy {}", file.display()))?;
    }
    Ok(())
}

/// Turns a bit in the middle of a file.
///
/// # Errors
/// When it cannot be read or written, or is empty.
pub fn alter(file: &Path) -> Result<()> {
    let mut bytes = std::fs::read(file)?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).context("the file is empty")? ^= 1;
    Ok(std::fs::write(file, bytes)?)
}

/// Leaves the first half of a file.
///
/// # Errors
/// When it cannot be read or written.
pub fn tear(file: &Path) -> Result<()> {
    let half = std::fs::metadata(file)?.len() / 2;
    Ok(std::fs::OpenOptions::new().write(true).open(file)?.set_len(half)?)
}

/// The largest file below a folder.
///
/// # Errors
/// When there is none.
pub fn largest(folder: &Path) -> Result<PathBuf> {
    let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |facts| facts.len());
    files(folder)?.into_iter().max_by_key(size).with_context(|| format!("no file below {}", folder.display()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        match path.is_dir() {
            true => all.extend(files(&path)?),
            false => all.push(path),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_damaged_and_the_original_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, other) = (folder.path().join("whole"), folder.path().join("other"));
        std::fs::create_dir_all(whole.join("tables/deep")).unwrap();
        std::fs::write(whole.join("tables/deep/one"), [0; 9]).unwrap();
        std::fs::write(whole.join("tables/two"), [0; 3]).unwrap();
        copy(&whole, &other).unwrap();
        let one = largest(&other).unwrap();
        assert_eq!(one, other.join("tables/deep/one"));
        alter(&one).unwrap();
        tear(&other.join("tables/two")).unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), [0, 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(std::fs::read(other.join("tables/two")).unwrap(), [0]);
        assert_eq!(std::fs::read(whole.join("tables/deep/one")).unwrap(), [0; 9]);
    }
}
