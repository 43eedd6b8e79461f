//! `rapport export` and `rapport import`: a workspace as one open file.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use transfer::Order;

use super::demo;
use crate::{settings::Settings, start};

/// Write everything of a workspace into one file.
#[derive(Args)]
pub struct Export {
    /// The workspace's slug.
    workspace: String,
    /// The file: it must not be there yet.
    file: PathBuf,
}

/// Make a workspace of such a file.
#[derive(Args)]
pub struct Import {
    /// The file.
    file: PathBuf,
    /// Slug of the new workspace.
    #[arg(long = "as", value_name = "SLUG")]
    slug: String,
    /// Its name; as in the file when left out.
    #[arg(long)]
    name: Option<String>,
    /// Take accounts here that never confirmed their address for those who have it.
    #[arg(long)]
    trust_addresses: bool,
}

/// Runs `rapport export`.
pub async fn export(settings: Settings, command: Export) -> Result<()> {
    let started = start::start(&settings).await?;
    let written = async {
        let workspace =
            demo::find(&started.app, Some(&command.workspace)).await?.context("no such workspace")?;
        transfer::to_file(&started.app, workspace, &command.file).await
    }
    .await;
    started.stop().await?;
    let manifest = written?;
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    println!(
        "{rows} rows of {} tables, {} files of {} bytes",
        manifest.tables.len(),
        manifest.files.count,
        manifest.files.bytes
    );
    for sum in &manifest.money {
        println!("{}\t{}\t{}\t{}", sum.name, sum.currency, sum.count, sum.total);
    }
    if manifest.files.missing > 0 {
        println!("{} files were not in the store and are not in the export", manifest.files.missing);
    }
    println!("written to {}; whoever holds it can read everything in it", command.file.display());
    Ok(())
}

/// Runs `rapport import`.
pub async fn import(settings: Settings, command: Import) -> Result<()> {
    let started = start::start(&settings).await?;
    let order = Order {
        path: command.file,
        slug: command.slug,
        name: command.name,
        trusts_addresses: command.trust_addresses,
    };
    let imported = transfer::import(&started.app, &order).await;
    started.stop().await?;
    let imported = imported.context("nothing was imported")?;
    println!(
        "{} rows, {} events of its history among them, {} files",
        imported.rows, imported.events, imported.files
    );
    println!(
        "{} sums of money as in the file, {} maintained figures agree with their facts",
        imported.sums, imported.checks
    );
    for person in &imported.people {
        let how = match (person.is_new, person.is_held_back) {
            (true, _) => "is new here: signs in by a link to that address, or asks for a new password",
            (_, true) => "has an account that never confirmed the address: an owner lets them in under Team",
            _ => "is known here",
        };
        println!("{}\t{how}", person.email);
    }
    println!("imported as {}", order.slug);
    Ok(())
}
