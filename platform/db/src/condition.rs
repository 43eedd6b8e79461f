//! What a database looks like to whoever asks whether it can be served from.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use rapport_base::Clock;
use tokio_postgres::{Client, SimpleQueryMessage, error::SqlState};

use crate::{Address, DbConfig, migrate::migrations};

const PATIENCE: Duration = Duration::from_secs(5);
/// The oldest version that is served from.
pub const OLDEST_VERSION: i64 = 15;

/// The migration that lets the application's role read which ran.
const READABLE_SINCE: &str = "0580_doctor_reads_migrations";

/// Tables with rows of workspaces whose policies do not hold everyone.
const OPEN_TABLES: &str = "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname !~ '^pg_'
     and c.relkind in ('r', 'p') and not c.relispartition
     and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)
     and not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid))
   order by 1";
const SETTINGS: &str = "select name from pg_settings
   where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by 1";
const FIGURES: &str = "select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
     (select rolsuper or rolbypassrls from pg_roles where rolname = session_user) as passes,
     extract(epoch from clock_timestamp()) as now, current_setting('max_connections')::int as connections";

/// A database, as found by its application's role.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Version of PostgreSQL, as it says it.
    pub version: String,
    /// Its first number.
    pub major: i64,
    /// Whether the role sees past the policies: the wall would not hold.
    pub passes_the_wall: bool,
    /// Migrations of this program that have not run.
    pub waiting: Vec<&'static str>,
    /// Migrations that ran and that this program does not know: it is older than the database.
    pub unknown: Vec<String>,
    /// Tables of workspaces without a policy that binds everyone.
    pub open_tables: Vec<String>,
    /// Settings with which a power cut loses what was acknowledged.
    pub careless: Vec<String>,
    /// Seconds its clock is ahead of this machine's.
    pub ahead: f64,
    /// Connections it allows in all.
    pub connections: usize,
}

/// Looks at a database without changing it.
///
/// # Errors
/// When it cannot be reached, the role cannot sign in, or it lacks the roles of the migrations.
pub async fn look(config: &DbConfig) -> Result<Condition> {
    let address = Address::parse(&config.url)?;
    let connecting = address.connect();
    let (client, connection) =
        tokio::time::timeout(PATIENCE, connecting).await.context("it does not answer")??;
    let driver = tokio::spawn(connection);
    let found = tokio::time::timeout(PATIENCE * 2, examined(&client)).await;
    drop(client);
    let _ = driver.await;
    found.context("it does not answer")?
}

async fn examined(client: &Client) -> Result<Condition> {
    client.simple_query("begin read only").await?;
    if let Err(error) = client.simple_query("set local role rapport_system").await {
        match error.code() {
            Some(&SqlState::UNDEFINED_OBJECT | &SqlState::INVALID_PARAMETER_VALUE) => {
                bail!("it was never migrated: the role rapport_system is missing")
            }
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => bail!("the role may not act as rapport_system"),
            _ => return Err(error.into()),
        }
    }
    let figures = row(client, FIGURES).await?;
    let [version, major, passes, now, connections] = figures.as_slice() else {
        bail!("it does not tell about itself")
    };
    let here = Clock::system().now().as_millisecond() as f64 / 1e3;
    let open_tables = column(client, OPEN_TABLES).await?;
    let careless = column(client, SETTINGS).await?;
    let ran = match column(client, "select name from app.migrations").await {
        Ok(ran) => ran,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Vec::new(),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            migrations().map(|one| one.name.to_owned()).take_while(|name| name != READABLE_SINCE).collect()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Condition {
        version: version.clone(),
        major: major.parse()?,
        passes_the_wall: passes == "t",
        waiting: migrations().map(|one| one.name).filter(|name| !ran.iter().any(|r| r == name)).collect(),
        unknown: ran.into_iter().filter(|name| !migrations().any(|one| one.name == name)).collect(),
        open_tables,
        careless,
        ahead: now.parse::<f64>()? - here,
        connections: connections.parse()?,
    })
}

// Simple statements: the same with and without a pooler.
async fn rows(client: &Client, sql: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let texts = |row: &tokio_postgres::SimpleQueryRow| {
        (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect()
    };
    Ok(messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(texts(row)),
            _ => None,
        })
        .collect())
}

async fn row(client: &Client, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    Ok(rows(client, sql).await?.into_iter().next().unwrap_or_default())
}

async fn column(client: &Client, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    Ok(rows(client, sql).await?.into_iter().filter_map(|row| row.into_iter().next()).collect())
}
