//! One instant of the database, seen by several connections.

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use tokio_postgres::{Client, GenericClient};

use crate::{
    catalogue::{self, Table},
    database,
    manifest::{Figure, FigureRow},
    rules::quoted,
};

/// The instant, held by a transaction.
pub(crate) struct Snapshot {
    url: String,
    id: String,
    /// Holds it.
    pub leader: Client,
    /// The tables as they are then.
    pub tables: Vec<Table>,
}

impl Snapshot {
    /// Stops the view at this instant and keeps its tables from being changed in shape.
    pub(crate) async fn take(owner_url: &str) -> Result<Self> {
        let leader = database::connect(owner_url).await?;
        database::sees_everything(&leader).await?;
        leader.batch_execute("begin isolation level repeatable read, read only").await?;
        let tables = catalogue::tables(&leader).await?;
        let names: Vec<String> = tables.iter().map(Table::quoted).collect();
        anyhow::ensure!(!names.is_empty(), "the database is empty: there is nothing to back up");
        leader
            .batch_execute(&format!("lock table {} in access share mode", names.join(", ")))
            .await
            .context("a migration holds the tables; try again when it is done")?;
        let id = leader.query_one("select pg_export_snapshot()", &[]).await?.get(0);
        Ok(Self { url: owner_url.to_owned(), id, leader, tables })
    }

    /// Another connection that sees the same instant.
    pub(crate) async fn reader(&self) -> Result<Client> {
        let reader = database::connect(&self.url).await?;
        reader
            .batch_execute(&format!(
                "begin isolation level repeatable read, read only; set transaction snapshot '{}'",
                self.id
            ))
            .await?;
        Ok(reader)
    }
}

/// A table's rows in PostgreSQL's text format.
pub(crate) async fn rows(
    client: &impl GenericClient,
    table: &Table,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let sql = format!("copy (select {} from {}) to stdout", columns.join(", "), table.quoted());
    let stream = copy_out(client, &sql).await.with_context(|| format!("cannot read {}", table.quoted()))?;
    Ok(stream.map_err(anyhow::Error::from).boxed())
}

async fn copy_out(
    client: &impl GenericClient,
    sql: &str,
) -> Result<tokio_postgres::CopyOutStream, tokio_postgres::Error> {
    let statement = client.prepare(sql).await?;
    client.client().copy_out(&statement).await
}

/// Takes every sum.
pub(crate) async fn figures(client: &impl GenericClient, figures: &[Figure]) -> Result<Vec<FigureRow>> {
    let mut found = Vec::new();
    for figure in figures {
        let rows =
            client.query(figure.sql, &[]).await.with_context(|| format!("cannot sum {}", figure.name))?;
        found.extend(rows.iter().map(|row| FigureRow {
            name: figure.name.to_owned(),
            workspace: row.get::<_, uuid::Uuid>(0).to_string(),
            unit: row.get(1),
            count: row.get(2),
            total: row.get(3),
        }));
    }
    found.sort();
    Ok(found)
}
