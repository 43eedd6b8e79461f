//! The worker is killed.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::verdict;
use crate::{Ground, Line, Proof, account::Account, ledger::Ledger, load::Load};

pub const PROOF: Proof = Proof {
    name: "kill-worker",
    does: "`serve --no-worker` is written to, and a `worker` beside it gets `kill -9` at random moments and is started again.",
    tried: |ground| tried(ground).boxed_local(),
};

const MINUTE: Duration = Duration::from_secs(60);

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut installation = ground.installation("kill-worker")?;
    installation.launch = installation.launch.command(&["serve", "--no-worker"]);
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "kill-worker").await?;
    let worker = installation.launch.clone().command(&["worker"]);
    let mut all = Ledger::default();
    for _ in 0..ground.rounds {
        let killed = worker.start()?;
        let load = Load::start(&[&address], &account, 4);
        sleep(Duration::from_millis(rand::random_range(500..3_000))).await;
        killed.kill().await?;
        all.add(load.stop().await);
    }
    let killed = Instant::now();
    let owner = installation.owner().await?;
    let holders: Vec<uuid::Uuid> = owner
        .query("select distinct leased_by from queue.jobs where state = 'running'", &[])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let held = held(&owner, &holders).await?;
    let last = worker.start()?;
    while self::held(&owner, &holders).await? > 0 && killed.elapsed() < 10 * MINUTE {
        sleep(Duration::from_millis(50)).await;
    }
    let retaken = killed.elapsed();
    while !idle(&owner).await? && killed.elapsed() < 10 * MINUTE {
        sleep(Duration::from_millis(100)).await;
    }
    let done = verdict::seconds(killed.elapsed());
    let dead: i64 =
        owner.query_one("select count(*) from queue.jobs where state = 'dead'", &[]).await?.get(0);
    let mut lines = vec![
        Line::new(
            "jobs of a killed worker run again within a minute",
            retaken < MINUTE,
            format!(
                "{held} held by killed workers, taken back after {}; all work done after {done}",
                verdict::seconds(retaken)
            ),
        ),
        Line::new("no job is given up on for being cut off", dead == 0, format!("{dead} laid aside")),
        Line::none(
            "every event is passed on and worked off once",
            &undone(&owner).await?,
            "mails, PDFs and health scores all there once",
        ),
        Line::new(
            "no restart of the serving process",
            program.runs()?,
            "the same process from beginning to end",
        ),
        verdict::on_the_longest(&all),
    ];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    last.stop().await?;
    program.stop().await?;
    Ok(lines)
}

async fn held(owner: &Client, holders: &[uuid::Uuid]) -> Result<i64> {
    let sql = "select count(*) from queue.jobs where state = 'running' and leased_by = any($1)";
    Ok(owner.query_one(sql, &[&holders]).await?.get(0))
}

/// Nothing waits, nothing runs, and the relay has passed everything on.
async fn idle(owner: &Client) -> Result<bool> {
    let busy: i64 = owner
        .query_one("select count(*) from queue.jobs where state in ('ready', 'running')", &[])
        .await?
        .get(0);
    let behind: i64 = owner
        .query_one(
            "select count(*) from spine.events e, spine.relay r where (e.txid, e.seq) > (r.txid, r.seq)",
            &[],
        )
        .await?
        .get(0);
    Ok(busy == 0 && behind == 0)
}

/// What background work should have left behind and has not, or more than once.
async fn undone(owner: &Client) -> Result<Vec<String>> {
    let questions = [
        (
            "issued invoices without a PDF",
            "select count(*) from invoicing.invoices i where state = 'issued' and not exists (select 1
             from invoicing.invoice_pdfs p where p.workspace_id = i.workspace_id and p.invoice_id = i.id)",
        ),
        (
            "clients without a health score",
            "select count(*) from clients.clients where health_score is null and deleted_at is null",
        ),
        (
            "mails written twice",
            "select count(*) from (select 1 from mail.outbox group by workspace_id, key having count(*) > 1) as twice",
        ),
    ];
    let mut found = Vec::new();
    for (what, sql) in questions {
        let count: i64 = owner.query_one(sql, &[]).await?.get(0);
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}
