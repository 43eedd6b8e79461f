//! Rows that come in: behind the wall, with the workspace's new id, in an order in which everything they
//! point at is there before them.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rapport_backup::rules::quoted;
use rapport_base::Error;
use rapport_db::TenantTx;
use rapport_storage::Key;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Archive, people::People};
use crate::{
    catalogue::Found,
    manifest::TablePart,
    tables::{self, EVENTS, MEMBERS, Table, key_column},
};

/// Where the bytes of the file lie here: by the table and the place they lay at there.
pub(crate) type Places = HashMap<(String, String), Place>;

/// A new place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub key: Key,
    /// SHA-256 of what lies there, as hex; none when the file did not have it.
    pub sha256: Option<String>,
}

/// What rows are changed by while they come in.
pub(crate) struct Changes<'a> {
    pub people: &'a People,
    pub places: &'a Places,
    pub used: HashSet<(String, String)>,
    pub workspace: Uuid,
    pub now: String,
}

/// The statement that puts rows of a table in: `$1` lines, `$2` what is changed in each, `$3` what is changed in all.
fn statement(table: &Table, found: &Found, columns: &[String]) -> String {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for column in
        found.columns.iter().filter(|column| columns.contains(&column.name) && table.takes(&column.name))
    {
        let name = quoted(&column.name);
        // A value that must be there may be JSON's null, which is not the same as none.
        let value = if column.kind == "jsonb" && column.required {
            format!("d.doc -> '{}'", column.name.replace('\'', "''"))
        } else {
            format!("r.{name}")
        };
        names.push(name);
        values.push(value);
    }
    if table.name == EVENTS {
        names.push("imported_at".into());
        values.push("r.imported_at".into());
    }
    format!(
        "insert into {own} ({names}) select {values}
         from unnest($1::text[], $2::text[]) with ordinality as l(line, change, place)
         cross join lateral (select l.line::jsonb || l.change::jsonb || $3::text::jsonb as doc) as d
         cross join lateral jsonb_populate_record(null::{own}, d.doc) as r
         order by l.place",
        own = found.quoted(),
        names = names.join(", "),
        values = values.join(", ")
    )
}

/// Puts the rows of one table in; says how many.
pub(crate) async fn put_in(
    tx: &TenantTx,
    archive: &Archive,
    part: &TablePart,
    all: &BTreeMap<String, Found>,
    changes: &mut Changes<'_>,
) -> Result<u64> {
    let table = tables::find(&part.table).context("the table is listed")?;
    let found =
        all.get(&part.table).with_context(|| format!("the database lacks the table {}", part.table))?;
    if let Some(column) = part.columns.iter().find(|name| found.column(name).is_none()) {
        bail!("the column {column} of {} is not known here: update this program first", part.table);
    }
    let sql = statement(table, found, &part.columns);
    let of_all = json!({ "workspace_id": tx.workspace(), "imported_at": changes.now }).to_string();
    let mut lines = archive.lines(&part.part.path);
    let mut count = 0;
    while let Some(batch) = lines.recv().await {
        let batch = batch?;
        if batch.is_empty() {
            continue;
        }
        let change = batch.iter().map(|line| changes.of(table, line)).collect::<Result<Vec<String>>>()?;
        let from = count + 1;
        count += tx.execute_composed(&sql, &[&batch, &change, &of_all]).await.map_err(|error| {
            refused(error, &format!("rows {from} to {} of {}", from + batch.len() as u64 - 1, part.table))
        })?;
    }
    ensure!(count == part.rows, "{count} of {} rows of {} came in", part.rows, part.table);
    Ok(count)
}

/// What the database said of rows, in words.
pub(crate) fn refused(error: Error, what: &str) -> anyhow::Error {
    if let Some(constraint) = rapport_db::constraint(&error) {
        return anyhow!(
            "{what} do not keep to the rule {constraint}: the file was changed, or is of another version"
        );
    }
    match error {
        Error::Bug(bug) => bug.context(format!("{what} cannot be put in")),
        refusal => anyhow!("{what} cannot be put in: {refusal}"),
    }
}

impl Changes<'_> {
    /// What is changed in one row, as JSON.
    fn of(&mut self, table: &Table, line: &str) -> Result<String> {
        if table.name == MEMBERS {
            let row: Value = serde_json::from_str(line)?;
            let user: Uuid = row["user_id"].as_str().unwrap_or_default().parse()?;
            return Ok(self.people.change(user, &self.now)?.to_string());
        }
        match key_column(table.name) {
            Some(column) => Ok(self.place(table.name, column, &serde_json::from_str(line)?)?.to_string()),
            None => Ok("{}".into()),
        }
    }

    /// The new place of a row's bytes.
    pub(crate) fn place(&mut self, table: &str, column: &str, row: &Value) -> Result<Value> {
        let Some(old) = row[column].as_str() else { return Ok(json!({})) };
        let at = (table.to_owned(), old.to_owned());
        let place = match self.places.get(&at) {
            Some(place) => {
                let said = row["sha256"].as_str().and_then(|text| text.strip_prefix("\\x"));
                let differs = said.zip(place.sha256.as_deref()).is_some_and(|(said, found)| said != found);
                ensure!(!differs, "a file of {table} is not the one its row tells of");
                place.key.clone()
            }
            // Bytes that were removed on purpose are in no file; the row tells of them.
            None if row["purged_at"].is_string() || row["status"] == "rejected" => {
                super::fresh_key(table, old, self.workspace)?
            }
            None => bail!("{table} tells of a file that is not in the index"),
        };
        ensure!(self.used.insert(at), "two rows of {table} tell of one file");
        let mut change = json!({});
        change[column] = place.as_str().into();
        Ok(change)
    }
}
