//! A file that is to be read, and everything that is looked at before anything is written: whether it is
//! whole, and nothing but what it says it is. Nothing is ever unpacked to the disk.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use data_encoding::HEXLOWER;
use rapport_backup::rules::sha256;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use zip::{ZipArchive, result::ZipError};

use crate::{
    manifest::{self, FILES, FileLine, MANIFEST, Manifest, Part, README, TablePart},
    tables::{self, Policy, USERS},
};

/// The largest manifest.
const LARGEST_MANIFEST: u64 = 16 << 20;
/// The longest line of a table.
const LONGEST_LINE: u64 = 32 << 20;
/// Entries at most.
const MOST_ENTRIES: usize = 4_000_000;
/// Lines handed on at once, and their bytes.
const BATCH: (usize, usize) = (500, 1 << 20);

/// A file that was opened, with what it says about itself.
#[derive(Clone)]
pub(crate) struct Archive {
    zip: Arc<Mutex<ZipArchive<File>>>,
    /// What it says about itself.
    pub manifest: Arc<Manifest>,
    /// SHA-256 of that, as hex: by it the file is known.
    pub manifest_sha256: String,
    /// Where bytes lay, and the entry that has them now.
    pub files: Arc<HashMap<(String, String), Option<Part>>>,
}

impl Archive {
    /// Opens a file and looks at everything but the bytes of its files.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let mut zip = ZipArchive::new(file).map_err(|_| damaged())?;
        ensure!(zip.len() <= MOST_ENTRIES, "the file has too many entries");
        ensure!(!zip.has_duplicate_names(), "the file has two entries of one name");
        ensure!(
            !zip.has_overlapping_files().map_err(|_| damaged())?,
            "entries of the file lie in each other"
        );
        let names: Vec<String> = zip
            .file_names()
            .map(|name| name.map(std::borrow::Cow::into_owned))
            .collect::<Result<_, _>>()
            .map_err(|_| damaged())?;
        for name in &names {
            if let Some(wrong) = manifest::unsafe_path(name) {
                bail!("the file has an entry {name:?}, {wrong}");
            }
        }
        let text = read_whole(&mut zip, MANIFEST, LARGEST_MANIFEST)
            .context("this is no export of a workspace: its manifest cannot be read")?;
        // A newer format may have other fields: that it is newer is said before they are looked at.
        let about: Value = serde_json::from_slice(&text).context("the manifest is damaged")?;
        if let Some(format) = about["format"].as_u64().filter(|format| *format > u64::from(manifest::FORMAT))
        {
            bail!(
                "the file has format {format}, this program reads format {}: update this program first",
                manifest::FORMAT
            );
        }
        let manifest: Manifest = serde_json::from_value(about).context("the manifest is damaged")?;
        let known: Vec<&str> = rapport_db::migrations().map(|migration| migration.name).collect();
        if let Some(objection) = manifest::objection(&manifest, &known) {
            bail!(objection);
        }
        let mut seen: HashSet<String> = [README, MANIFEST].into_iter().map(str::to_owned).collect();
        let parts = manifest.tables.iter().map(|table| &table.part).chain(&manifest.parts);
        seen.extend(parts.map(|part| part.path.clone()));
        for table in &manifest.tables {
            check_table(&mut zip, table, &manifest)?;
        }
        for part in &manifest.parts {
            check(&mut zip, part, |_| Ok(()))?;
        }
        let files = index(&mut zip, &manifest)?;
        for part in files.values().flatten() {
            ensure!(seen.insert(part.path.clone()), "the index of files names {:?} twice", part.path);
            let size = zip.by_name(&part.path).map_err(|error| missing(&part.path, &error))?.size();
            ensure!(size == part.bytes, "{:?} has {size} bytes, not {}", part.path, part.bytes);
        }
        if let Some(other) = names.iter().find(|name| !seen.contains(*name)) {
            bail!("the file has an entry that its manifest does not name: {other:?}");
        }
        let manifest_sha256 = sha256(&text);
        Ok(Self {
            zip: Arc::new(Mutex::new(zip)),
            manifest: Arc::new(manifest),
            manifest_sha256,
            files: Arc::new(files),
        })
    }

    /// The lines of an entry, some at a time.
    pub(crate) fn lines(&self, path: &str) -> mpsc::Receiver<Result<Vec<String>>> {
        let (to, lines) = mpsc::channel(2);
        let (zip, path) = (self.zip.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut zip = zip.lock().expect("no panic while the file is read");
            let mut batch: Vec<String> = Vec::new();
            let mut bytes = 0;
            let read = each_line(&mut zip, &path, |line| {
                bytes += line.len();
                batch.push(String::from_utf8(line.to_vec())?);
                if batch.len() < BATCH.0 && bytes < BATCH.1 {
                    return Ok(());
                }
                bytes = 0;
                to.blocking_send(Ok(std::mem::take(&mut batch))).map_err(|_| anyhow!("nobody reads on"))
            });
            let _ = match read {
                Ok(()) => to.blocking_send(Ok(batch)),
                Err(error) => to.blocking_send(Err(error)),
            };
        });
        lines
    }

    /// The bytes of an entry, as a stream.
    pub(crate) fn bytes(&self, path: &str) -> mpsc::Receiver<std::io::Result<bytes::Bytes>> {
        let (to, pieces) = mpsc::channel(4);
        let (zip, path) = (self.zip.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut zip = zip.lock().expect("no panic while the file is read");
            let mut read = || -> std::io::Result<()> {
                let mut entry = zip.by_name(&path).map_err(std::io::Error::other)?;
                let mut piece = vec![0; 256 * 1024];
                loop {
                    let count = entry.read(&mut piece)?;
                    if count == 0
                        || to.blocking_send(Ok(bytes::Bytes::copy_from_slice(&piece[..count]))).is_err()
                    {
                        return Ok(());
                    }
                }
            };
            if let Err(error) = read() {
                let _ = to.blocking_send(Err(error));
            }
        });
        pieces
    }
}

