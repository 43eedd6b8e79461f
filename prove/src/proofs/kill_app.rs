//! The program is killed.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use rapport_bench::http;
use tokio::time::sleep;

use super::verdict;
use crate::{Ground, Line, Proof, account::Account, ledger::Ledger, load::Load};

pub const PROOF: Proof = Proof {
    name: "kill-app",
    does: "Eight writers write over the API; at random moments the serving process gets `kill -9` and is started again.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("kill-app")?;
    let address = installation.launch.address.clone();
    let (mut program, _) = installation.start().await?;
    let account = Account::sign_up(&address, "kill-app").await?;
    let mut all = Ledger::default();
    let mut ready = Vec::new();
    let mut signed_up = Vec::new();
    for round in 0..ground.rounds {
        let load = Load::start(&[&address], &account, 8);
        let (email, at) = (format!("round-{round}@prove.example"), address.clone());
        let moment = Duration::from_millis(rand::random_range(300..3_000));
        let signing = tokio::spawn(async move { http::sign_up(&at, &email, &email).await.map(|_| email) });
        sleep(moment).await;
        program.kill().await?;
        let (started, took) = installation.start().await?;
        program = started;
        ready.push(took);
        all.add(load.stop().await);
        signed_up.extend(signing.await?.ok());
    }
    let owner = installation.owner().await?;
    let mut lines =
        vec![verdict::all_within("ready again < 5 s after the start", Duration::from_secs(5), &ready)];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    lines.push(verdict::on_patience(&all));
    let known: i64 = owner
        .query_one("select count(*) from identity.users where email = any($1)", &[&signed_up])
        .await?
        .get(0);
    lines.push(Line::new(
        "no acknowledged sign-up is lost",
        usize::try_from(known)? == signed_up.len(),
        format!("{known} of {}", signed_up.len()),
    ));
    program.stop().await?;
    Ok(lines)
}
