//! `rapport demo`: sample data for a workspace.

use anyhow::{Result, bail};
use clap::Subcommand;
use rapport_base::{Token, WorkspaceId};
use rapport_db::App;
use rapport_web::Caller;
use serde_json::json;

use crate::{
    home,
    settings::Settings,
    start::{self, told},
};

const ADDRESS: &str = "demo@example.com";

/// Put sample data in, or take it out.
#[derive(Subcommand)]
pub enum Demo {
    /// Add sample data to a workspace.
    Seed {
        /// The workspace's slug. Not needed while there is only one; where there is none, one is made.
        workspace: Option<String>,
    },
    /// Remove it, and nothing else.
    Reset {
        /// The workspace's slug. Not needed while there is only one.
        workspace: Option<String>,
    },
}

/// Runs it.
pub async fn run(settings: Settings, what: Demo) -> Result<()> {
    let started = start::start(&settings).await?;
    let app = &started.app;
    match what {
        Demo::Seed { workspace } => {
            let workspace = match find(app, workspace.as_deref()).await? {
                Some(workspace) => workspace,
                None => found(app, settings.public_url()?.as_str()).await?,
            };
            home::add_sample(app, workspace).await.map_err(told)?;
        }
        Demo::Reset { workspace } => {
            if let Some(workspace) = find(app, workspace.as_deref()).await? {
                home::remove_sample(app, workspace).await.map_err(told)?;
            }
        }
    }
    println!("done");
    started.stop().await
}

/// The workspace of that slug; without a slug the only one, if there is any.
///
/// # Errors
/// When none has the slug, or several could be meant.
pub async fn find(app: &App, slug: Option<&str>) -> Result<Option<WorkspaceId>> {
    let tx = app.db.system().await.map_err(told)?;
    if let Some(slug) = slug {
        let found: Option<(WorkspaceId,)> =
            tx.find("select id from identity.workspaces where slug = $1", &[&slug]).await.map_err(told)?;
        return match found {
            Some((workspace,)) => Ok(Some(workspace)),
            None => bail!("no workspace has the slug {slug:?}"),
        };
    }
    let all: Vec<(WorkspaceId, String)> = tx
        .query("select id, slug from identity.workspaces order by slug limit 20", &[])
        .await
        .map_err(told)?;
    match all.as_slice() {
        [] => Ok(None),
        [(workspace, _)] => Ok(Some(*workspace)),
        several => {
            let slugs: Vec<&str> = several.iter().map(|(_, slug)| slug.as_str()).collect();
            bail!("say which workspace: {}", slugs.join(", "))
        }
    }
}

/// Makes a workspace for the sample data, and says how to sign in to it.
///
/// # Errors
/// When the account cannot be made.
pub async fn found(app: &App, url: &str) -> Result<WorkspaceId> {
    let password = Token::new().expose().to_owned();
    let account = json!({
        "name": "Demo Owner", "email": ADDRESS, "password": password, "workspace_name": "Demo Studio",
    });
    let made = Caller::anyone(app).post("/api/auth/signup", account).await.map_err(told)?;
    let id = made["workspace"]["id"].as_str().unwrap_or_default().parse::<uuid::Uuid>()?;
    println!("made the workspace Demo Studio; sign in at {url}sign-in as {ADDRESS} with {password}");
    Ok(id.into())
}
