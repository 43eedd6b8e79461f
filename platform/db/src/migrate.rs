//! Migrations: ordered SQL files, embedded, run once each under a lock.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use crate::Address;

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

async fn run(client: &mut Client, wanted: impl Fn(&str) -> bool) -> Result<Vec<&'static str>> {
    client.batch_execute("set client_min_messages = warning; select pg_advisory_lock(7240116)").await?;
    client
        .batch_execute(
            "create schema if not exists app;
             create table if not exists app.migrations (
               name text primary key, checksum bytea not null, applied_at timestamptz not null default now())",
        )
        .await?;
    let mut ran = Vec::new();
    for migration in migrations().filter(|migration| wanted(migration.name)) {
        let checksum = Sha256::digest(migration.sql.as_bytes()).to_vec();
        let before = client
            .query_opt("select checksum from app.migrations where name = $1", &[&migration.name])
            .await?;
        match before {
            Some(row) if row.get::<_, Vec<u8>>(0) == checksum => {}
            Some(_) => bail!("the migration {} has changed since it ran here", migration.name),
            None => {
                apply(client, migration, &checksum)
                    .await
                    .with_context(|| format!("migration {}", migration.name))?;
                ran.push(migration.name);
            }
        }
    }
    client.batch_execute("select pg_advisory_unlock(7240116)").await?;
    Ok(ran)
}

async fn apply(client: &mut Client, migration: Migration, checksum: &[u8]) -> Result<()> {
    const TRIES: u64 = 10;
    for attempt in 1..=TRIES {
        let tx = client.transaction().await?;
        tx.batch_execute("set local lock_timeout = '3s'").await?;
        let done = match tx.batch_execute(migration.sql).await {
            Ok(()) => tx
                .execute(
                    "insert into app.migrations (name, checksum) values ($1, $2)",
                    &[&migration.name, &checksum],
                )
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => return Ok(tx.commit().await?),
            Err(error)
                if error.code() == Some(&tokio_postgres::error::SqlState::LOCK_NOT_AVAILABLE)
                    && attempt < TRIES =>
            {
                tx.rollback().await?;
                tokio::time::sleep(Duration::from_millis(200 * attempt)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