fn damaged() -> anyhow::Error {
    anyhow!("the file is damaged, cut off, or no ZIP")
}

fn missing(path: &str, error: &ZipError) -> anyhow::Error {
    match error {
        ZipError::FileNotFound => anyhow!("the file lacks {path:?}, which its manifest names"),
        _ => {
            anyhow!("{path:?} cannot be read: the file is damaged, or packed in a way that is not read here")
        }
    }
}

fn read_whole(zip: &mut ZipArchive<File>, path: &str, most: u64) -> Result<Vec<u8>> {
    let entry = zip.by_name(path).map_err(|error| missing(path, &error))?;
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|_| damaged())?;
    ensure!(bytes.len() as u64 <= most, "{path:?} is too large");
    Ok(bytes)
}

/// Reads an entry to its end, and never further than it says: size and checksum must be as named.
fn check(zip: &mut ZipArchive<File>, part: &Part, mut look: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let entry = zip.by_name(&part.path).map_err(|error| missing(&part.path, &error))?;
    let mut reader = Hashing { inner: entry.take(part.bytes + 1), digest: Sha256::new(), bytes: 0 };
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = reader.read(&mut piece).map_err(|_| anyhow!("{:?} is damaged", part.path))?;
        if count == 0 {
            break;
        }
        look(&piece[..count])?;
    }
    reader.agrees(part)
}

