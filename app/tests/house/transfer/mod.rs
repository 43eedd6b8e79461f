//! A workspace as one file: what is in it, that it comes back as it was, and that a forged one does not.

mod asked;
mod forged;
mod policies;
mod round;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use identity::testing::{self, Signed};
use rapport_backup::rules::sha256;
use rapport_testkit::World;
use serde_json::Value;
use transfer::{Imported, Order};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{journey, world};

/// A workspace after an afternoon and with sample data, and a folder for its exports.
struct Scene {
    world: World,
    owner: Signed,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let world = world().await;
        let owner = testing::owner_of(&world, "Northlight").await;
        journey::fill(&world, &owner, "Kestrel").await;
        let mut keeper = owner.clone();
        for text in ["first draft", "second draft"] {
            let file = [("file", "Plan, Größe.txt", "text/plain", text.as_bytes())];
            keeper.api.upload("/api/files", &[("folder", "plans")], &file).await.expect(201);
        }
        rapport::home::add_sample(&world.app, owner.workspace_id).await.unwrap();
        world.settle().await;
        crate::sealed(&world).await;
        Self { world, owner, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn import(&self, path: &Path, slug: &str) -> anyhow::Result<Imported> {
        let order =
            Order { path: path.to_owned(), slug: slug.to_owned(), name: None, trusts_addresses: false };
        transfer::import(&self.world.app, &order).await
    }
}

type Entries = BTreeMap<String, Vec<u8>>;

/// What is in an export, by name.
pub fn read(path: &Path) -> Entries {
    unpack(ZipArchive::new(File::open(path).unwrap()).unwrap())
}

fn unpack<R: Read + std::io::Seek>(mut zip: ZipArchive<R>) -> Entries {
    let mut entries = Entries::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.insert(entry.name().unwrap().into_owned(), bytes);
    }
    entries
}

fn pack(path: &Path, entries: &Entries) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn manifest(entries: &Entries) -> Value {
    serde_json::from_slice(&entries["manifest.json"]).unwrap()
}

/// The rows of a table, parsed.
fn rows(entries: &Entries, table: &str) -> Vec<Value> {
    let text = std::str::from_utf8(&entries[&format!("data/{table}.jsonl")]).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Other rows for a table, and a manifest that says so.
fn put_rows(entries: &mut Entries, table: &str, rows: &[Value]) {
    let path = format!("data/{table}.jsonl");
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let mut about = manifest(entries);
    let part = about["tables"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|part| part["path"] == path.as_str())
        .unwrap();
    part["rows"] = rows.len().into();
    part["bytes"] = text.len().into();
    part["sha256"] = sha256(text.as_bytes()).into();
    entries.insert(path, text.into_bytes());
    entries.insert("manifest.json".into(), about.to_string().into_bytes());
}
