//! A program whose PostgreSQL is an operator's own.

use std::time::Duration;

use anyhow::Result;
use rapport_bench::program::Program;
use tokio::time::Instant;

use super::verdict;
use crate::{
    Ground, Installation, Line,
    account::Account,
    installation::{Apart, connect},
    ledger::Ledger,
};

/// Such a program at work, and who writes to it.
pub struct Day {
    pub installation: Installation,
    pub database: Apart,
    pub program: Program,
    pub account: Account,
}

/// Starts the database and the program over it.
pub async fn day(ground: &Ground, name: &str) -> Result<Day> {
    let mut installation = ground.installation(name)?;
    let database = Apart::start(&installation).await?;
    installation.launch = over(&installation, &database, &database.app_url()?)?;
    let (program, _) = installation.start().await?;
    let account = Account::sign_up(&installation.launch.address, name).await?;
    Ok(Day { installation, database, program, account })
}

/// The launch over a database, reached by an address.
pub fn over(
    installation: &Installation,
    database: &Apart,
    url: &str,
) -> Result<rapport_bench::program::Launch> {
    let launch = installation.launch.clone();
    Ok(launch.with("DATABASE_URL", url).with("DATABASE_OWNER_URL", &database.owner_url()?))
}

impl Day {
    /// How long after a moment the program says that it is ready.
    pub async fn ready_again(&self, since: Instant) -> Duration {
        self.installation.ready_again(since).await
    }

    /// The lines that hold for every such day; ends it.
    pub async fn ended(mut self, all: &Ledger) -> Result<Vec<Line>> {
        let owner = connect(&self.database.owner_url()?).await?;
        let mut lines = vec![verdict::on_the_process(&mut self.program)?, verdict::on_the_longest(all)];
        lines.extend(
            verdict::on_what_was_written(all, &owner, self.account.workspace, &self.installation).await?,
        );
        lines.push(verdict::on_patience(all));
        self.program.stop().await?;
        self.database.stop().await?;
        Ok(lines)
    }
}
