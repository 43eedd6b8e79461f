//! `rapport demo`: sample data for a workspace.

use anyhow::{Result, bail};
use clap::Subcommand;
use rapport_base::WorkspaceId;

use crate::{
    home,
    settings::Settings,
    start::{self, told},
};

/// Put sample data in, or take it out.
#[derive(Subcommand)]
pub enum Demo {
    /// Add sample data to a workspace.
    Seed {
        /// The workspace's slug.
        workspace: String,
    },
    /// Remove it, and nothing else.
    Reset {
        /// The workspace's slug.
        workspace: String,
    },
}

/// Runs it.
pub async fn run(settings: Settings, what: Demo) -> Result<()> {
    let started = start::start(&settings).await?;
    let (Demo::Seed { workspace: slug } | Demo::Reset { workspace: slug }) = &what;
    let tx = started.app.db.system().await.map_err(told)?;
    let found: Option<(WorkspaceId,)> =
        tx.find("select id from identity.workspaces where slug = $1", &[slug]).await.map_err(told)?;
    drop(tx);
    let Some((workspace,)) = found else { bail!("no workspace has the slug {slug:?}") };
    match what {
        Demo::Seed { .. } => home::add_sample(&started.app, workspace).await.map_err(told)?,
        Demo::Reset { .. } => home::remove_sample(&started.app, workspace).await.map_err(told)?,
    }
    println!("done");
    started.stop().await
}
