//! Migrations: ordered SQL files, embedded, run once each under a lock.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Transaction, error::SqlState};

use crate::{
    Address,
    indexes::{Index, build, indexes},
    touched::touched,
};

/// One migration file.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// File name without its ending: `0100_clients`.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

/// All migrations in order.
pub fn migrations() -> impl Iterator<Item = Migration> {
    const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
    FILES.iter().map(|(name, sql)| Migration { name, sql })
}

/// Brings a database up to date as its owner; returns the names it ran.
/// Only one runs at a time; a lock held by traffic is waited for in short tries.
///
/// # Errors
/// When a file that already ran has changed since, or a statement fails.
pub async fn migrate(owner_url: &str) -> Result<Vec<&'static str>> {
    migrate_some(owner_url, |_| true).await
}

/// As [`migrate`], but only the migrations of some names: a restored database
/// first becomes what it was.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_some(owner_url: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<&'static str>> {
    let (mut client, connection) =
        Address::parse(owner_url)?.connect().await.context("connect as the owner")?;
    let driver = tokio::spawn(connection);
    let ran = run(&mut client, wanted).await;
    drop(client);
    let _ = driver.await;
    ran
}

/// Tries for one migration, waiting longer after each.
const TRIES: u64 = 10;

async fn run(client: &mut Client, wanted: impl Fn(&str) -> bool) -> Result<Vec<&'static str>> {
    client.batch_execute("set client_min_messages = warning").await?;
    lock(client).await?;
    client
        .batch_execute(
            "create schema if not exists app;
             create table if not exists app.migrations (
               name text primary key, checksum bytea not null, applied_at timestamptz not null default now())",
        )
        .await?;
    let mut ran = Vec::new();
    for migration in migrations().filter(|migration| wanted(migration.name)) {
        if bring(client, migration).await.with_context(|| format!("migration {}", migration.name))? {
            ran.push(migration.name);
        }
    }
    unlock(client).await?;
    Ok(ran)
}

/// Waits for the others that migrate. It asks again and again: whoever waits inside the database holds
/// up an index that is built beside the traffic, and is held up by it.
async fn lock(client: &Client) -> Result<()> {
    while !client.query_one("select pg_try_advisory_lock(7240116)", &[]).await?.get::<_, bool>(0) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn unlock(client: &Client) -> Result<()> {
    Ok(client.batch_execute("select pg_advisory_unlock(7240116)").await?)
}

/// Runs a migration that has not run; whether it did. Between tries others may go on.
async fn bring(client: &mut Client, migration: Migration) -> Result<bool> {
    let (checksum, indexes) = (Sha256::digest(migration.sql.as_bytes()).to_vec(), indexes(migration.sql)?);
    let mut tried = 0;
    loop {
        let before = client
            .query_opt("select checksum from app.migrations where name = $1", &[&migration.name])
            .await?;
        if let Some(row) = before {
            if row.get::<_, Vec<u8>>(0) != checksum {
                bail!("it has changed since it ran here");
            }
            return Ok(false);
        }
        tried += 1;
        match apply(client, migration, &indexes, &checksum).await {
            Ok(()) => return Ok(true),
            Err(error) if stood_in_the_way(&error) && tried < TRIES => {
                unlock(client).await?;
                tokio::time::sleep(Duration::from_millis(200 * tried)).await;
                lock(client).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether traffic held what the migration needs, or each waited for the other.
fn stood_in_the_way(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// Takes the tables that are there before anything is done with them.
async fn take(tx: &Transaction<'_>, tables: &[String]) -> Result<(), tokio_postgres::Error> {
    let there = "select coalesce(string_agg(name, ', ' order by at), '')
       from unnest($1::text[]) with ordinality as wanted (name, at) where to_regclass(name) is not null";
    let there: String = tx.query_one(there, &[&tables]).await?.get(0);
    match there.is_empty() {
        true => Ok(()),
        false => tx.batch_execute(&format!("lock table {there} in access exclusive mode")).await,
    }
}

/// Tries once.
async fn apply(
    client: &mut Client,
    migration: Migration,
    indexes: &[Index],
    checksum: &[u8],
) -> Result<(), tokio_postgres::Error> {
    let note = "insert into app.migrations (name, checksum) values ($1, $2)";
    if !indexes.is_empty() {
        build(client, indexes).await?;
        return client.execute(note, &[&migration.name, &checksum]).await.map(drop);
    }
    let tx = client.transaction().await?;
    tx.batch_execute("set local lock_timeout = '3s'").await?;
    take(&tx, &touched(migration.sql)).await?;
    tx.batch_execute(migration.sql).await?;
    tx.execute(note, &[&migration.name, &checksum]).await?;
    tx.commit().await
}
