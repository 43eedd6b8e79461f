//! What the binary does besides serving.

pub mod audit;
pub mod backup;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod jobs;
pub mod keys;
pub mod listings;
pub mod restore;
pub mod transfer;

use anyhow::{Context, Result};

use crate::{settings::Settings, start};

/// `rapport migrate`.
pub async fn migrate(settings: Settings) -> Result<()> {
    let addresses = start::database(&settings).await?;
    let owner = addresses.owner.as_deref().context("set DATABASE_OWNER_URL: migrations run as the owner")?;
    let ran = rapport_db::migrate(owner).await?;
    for name in &ran {
        println!("{name}");
    }
    println!("{} migrations run, the database is up to date", ran.len());
    match addresses.cluster {
        Some(cluster) => cluster.stop().await,
        None => Ok(()),
    }
}

/// `rapport erase-again`.
pub async fn erase_again(settings: Settings) -> Result<()> {
    let started = start::start(&settings).await?;
    let again = clients::erase_again(&started.app).await.map_err(start::told);
    started.stop().await?;
    println!("{} people erased again", again?);
    Ok(())
}
