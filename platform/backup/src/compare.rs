//! One workspace in two databases: what only one has, and what differs.

use std::collections::HashMap;

use anyhow::Result;
use futures::TryStreamExt;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{catalogue, database, rules::quoted_table};

/// How a table's rows of the workspace differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// Rows that are the same.
    pub same: u64,
    /// Rows with the same key and other values.
    pub changed: u64,
    /// Rows that only the first database has.
    pub only_first: u64,
    /// Rows that only the second database has.
    pub only_second: u64,
}

impl Difference {
    /// Whether both have the same rows.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.changed + self.only_first + self.only_second == 0
    }
}

/// Holds every table with rows of workspaces against each other, for one of them.
///
/// # Errors
/// When a database cannot be read as its owner.
pub async fn compare(first_url: &str, second_url: &str, workspace: Uuid) -> Result<Vec<Difference>> {
    let (first, second) = (open(first_url).await?, open(second_url).await?);
    let mut differences = Vec::new();
    let others = catalogue::tables(&second).await?;
    for table in catalogue::tables(&first).await? {
        let of = |column: &str| table.columns.iter().any(|it| it.name == column);
        let there = others.iter().any(|it| it.schema == table.schema && it.table == table.table);
        if !of("workspace_id") || !there {
            continue;
        }
        let mut before = rows(&first, &table.schema, &table.table, workspace).await?;
        let mut difference = Difference {
            table: format!("{}.{}", table.schema, table.table),
            same: 0,
            changed: 0,
            only_first: 0,
            only_second: 0,
        };
        for (key, hash) in rows(&second, &table.schema, &table.table, workspace).await? {
            match before.remove(&key) {
                None => difference.only_second += 1,
                Some(other) if other == hash => difference.same += 1,
                Some(_) => difference.changed += 1,
            }
        }
        difference.only_first = before.len() as u64;
        differences.push(difference);
    }
    Ok(differences)
}

async fn open(owner_url: &str) -> Result<Client> {
    let client = database::connect(owner_url).await?;
    database::sees_everything(&client).await?;
    client.batch_execute("begin isolation level repeatable read, read only").await?;
    Ok(client)
}

/// The rows of a workspace: hash by key.
async fn rows(
    client: &Client,
    schema: &str,
    table: &str,
    workspace: Uuid,
) -> Result<HashMap<String, String>> {
    let name = quoted_table(schema, table);
    let key: String = client
        .query_one(
            "select coalesce(string_agg(format('t.%I', a.attname), ', ' order by array_position(i.indkey::int2[], a.attnum)), 't')
             from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
             where i.indrelid = $1::text::regclass and i.indisprimary",
            &[&name],
        )
        .await?
        .get(0);
    let sql = format!(
        "select jsonb_build_array({key})::text, md5(to_jsonb(t)::text) from {name} t where t.workspace_id = $1"
    );
    let rows = client.query_raw(&sql, [workspace]).await?;
    rows.map_ok(|row| (row.get(0), row.get(1))).map_err(anyhow::Error::from).try_collect().await
}
