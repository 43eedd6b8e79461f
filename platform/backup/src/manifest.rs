//! What a backup says about itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{archive::Base, rows::RowSum};

/// The version of the format; raised when older programs could not read it.
pub const FORMAT: u32 = 1;

/// A part as it is stored: compressed and encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it lies in the place.
    pub path: String,
    /// Bytes before compression.
    pub bytes: u64,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// SHA-256 of what is stored, as hex.
    pub sha256: String,
}

/// What anyone who sees the place may know of a backup. Written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The version of the format.
    pub format: u32,
    /// The backup's name.
    pub id: String,
    /// The version of the program.
    pub version: String,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When it was whole.
    pub finished_at: Timestamp,
    /// Which key opens it: the first half of the hash of the age recipient.
    pub key: String,
    /// The manifest.
    pub manifest: Part,
    /// SHA-256 of the index of files, as hex.
    pub index_sha256: String,
    /// Bytes of all parts but files.
    pub stored_bytes: u64,
    /// How many files.
    pub files: u64,
    /// Bytes of all files as stored, those shared with other backups included.
    pub files_stored_bytes: u64,
    /// A copy of the private cluster, from which its log leads on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

/// All that is needed to restore and to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The backup's name.
    pub id: String,
    /// The version of the program.
    pub version: String,
    /// The version of PostgreSQL.
    pub server: String,
    /// The instant all data belongs to.
    pub taken_at: Timestamp,
    /// The migrations the database had, with their checksums as hex.
    pub migrations: Vec<Migrated>,
    /// The server's next transaction id: those in the data are below.
    pub transaction: u64,
    /// Tables, in the order of their names.
    pub tables: Vec<TablePart>,
    /// Where sequences stood.
    pub sequences: Vec<SequenceValue>,
    /// Partitions of partitioned tables.
    pub partitions: Vec<Partition>,
    /// Sums of money and the like.
    pub figures: Vec<FigureRow>,
    /// The files.
    pub files: FilesPart,
    /// What the program wants to know again at restore, such as the print of its key ring.
    pub notes: BTreeMap<String, String>,
}

/// A migration that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    /// Its name.
    pub name: String,
    /// Checksum as hex.
    pub checksum: String,
}

/// A table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePart {
    /// Schema.
    pub schema: String,
    /// Table.
    pub table: String,
    /// Columns in the order of the part.
    pub columns: Vec<Column>,
    /// How many rows, and their checksum.
    pub sum: RowSum,
    /// The part; none for an empty table.
    pub part: Option<Part>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type as SQL.
    pub kind: String,
}

/// Where a sequence stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceValue {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// The value given out last; none before the first.
    pub last: Option<i64>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Schema.
    pub schema: String,
    /// Name.
    pub table: String,
    /// Schema of the table it is part of.
    pub of_schema: String,
    /// The table it is part of.
    pub of_table: String,
    /// Its bounds as SQL.
    pub bound: String,
    /// What it says about itself.
    pub comment: Option<String>,
}

/// A sum to be taken: the statement gives workspace, unit, count (`bigint`) and total (`text`).
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// The statement.
    pub sql: &'static str,
}

/// A sum that was taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FigureRow {
    /// What it is.
    pub name: String,
    /// Whose.
    pub workspace: String,
    /// Its unit, such as the currency.
    pub unit: String,
    /// Of how many.
    pub count: i64,
    /// The sum.
    pub total: String,
}

/// The files of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPart {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that went while the backup was made.
    pub gone: u64,
    /// Which ones; none without files.
    pub part: Option<Part>,
}

/// A file in the list of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Its key in the store.
    pub key: String,
    /// The file as stored.
    #[serde(flatten)]
    pub part: Part,
}
