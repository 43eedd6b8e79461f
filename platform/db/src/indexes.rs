//! Indexes of tables that others write to meanwhile.
//!
//! PostgreSQL builds one beside the traffic (`create index concurrently`), but in no transaction:
//! a migration of such indexes holds nothing else, and may break off between two of them.

use anyhow::{Context, Result, bail};
use tokio_postgres::Client;

use crate::touched::without_comments;

const BESIDE: [&str; 2] =
    ["create index concurrently if not exists ", "create unique index concurrently if not exists "];

/// One index that is built beside the traffic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// With its schema.
    name: String,
    sql: String,
}

/// The indexes of a migration that has nothing else; none where it is of another sort.
///
/// # Errors
/// When it has both, or an index that does not name its table's schema.
pub(crate) fn indexes(sql: &str) -> Result<Vec<Index>> {
    let plain = without_comments(sql);
    let statements: Vec<&str> = plain.split(';').map(str::trim).filter(|one| !one.is_empty()).collect();
    if !statements.iter().any(|one| one.contains(" concurrently ")) {
        return Ok(Vec::new());
    }
    statements.into_iter().map(index).collect()
}

fn index(statement: &str) -> Result<Index> {
    let Some(rest) = BESIDE.iter().find_map(|beginning| statement.strip_prefix(beginning)) else {
        bail!("beside `create index concurrently if not exists` stands another statement: {statement}");
    };
    let mut words = rest.split_whitespace();
    let name = words.next().context("an index without a name")?;
    let table = words.nth(1).context("an index without a table")?;
    let (schema, _) = table.split_once('.').context("the table of an index lacks its schema")?;
    Ok(Index { name: format!("{schema}.{name}"), sql: statement.to_owned() })
}

/// Builds what is not there yet. What a build that broke off has left is of no use and is dropped first.
///
/// # Errors
/// When the database refuses; what was built stays.
pub(crate) async fn build(client: &Client, indexes: &[Index]) -> Result<(), tokio_postgres::Error> {
    for index in indexes {
        let broken =
            "select exists (select 1 from pg_index where indexrelid = to_regclass($1) and not indisvalid)";
        if client.query_one(broken, &[&index.name]).await?.get(0) {
            client.batch_execute(&format!("drop index concurrently {}", index.name)).await?;
        }
        client.batch_execute(&index.sql).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_indexes_is_told_from_every_other() {
        let sql = "-- why; and how\ncreate index concurrently if not exists one on a.t (c) where c > 0;
            create unique index concurrently if not exists two on b.t\n (c) include (d);\n";
        let found = indexes(sql).unwrap();
        let names: Vec<&str> = found.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names, ["a.one", "b.two"]);
        assert!(indexes("create table a.t (c int); create index one on a.t (c);").unwrap().is_empty());
    }

    #[test]
    fn an_index_beside_traffic_stands_with_nothing_else_and_can_be_begun_anew() {
        for wrong in [
            "create index concurrently if not exists one on a.t (c); create table a.u (c int);",
            "create index concurrently one on a.t (c);",
            "create index concurrently if not exists one on t (c);",
        ] {
            assert!(indexes(wrong).is_err(), "{wrong}");
        }
    }
}
