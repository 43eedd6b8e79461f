//! What the database's own catalogue says of the tables: columns, keys, and in which order rows come in.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use rapport_backup::rules::quoted;
use rapport_db::TenantTx;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as SQL.
    pub kind: String,
    /// Whether it must have a value.
    pub required: bool,
}

/// A table as the database knows it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Name with its schema.
    pub name: String,
    /// Columns, in their order; without those the database computes.
    pub columns: Vec<Column>,
    /// Columns of its primary key.
    pub key: Vec<String>,
    /// The tables its rows point at, with the one column, beside the workspace's, that does so.
    pub points: Vec<(String, Option<String>)>,
}

impl Found {
    /// Its name as SQL.
    #[must_use]
    pub fn quoted(&self) -> String {
        let (schema, table) = self.name.split_once('.').unwrap_or(("", &self.name));
        format!("{}.{}", quoted(schema), quoted(table))
    }
    /// A column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// All tables by name, as whoever asks may know them: the catalogue is open to all.
///
/// # Errors
/// A bug when the database refuses.
pub async fn read(tx: &TenantTx) -> rapport_base::Result<BTreeMap<String, Found>> {
    let mut tables: BTreeMap<String, Found> = BTreeMap::new();
    let columns: Vec<(String, String, String, bool)> = tx
        .query(
            "select n.nspname || '.' || c.relname, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
               and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
             order by 1, a.attnum",
            &[],
        )
        .await?;
    for (table, name, kind, required) in columns {
        let found = tables.entry(table.clone()).or_insert_with(|| Found { name: table, ..Found::default() });
        found.columns.push(Column { name, kind, required });
    }
    let keys: Vec<(String, Vec<String>)> = tx
        .query(
            "select n.nspname || '.' || c.relname,
               (select array_agg(a.attname::text order by k.place) from unnest(i.indkey) with ordinality as k(number, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number)
             from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             where i.indisprimary and not c.relispartition",
            &[],
        )
        .await?;
    for (table, key) in keys {
        if let Some(found) = tables.get_mut(&table) {
            found.key = key;
        }
    }
    let points: Vec<(String, String, Vec<String>)> = tx
        .query(
            "select n.nspname || '.' || c.relname, m.nspname || '.' || r.relname,
               (select coalesce(array_agg(a.attname::text), '{}') from unnest(k.conkey) as number
                join pg_attribute a on a.attrelid = c.oid and a.attnum = number
                where a.attname <> 'workspace_id')
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             join pg_class r on r.oid = k.confrelid join pg_namespace m on m.oid = r.relnamespace
             where k.contype = 'f' and k.conparentid = 0 order by 1, 2, k.conname",
            &[],
        )
        .await?;
    for (table, at, columns) in points {
        if let Some(found) = tables.get_mut(&table) {
            let one = <[String; 1]>::try_from(columns).ok().map(|[column]| column);
            found.points.push((at, one));
        }
    }
    Ok(tables)
}

/// The order in which rows of some tables can come in: whatever a row points at is there before it.
///
/// # Errors
/// When tables point at each other in a circle.
pub fn order<'a>(tables: &[&'a Found]) -> Result<Vec<&'a Found>> {
    let mut left: Vec<&Found> = tables.to_vec();
    let mut ordered: Vec<&Found> = Vec::new();
    while !left.is_empty() {
        let waits = |table: &Found| {
            table.points.iter().any(|(at, _)| *at != table.name && left.iter().any(|other| other.name == *at))
        };
        let (ready, waiting): (Vec<&Found>, Vec<&Found>) = left.iter().partition(|table| !waits(table));
        if ready.is_empty() {
            let names: Vec<&str> = waiting.iter().map(|table| table.name.as_str()).collect();
            bail!("these tables point at each other in a circle: {}", names.join(", "));
        }
        ordered.extend(ready);
        left = waiting;
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, points: &[&str]) -> Found {
        let points = points.iter().map(|at| ((*at).to_owned(), None)).collect();
        Found { name: name.into(), points, ..Found::default() }
    }

    #[test]
    fn what_is_pointed_at_comes_first_and_a_circle_is_named() {
        let (a, b, c) =
            (table("s.a", &["s.b", "s.a"]), table("s.b", &["s.c"]), table("s.c", &["elsewhere.x"]));
        let names: Vec<&str> = order(&[&a, &b, &c]).unwrap().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["s.c", "s.b", "s.a"]);
        let d = table("s.c", &["s.a"]);
        assert!(order(&[&a, &b, &d]).unwrap_err().to_string().contains("s.a, s.b, s.c"));
    }
}
