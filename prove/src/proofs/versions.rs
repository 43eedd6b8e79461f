//! The version before and the present one serve side by side, while the present one migrates.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt;
use rapport_bench::program::Launch;
use tokio::time::{Instant, sleep};

use super::{apart, verdict};
use crate::{
    Ground, Line, Proof,
    account::Account,
    installation::{Apart, Installation, PATIENCE, connect},
    load::Load,
};

pub const PROOF: Proof = Proof {
    name: "versions",
    does: "The program as it was before the last migrations serves an operator's own PostgreSQL, eight writers write to it and all lists are read. Somebody looks at invoices in a transaction of eight seconds; `rapport migrate` of the present program runs meanwhile. Then both serve side by side, the old one is stopped, and at last started again: the way back.",
    tried: |ground| tried(ground).boxed_local(),
};

const HELD: &str = "begin; select count(*) from invoicing.invoices; select pg_sleep(8); commit";
const LISTS: [&str; 9] = [
    "/api/billable?client_id=",
    "/api/clients",
    "/api/deals",
    "/api/projects",
    "/api/time-entries",
    "/api/timesheets",
    "/api/invoices",
    "/api/payments",
    "/api/team/members",
];

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let before = ground.before.clone().context(
        "no program of the version before was given: prove/run builds it from the repository's history",
    )?;
    let mut installation = ground.installation("versions")?;
    let mut database = Apart::start(&installation).await?;
    let new = apart::over(&installation, &database, &database.app_url()?)?;
    let old = Launch::serve(&before, &installation.data)?.logging_to(&installation.folder.join("log"));
    installation.launch = old;
    let old = apart::over(&installation, &database, &database.app_url()?)?;
    let (mut running, _) = old.start_ready(PATIENCE).await.with_context(|| installation.last_words())?;
    let account = Account::sign_up(&old.address, "versions").await?;
    let owner = connect(&database.owner_url()?).await?;
    let known = count(&owner).await?;

    let load = Load::start(&[&old.address], &account, 8);
    sleep(Duration::from_secs(2)).await;
    let looker = connect(&database.owner_url()?).await?;
    let looking = tokio::spawn(async move { looker.batch_execute(HELD).await });
    sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    let migrated = new.clone().command(&["migrate"]).run().await?;
    let took = began.elapsed();
    looking.await??;
    let said = String::from_utf8_lossy(&migrated.stderr).into_owned();
    let ran = count(&owner).await? - known;
    sleep(Duration::from_secs(3)).await;
    let meanwhile = load.stop().await;
    let mut wrong = read(&account, &old.address, "the old one").await;

    let (mut present, _) = new.start_ready(PATIENCE).await.with_context(|| installation.last_words())?;
    let load = Load::start(&[&old.address, &new.address], &account, 8);
    sleep(Duration::from_secs(8)).await;
    wrong.extend(read(&account, &old.address, "the old one").await);
    wrong.extend(read(&account, &new.address, "the new one").await);
    let stayed = running.runs()? && present.runs()?;
    running.terminate();
    let ended = running.ended(PATIENCE).await?;
    sleep(Duration::from_secs(2)).await;
    let both = load.stop().await;

    // The way back: what was written by the new one is read by the old one.
    let (again, _) = old.start_ready(PATIENCE).await.with_context(|| installation.last_words())?;
    wrong.extend(read(&account, &old.address, "the old one, started again").await);
    again.stop().await?;

    let failed = |ledger: &crate::ledger::Ledger| -> Vec<String> {
        ledger.lost.iter().chain(&ledger.broken).chain(&ledger.refused).cloned().collect()
    };
    let mut lines = vec![
        Line::new(
            "the present program brings the old one's database up to date under load",
            migrated.status.success() && ran > 0,
            match migrated.status.success() {
                true => format!("{ran} migrations in {}", verdict::seconds(took)),
                false => said.lines().last().unwrap_or_default().to_owned(),
            },
        ),
        Line::none(
            "no request to the old one fails meanwhile",
            &failed(&meanwhile),
            format!("{} answered, {} told to come later", meanwhile.done.len(), meanwhile.busy),
        ),
        Line::none(
            "no request fails while both serve",
            &failed(&both),
            format!("{} answered, {} told to come later", both.done.len(), both.busy),
        ),
        Line::new("both run on, and the old one ends in order", stayed && ended.success(), ended.to_string()),
        Line::none("both read what the other wrote, also on the way back", &wrong, "all lists, three times"),
    ];
    let mut all = meanwhile;
    all.add(both);
    lines.push(verdict::on_the_longest(&all));
    let checked = Installation { launch: new, ..installation };
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &checked).await?);
    lines.push(verdict::on_patience(&all));
    present.terminate();
    present.ended(PATIENCE).await?;
    database.stop().await?;
    Ok(lines)
}
async fn count(owner: &tokio_postgres::Client) -> Result<i64> {
    Ok(owner.query_one("select count(*) from app.migrations", &[]).await?.get(0))
}

/// The lists that cannot be read, and why.
async fn read(account: &Account, address: &str, who: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for list in LISTS {
        let path = if list.ends_with('=') { format!("{list}{}", account.client) } else { list.to_owned() };
        if let Err(error) = account.call(address, "GET", &path, None).await {
            wrong.push(format!("{who}: {error:#}"));
        }
    }
    wrong
}
