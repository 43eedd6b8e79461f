//! An installation of many workspaces of skewed sizes, one of them large: 10,000 clients,
//! 100,000 time entries, 5,000 invoices. Made inside the database by set-based statements,
//! so that no row crosses the wire.

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::server::Signed;

/// What there is to ask for.
pub struct Seeded {
    /// Some clients of the large workspace.
    pub clients: Vec<Uuid>,
    /// Beginnings of names.
    pub words: Vec<&'static str>,
    /// A project the measuring member may track time on.
    pub project: Uuid,
    /// Today, by the database.
    pub today: String,
    /// All clients of the installation.
    pub all_clients: i64,
    /// All time entries.
    pub all_entries: i64,
}

const WORDS: [&str; 8] = ["har", "kest", "lumen", "nor", "oak", "river", "stud", "win"];

/// Fills the installation.
pub async fn seed(owner_url: &str, signed: &Signed, workspaces: i32) -> Result<Seeded> {
    let (client, connection) = tokio_postgres::connect(owner_url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("set session_replication_role = replica").await?;
    client.batch_execute(include_str!("seed.sql")).await.context("the seeding functions")?;
    let member: Uuid = client
        .query_one("select id from identity.memberships where workspace_id = $1", &[&signed.workspace])
        .await?
        .get(0);
    client
        .execute("select bench.fill($1, $2, 10000, 100000, 5000, 400)", &[&signed.workspace, &member])
        .await?;
    for number in 1..workspaces {
        // Sizes fall off as they do in life: a few large ones, very many small ones.
        let clients = (2_000 / number).max(20);
        client.execute("select bench.workspace($1, $2)", &[&number, &clients]).await?;
    }
    client.batch_execute("drop schema bench cascade; set session_replication_role = origin; analyze").await?;
    seeded(&client, signed.workspace).await
}

async fn seeded(client: &Client, workspace: Uuid) -> Result<Seeded> {
    let clients = client
        .query(
            "select id from clients.clients where workspace_id = $1 order by md5(id::text) limit 500",
            &[&workspace],
        )
        .await?;
    let one =
        |sql: &'static str| async move { Ok::<i64, anyhow::Error>(client.query_one(sql, &[]).await?.get(0)) };
    Ok(Seeded {
        clients: clients.iter().map(|row| row.get(0)).collect(),
        words: WORDS.to_vec(),
        project: client
            .query_one(
                "select id from projects.projects where workspace_id = $1 and status = 'active' limit 1",
                &[&workspace],
            )
            .await?
            .get(0),
        today: client.query_one("select current_date::text", &[]).await?.get(0),
        all_clients: one("select count(*) from clients.clients").await?,
        all_entries: one("select count(*) from timesheets.time_entries").await?,
    })
}
