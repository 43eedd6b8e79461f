//! An installation that grows: many workspaces of skewed sizes, one of them large: 10,000 clients,
//! 100,000 time entries, 5,000 invoices. Made inside the database by set-based statements,
//! so that no row crosses the wire.

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::server::Signed;

/// Clients of the large workspace.
pub const LARGE: i64 = 10_000;

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
}

/// How large the installation is.
#[derive(Clone, Copy)]
pub struct Size {
    /// Workspaces.
    pub workspaces: i32,
    /// Clients of all of them.
    pub clients: i64,
    /// Time entries of all of them.
    pub entries: i64,
}

const WORDS: [&str; 8] = ["har", "kest", "lumen", "nor", "oak", "river", "stud", "win"];

/// Fills the large workspace.
pub async fn large(owner_url: &str, signed: &Signed) -> Result<Seeded> {
    let client = connect(owner_url).await?;
    client.batch_execute(include_str!("seed.sql")).await.context("the seeding functions")?;
    let member: Uuid = client
        .query_one("select id from identity.memberships where workspace_id = $1", &[&signed.workspace])
        .await?
        .get(0);
    client
        .execute("select bench.fill($1, $2, 10000, 100000, 5000, 400, 3)", &[&signed.workspace, &member])
        .await?;
    let clients = client
        .query(
            "select id from clients.clients where workspace_id = $1 order by md5(id::text) limit 500",
            &[&signed.workspace],
        )
        .await?;
    Ok(Seeded {
        clients: clients.iter().map(|row| row.get(0)).collect(),
        words: WORDS.to_vec(),
        project: client
            .query_one(
                "select id from projects.projects where workspace_id = $1 and status = 'active' limit 1",
                &[&signed.workspace],
            )
            .await?
            .get(0),
        today: client.query_one("select current_date::text", &[]).await?.get(0),
    })
}

/// Adds workspaces until there are so many, with so many clients in all: a few larger ones,
/// as in life, and the rest alike.
pub async fn grow(owner_url: &str, workspaces: i32, clients: i64) -> Result<Size> {
    let before = size(&connect(owner_url).await?).await?;
    let more = workspaces - before.workspaces;
    let each = ((clients - before.clients) / i64::from(more.max(1))).max(10);
    let sized = |number: i32| i32::try_from(each).unwrap_or(i32::MAX).max(2_000 / number);
    let half = async |rest: i32| {
        let client = connect(owner_url).await?;
        for number in (before.workspaces..workspaces).filter(|number| number % 2 == rest) {
            client.execute("select bench.workspace($1, $2)", &[&number, &sized(number)]).await?;
        }
        anyhow::Ok(())
    };
    futures::try_join!(half(0), half(1))?;
    let client = connect(owner_url).await?;
    // As tidy as an installation is that grew over months: what was written in minutes would be cleaned
    // up while the measurement runs.
    client.batch_execute("vacuum analyze").await?;
    client.batch_execute("checkpoint").await?;
    size(&client).await
}

/// Takes away what filled it.
pub async fn done(owner_url: &str) -> Result<()> {
    Ok(connect(owner_url).await?.batch_execute("drop schema bench cascade").await?)
}

/// PostgreSQL's version, such as `18.4`.
pub async fn version(owner_url: &str) -> Result<String> {
    let client = connect(owner_url).await?;
    let text: String = client.query_one("select current_setting('server_version')", &[]).await?.get(0);
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

async fn connect(owner_url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(owner_url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("set session_replication_role = replica").await?;
    Ok(client)
}

async fn size(client: &Client) -> Result<Size> {
    let row = client
        .query_one(
            "select (select count(*) from identity.workspaces)::int, (select count(*) from clients.clients),
               (select count(*) from timesheets.time_entries)",
            &[],
        )
        .await?;
    Ok(Size { workspaces: row.get(0), clients: row.get(1), entries: row.get(2) })
}