struct Hashing<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.digest.update(&into[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R> Hashing<R> {
    fn agrees(self, part: &Part) -> Result<()> {
        ensure!(
            self.bytes == part.bytes,
            "{:?} does not have the {} bytes its manifest names",
            part.path,
            part.bytes
        );
        let found = HEXLOWER.encode(&self.digest.finalize());
        ensure!(found == part.sha256, "{:?} is not what its manifest names: the checksum differs", part.path);
        Ok(())
    }
}

fn each_line(
    zip: &mut ZipArchive<File>,
    path: &str,
    mut look: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let entry = zip.by_name(path).map_err(|error| missing(path, &error))?;
    lines_of(BufReader::with_capacity(256 * 1024, entry), path, &mut look)
}

fn lines_of(mut reader: impl BufRead, path: &str, look: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|_| anyhow!("{path:?} is damaged"))?;
        if count == 0 {
            return Ok(());
        }
        ensure!(line.pop() == Some(b'\n'), "{path:?} has a line that is too long or cut off");
        look(&line)?;
    }
}

/// A table's entry: as many rows as named, each with the named columns, and of this workspace alone.
fn check_table(zip: &mut ZipArchive<File>, part: &TablePart, manifest: &Manifest) -> Result<()> {
    let table =
        tables::find(&part.table).with_context(|| format!("the table {} is not known here", part.table))?;
    let carried = table.policy == Policy::Carried;
    ensure!(part.carried == carried, "rows of {} are not taken over by an import", part.table);
    ensure!(
        part.part.path == format!("data/{}.jsonl", part.table),
        "{:?} is no place for a table",
        part.part.path
    );
    let entry = zip.by_name(&part.part.path).map_err(|error| missing(&part.part.path, &error))?;
    let mut hashing = Hashing { inner: entry.take(part.part.bytes + 1), digest: Sha256::new(), bytes: 0 };
    let (whose, source) = (table.workspace_column(), manifest.workspace.id.to_string());
    let mut rows = 0_u64;
    let mut look = |line: &[u8]| -> Result<()> {
        rows += 1;
        let at = || format!("{} line {rows}", part.part.path);
        let row: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| anyhow!("{} is no row: {error}", at()))?;
        ensure!(
            row.len() == part.columns.len() && part.columns.iter().all(|column| row.contains_key(column)),
            "{} has other columns than the manifest names",
            at()
        );
        let own = part.table == USERS || row.get(whose).and_then(Value::as_str) == Some(&source);
        ensure!(own, "{} belongs to another workspace", at());
        Ok(())
    };
    lines_of(BufReader::with_capacity(256 * 1024, &mut hashing), &part.part.path, &mut look)?;
    ensure!(rows == part.rows, "{:?} has {rows} rows, its manifest names {}", part.part.path, part.rows);
    hashing.agrees(&part.part)
}

/// Which bytes lie where.
fn index(zip: &mut ZipArchive<File>, manifest: &Manifest) -> Result<HashMap<(String, String), Option<Part>>> {
    ensure!(
        manifest.parts.iter().any(|part| part.path == FILES),
        "the manifest does not name the index of files"
    );
    let mut files = HashMap::new();
    each_line(zip, FILES, |line| {
        let line: FileLine = serde_json::from_slice(line).context("the index of files is damaged")?;
        ensure!(tables::key_column(&line.table).is_some(), "the index of files names {:?}", line.table);
        if let Some(part) = &line.entry {
            let safe = manifest::unsafe_path(&part.path).is_none() && part.path.starts_with("files/");
            ensure!(safe, "the index of files names {:?}, which is no place for a file", part.path);
        }
        let twice = files.insert((line.table, line.key.clone()), line.entry).is_some();
        ensure!(!twice, "the index of files names {:?} twice", line.key);
        Ok(())
    })?;
    let there: Vec<&Part> = files.values().flatten().collect();
    let bytes: u64 = there.iter().map(|part| part.bytes).sum();
    let said = manifest.files;
    ensure!(
        there.len() as u64 == said.count
            && bytes == said.bytes
            && (files.len() - there.len()) as u64 == said.missing,
        "the manifest names {} files of {} bytes, the index {} of {bytes}",
        said.count,
        said.bytes,
        there.len()
    );
    Ok(files)
}
