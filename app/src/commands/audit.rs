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
        /// Hash of a seal that an earlier run named, kept elsewhere: whether the chain still holds it.
        #[arg(long, value_name = "HASH", requires = "workspace", value_parser = hash)]
        kept: Option<[u8; 32]>,
    },
}

fn hash(hex: &str) -> Result<[u8; 32], String> {
    let wrong = || "a hash has 64 hexadecimal digits".to_owned();
    let digits = hex.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).ok());
    let bytes: Option<Vec<u8>> = digits.map(|two| u8::from_str_radix(two?, 16).ok()).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)
}

/// Runs it.
pub async fn run(settings: Settings, what: Audit) -> Result<()> {
    let Audit::Verify { workspace, kept } = what;
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
        let report = audit::verify(&started.app, *id, kept).await.map_err(told)?;
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
