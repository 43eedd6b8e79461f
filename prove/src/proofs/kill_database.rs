//! The private PostgreSQL is killed.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::sleep;

use super::verdict;
use crate::{Ground, Line, Proof, account::Account, ledger::Ledger, load::Load};

pub const PROOF: Proof = Proof {
    name: "kill-database",
    does: "Eight writers write over the API; at random moments the private PostgreSQL gets `kill -9`. Nobody restarts anything.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("kill-database")?;
    let address = installation.launch.address.clone();
    let (mut program, _) = installation.start().await?;
    let account = Account::sign_up(&address, "kill-database").await?;
    let mut all = Ledger::default();
    let (mut ready, mut back) = (Vec::new(), Vec::new());
    for _ in 0..ground.rounds {
        let load = Load::start(&[&address], &account, 8);
        sleep(Duration::from_millis(rand::random_range(200..2_500))).await;
        let killed = installation.kill_postmaster().await?;
        ready.push(installation.ready_again(killed).await);
        sleep(Duration::from_secs(1)).await;
        let ledger = load.stop().await;
        back.extend(ledger.back_after(killed));
        all.add(ledger);
    }
    let owner = installation.owner().await?;
    let mut lines = vec![
        verdict::all_within("ready again < 5 s after the kill", Duration::from_secs(5), &ready),
        verdict::all_within(
            "the first broken-off write goes through < 5 s after the kill",
            Duration::from_secs(5),
            &back,
        ),
        verdict::on_the_process(&mut program)?,
        verdict::on_the_longest(&all),
    ];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    lines.push(verdict::on_patience(&all));
    program.stop().await?;
    Ok(lines)
}
