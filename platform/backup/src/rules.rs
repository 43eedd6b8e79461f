//! Decisions without any reading or writing.

use anyhow::{Result, bail};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::manifest::{Envelope, FORMAT, FigureRow, Migrated};

/// A name quoted for SQL.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table's name quoted for SQL.
#[must_use]
pub fn quoted_table(schema: &str, table: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(table))
}

/// The name of a backup begun at an instant; chance keeps two apart.
#[must_use]
pub fn new_id(at: Timestamp, chance: u16) -> String {
    format!("{}-{chance:04x}", at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ"))
}

/// SHA-256 as hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The envelope as a file: one line, and its checksum on the next.
pub fn write_envelope(envelope: &Envelope) -> Result<String> {
    let line = serde_json::to_string(envelope)?;
    let check = sha256(line.as_bytes());
    Ok(format!("{line}\n{check}\n"))
}

/// Reads it back.
///
/// # Errors
/// When it was cut off or changed, or a newer program wrote it.
pub fn read_envelope(text: &str) -> Result<Envelope> {
    let mut lines = text.lines();
    let (Some(line), Some(check)) = (lines.next(), lines.next()) else {
        bail!("its last file is cut off");
    };
    if sha256(line.as_bytes()) != check {
        bail!("its last file is damaged");
    }
    let format = serde_json::from_str::<serde_json::Value>(line)?["format"].as_u64().unwrap_or_default();
    if format != u64::from(FORMAT) {
        bail!("it was made by a newer Rapport (format {format}); update this one first");
    }
    Ok(serde_json::from_str(line)?)
}

/// Whether this program can restore a database that had these migrations.
///
/// # Errors
/// In words, when a newer or another program made them.
pub fn fits(made_by: &str, theirs: &[Migrated], ours: &[Migrated]) -> Result<()> {
    for migrated in theirs {
        match ours.iter().find(|our| our.name == migrated.name) {
            None => bail!(
                "the backup was made by a newer Rapport ({made_by}): this one does not know the migration {}; update it first",
                migrated.name
            ),
            Some(our) if our.checksum != migrated.checksum => bail!(
                "the backup was made by another build of Rapport ({made_by}): its migration {} is not the one of this program",
                migrated.name
            ),
            Some(_) => {}
        }
    }
    Ok(())
}

/// How many backups to keep; what either rule keeps is kept, and the newest always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many of the newest.
    pub count: Option<usize>,
    /// All younger than so many days.
    pub days: Option<u32>,
}

impl Keep {
    /// Whether anything may go at all.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.count.is_none() && self.days.is_none()
    }

    /// Those that may go, of backups with the instants they were begun at.
    #[must_use]
    pub fn too_old(&self, mut backups: Vec<(String, Timestamp)>, now: Timestamp) -> Vec<String> {
        if self.is_everything() {
            return Vec::new();
        }
        backups.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        let youngest = self.count.unwrap_or(0).max(1);
        let since = self.days.map(|days| now - SignedDuration::from_hours(24 * i64::from(days)));
        backups
            .into_iter()
            .skip(youngest)
            .filter(|(_, at)| since.is_none_or(|since| *at < since))
            .map(|(id, _)| id)
            .collect()
    }
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is compared.
    pub what: String,
    /// What the backup says.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Line {
    /// A line.
    pub fn new(what: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), expected: expected.into(), found: found.into() }
    }

    /// Whether both agree.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.expected == self.found
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.agrees() {
            true => write!(f, "same       {}: {}", self.what, self.expected),
            false => {
                write!(f, "DIFFERENT  {}: {} expected, {} found", self.what, self.expected, self.found)
            }
        }
    }
}

/// Holds sums against each other, also those that only one side has.
#[must_use]
pub fn compare_figures(expected: &[FigureRow], found: &[FigureRow]) -> Vec<Line> {
    let key = |row: &FigureRow| (row.name.clone(), row.workspace.clone(), row.unit.clone());
    let text = |row: Option<&FigureRow>| {
        row.map_or_else(|| "nothing".to_owned(), |row| format!("{} of {}", row.total, row.count))
    };
    let mut keys: Vec<_> = expected.iter().chain(found).map(key).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .map(|wanted| {
            let of = |rows: &[FigureRow]| text(rows.iter().find(|row| key(row) == wanted));
            let (name, workspace, unit) = &wanted;
            Line::new(format!("{name} in {unit} of workspace {workspace}"), of(expected), of(found))
        })
        .collect()
}

