//! `rapport audit`.

use anyhow::{Result, bail};
use clap::Subcommand;
use rapport_base::WorkspaceId;

use crate::{
    settings::Settings,
    start::{self, told},
};

/// What to do with the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Recompute the hash chain of every workspace, or of one.
    Verify {
        /// The workspace's slug; all without.
        workspace: Option<String>,
    },
}

/// Runs it.
pub async fn run(settings: Settings, what: Audit) -> Result<()> {
    let Audit::Verify { workspace } = what;
    let started = start::start(&settings).await?;
    let tx = started.app.db.system().await.map_err(told)?;
    let workspaces: Vec<(WorkspaceId, String)> = tx
        .query(
            "select id, slug from identity.workspaces where $1::text is null or slug = $1 order by id",
            &[&workspace],
        )
        .await
        .map_err(told)?;
    drop(tx);
    let mut broken = 0;
    for (id, slug) in &workspaces {
        let report = audit::verify(&started.app, *id).await.map_err(told)?;
        println!("{slug}\t{report}");
        broken += usize::from(!report.is_intact());
    }
    started.stop().await?;
    if broken > 0 {
        bail!("{broken} audit logs were tampered with");
    }
    println!("{} audit logs intact", workspaces.len());
    Ok(())
}
