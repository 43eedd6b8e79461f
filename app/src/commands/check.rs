//! `rapport check`: rebuild every maintained figure and compare.

use anyhow::{Result, bail};
use rapport_base::WorkspaceId;
use rapport_db::App;
use rapport_web::House;

use crate::{
    settings::Settings,
    start::{self, told},
};

/// Runs every check of every module in every workspace; fails when one finds a difference.
pub async fn run(settings: Settings) -> Result<()> {
    let started = start::start(&settings).await?;
    let found = differences(&started.app).await;
    started.stop().await?;
    let (checks, workspaces, found) = found?;
    for difference in &found {
        println!("{difference}");
    }
    println!("{checks} checks in {workspaces} workspaces, {} differences", found.len());
    if !found.is_empty() {
        bail!("maintained figures differ from their facts");
    }
    Ok(())
}

/// How many checks, over how many workspaces, and every difference in words.
pub async fn differences(app: &App) -> Result<(usize, usize, Vec<String>)> {
    let house: House = app.parts.get();
    let checks: Vec<_> = house.0.iter().flat_map(|module| module.checks.iter().copied()).collect();
    let tx = app.db.system().await.map_err(told)?;
    let workspaces: Vec<(WorkspaceId, String)> =
        tx.query("select id, slug from identity.workspaces order by id", &[]).await.map_err(told)?;
    drop(tx);
    let mut found = Vec::new();
    for (workspace, slug) in &workspaces {
        for check in &checks {
            let tx = app.db.read(*workspace).await.map_err(told)?;
            let differences = (check.run)(&tx).await.map_err(told)?;
            found.extend(differences.into_iter().map(|text| format!("{slug}\t{}\t{text}", check.name)));
        }
    }
    Ok((checks.len(), workspaces.len(), found))
}