/// Bytes for people.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut whole = bytes;
    let mut tenth = 0;
    let mut unit = "B";
    for next in UNITS {
        if whole < 1_000 {
            break;
        }
        tenth = whole % 1_000 / 100;
        whole /= 1_000;
        unit = next;
    }
    if unit == "B" { format!("{whole} B") } else { format!("{whole}.{tenth} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Part;

    fn envelope() -> Envelope {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let part = Part { path: "m".into(), bytes: 1, stored_bytes: 2, sha256: "ab".into() };
        Envelope {
            format: FORMAT,
            id: "one".into(),
            version: "0.1.0".into(),
            started_at: at,
            finished_at: at,
            key: "k".into(),
            manifest: part,
            index_sha256: "cd".into(),
            stored_bytes: 3,
            files: 0,
            files_stored_bytes: 0,
            base: None,
        }
    }

    fn migrated(names: &[&str]) -> Vec<Migrated> {
        names.iter().map(|name| Migrated { name: (*name).into(), checksum: "c".into() }).collect()
    }

    #[test]
    fn an_envelope_that_was_cut_off_changed_or_made_by_a_newer_program_is_refused() {
        let text = write_envelope(&envelope()).unwrap();
        assert_eq!(read_envelope(&text).unwrap(), envelope());
        let cut = text.lines().next().unwrap();
        assert!(read_envelope(cut).unwrap_err().to_string().contains("cut off"));
        assert!(read_envelope(&text.replace("0.1.0", "0.2.0")).unwrap_err().to_string().contains("damaged"));
        let newer = write_envelope(&Envelope { format: FORMAT + 1, ..envelope() }).unwrap();
        assert!(read_envelope(&newer).unwrap_err().to_string().contains("newer"));
    }

    #[test]
    fn older_backups_fit_and_newer_or_foreign_ones_do_not() {
        let ours = migrated(&["0001", "0002"]);
        assert!(fits("0", &migrated(&["0001"]), &ours).is_ok());
        assert!(fits("9", &migrated(&["0001", "0003"]), &ours).unwrap_err().to_string().contains("newer"));
        let other = vec![Migrated { name: "0001".into(), checksum: "x".into() }];
        assert!(fits("0", &other, &ours).unwrap_err().to_string().contains("another build"));
    }

    #[test]
    fn what_either_rule_keeps_is_kept_and_the_newest_always() {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let backups = || -> Vec<(String, Timestamp)> {
            (1..=5i64).map(|n| (n.to_string(), now - SignedDuration::from_hours(24 * n))).collect()
        };
        let gone = |count, days| Keep { count, days }.too_old(backups(), now);
        assert_eq!(gone(None, None), Vec::<String>::new());
        assert_eq!(gone(Some(2), None), ["3", "4", "5"]);
        assert_eq!(gone(None, Some(3)), ["4", "5"]);
        assert_eq!(gone(Some(4), Some(1)), ["5"]);
        assert_eq!(gone(Some(0), None), ["2", "3", "4", "5"]);
    }

    #[test]
    fn a_sum_that_only_one_side_has_is_a_difference() {
        let row = |unit: &str, total: &str| FigureRow {
            name: "invoices".into(),
            workspace: "w".into(),
            unit: unit.into(),
            count: 1,
            total: total.into(),
        };
        let lines = compare_figures(&[row("EUR", "5"), row("USD", "7")], &[row("EUR", "5"), row("GBP", "1")]);
        let agreeing: Vec<bool> = lines.iter().map(Line::agrees).collect();
        assert_eq!(agreeing, [true, false, false]);
    }

    #[test]
    fn names_are_quoted_and_sizes_are_readable() {
        assert_eq!(quoted_table("a", "b\"c"), "\"a\".\"b\"\"c\"");
        assert_eq!(new_id("2026-11-21T14:25:35Z".parse().unwrap(), 7), "20261121T142535Z-0007");
        assert_eq!(
            [size(999), size(1_500), size(2_340_000_000)],
            ["999 B".to_owned(), "1.5 kB".into(), "2.3 GB".into()]
        );
    }
}
