//! What a file says about itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The version of the format; raised when older programs could not read it.
pub const FORMAT: u32 = 1;
/// What this is, so that another ZIP is told apart at once.
pub const KIND: &str = "rapport-workspace";
/// Name of the manifest in the file.
pub const MANIFEST: &str = "manifest.json";
/// Name of the first entry.
pub const README: &str = "README.txt";
/// Which bytes lie where.
pub const FILES: &str = "data/files.index.jsonl";

/// All that is needed to read a file and to prove it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`KIND`].
    pub kind: String,
    /// The version of the format.
    pub format: u32,
    /// The version of the program that wrote it.
    pub version: String,
    /// The migrations its database had.
    pub migrations: Vec<String>,
    /// When: everything in the file is of that instant.
    pub exported_at: Timestamp,
    /// The workspace.
    pub workspace: Source,
    /// Tables, in the order of their names.
    pub tables: Vec<TablePart>,
    /// Entries for people and the index of files.
    pub parts: Vec<Part>,
    /// The files of the workspace.
    pub files: Files,
    /// Sums of money.
    pub money: Vec<Sum>,
}

/// Which workspace a file is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its id.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A table's rows: one JSON object a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    /// Name with its schema.
    pub table: String,
    /// Columns, the fields of every line.
    pub columns: Vec<String>,
    /// Whether an import takes the rows over.
    pub carried: bool,
    /// How many lines.
    pub rows: u64,
    /// The entry.
    #[serde(flatten)]
    pub part: Part,
}

/// An entry of the ZIP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub path: String,
    /// Its bytes, unpacked.
    pub bytes: u64,
    /// SHA-256 of them, as hex.
    pub sha256: String,
}

/// The files of the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that the store did not have.
    pub missing: u64,
}

/// A sum of money.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// Of what.
    pub name: String,
    /// In which currency.
    pub currency: String,
    /// Of how many.
    pub count: i64,
    /// In minor units.
    pub total: String,
}

/// A line of the index of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileLine {
    /// The table whose row says where the bytes lay.
    pub table: String,
    /// Where they lay.
    pub key: String,
    /// The entry; none when the store did not have it.
    pub entry: Option<Part>,
}

/// The text that greets people.
#[must_use]
pub fn readme(workspace: &str, at: Timestamp) -> String {
    format!(
        "Everything of the workspace {workspace}, as of {at:.0}.\n\n\
         tables/   one CSV file for each kind of thing, for people and spreadsheets (UTF-8, times in UTC)\n\
         files/    files, invoices as PDF and the logo, under their names\n\
         data/     everything, complete: one JSON object a line, a file for each table\n\
         manifest.json   what is in here: counts, sums of money, SHA-256 of every entry\n\n\
         Not in here: passwords, keys, sessions and links that let people in, and mail that was sent.\n\
         `rapport import FILE --as NAME` makes a workspace of it again.\n\n\
         Whoever holds this file can read everything in it. Keep it safe.\n"
    )
}

/// What an import refuses before it looks at anything else: a sentence, when there is something.
#[must_use]
pub fn objection(manifest: &Manifest, known: &[&str]) -> Option<String> {
    if manifest.kind != KIND {
        return Some("this is no export of a workspace".into());
    }
    if manifest.format != FORMAT {
        return Some(format!(
            "the file has format {}, this program reads format {FORMAT}: use the version that fits, it was written by {}",
            manifest.format, manifest.version
        ));
    }
    let newer = manifest.migrations.iter().find(|name| !known.contains(&name.as_str()));
    if let Some(name) = newer {
        return Some(format!(
            "the file was written by a newer version ({}), whose database has {name}: update this program first",
            manifest.version
        ));
    }
    let mut paths = BTreeMap::new();
    let parts = manifest.tables.iter().map(|table| &table.part).chain(&manifest.parts);
    for part in parts {
        if let Some(wrong) = unsafe_path(&part.path) {
            return Some(format!("the manifest names {:?}, {wrong}", part.path));
        }
        if paths.insert(part.path.as_str(), ()).is_some() {
            return Some(format!("the manifest names {:?} twice", part.path));
        }
    }
    None
}

/// What is wrong with the name of an entry, if anything.
#[must_use]
pub fn unsafe_path(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.len() > 1_000 {
        return Some("which is no name for an entry");
    }
    if path.contains(['\\', ':', '\0']) || path.chars().any(char::is_control) {
        return Some("which holds characters that have no place in a name");
    }
    if path.split('/').any(|piece| matches!(piece, "" | "." | "..")) {
        return Some("which leads out of the file");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for path in ["../x", "/etc/passwd", "a/../../b", "a//b", "a\\..\\b", "C:/x", "a/.", "", "a\nb", "a\0"]
        {
            assert!(unsafe_path(path).is_some(), "{path:?}");
        }
        for path in ["README.txt", "files/Ümläut (2).pdf", "data/clients.clients.jsonl", "files/...pdf"] {
            assert!(unsafe_path(path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn another_format_a_newer_database_and_an_entry_named_twice_are_refused() {
        let part = Part { path: "data/a.jsonl".into(), bytes: 1, sha256: String::new() };
        let good = Manifest {
            kind: KIND.into(),
            format: FORMAT,
            version: "1.0".into(),
            migrations: vec!["0001".into()],
            exported_at: Timestamp::UNIX_EPOCH,
            workspace: Source { id: Uuid::nil(), slug: "a".into(), name: "A".into() },
            tables: Vec::new(),
            parts: vec![part.clone()],
            files: Files::default(),
            money: Vec::new(),
        };
        let known = ["0001", "0002"];
        assert_eq!(objection(&good, &known), None);
        let said = |manifest: Manifest| objection(&manifest, &known).unwrap();
        assert!(said(Manifest { kind: "zip".into(), ..good.clone() }).contains("no export"));
        assert!(said(Manifest { format: 2, ..good.clone() }).contains("format 2"));
        assert!(said(Manifest { migrations: vec!["0003".into()], ..good.clone() }).contains("newer"));
        assert!(said(Manifest { parts: vec![part.clone(), part], ..good }).contains("twice"));
    }
}
