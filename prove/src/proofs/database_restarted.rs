//! A PostgreSQL of its own is restarted in order.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::{Instant, sleep};

use super::{apart, verdict};
use crate::{Ground, Line, Proof, ledger::Ledger, load::Load};

pub const PROOF: Proof = Proof {
    name: "database-restarted",
    does: "Eight writers write to a program whose PostgreSQL is an operator's own (`DATABASE_URL`); it is shut down and started again, five times.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut day = apart::day(ground, "database-restarted").await?;
    let mut all = Ledger::default();
    let (mut ready, mut back) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let load = Load::start(&[&day.installation.launch.address], &day.account, 8);
        sleep(Duration::from_millis(rand::random_range(500..2_000))).await;
        day.database.stop().await?;
        sleep(Duration::from_millis(500)).await;
        day.database.start_again().await?;
        let here = Instant::now();
        ready.push(day.ready_again(here).await);
        sleep(Duration::from_secs(1)).await;
        let ledger = load.stop().await;
        back.extend(ledger.back_after(here));
        all.add(ledger);
    }
    let five = Duration::from_secs(5);
    let mut lines = vec![
        verdict::all_within("ready < 5 s after the database is back", five, &ready),
        verdict::all_within(
            "the first broken-off write goes through < 5 s after the database is back",
            five,
            &back,
        ),
    ];
    lines.extend(day.ended(&all).await?);
    Ok(lines)
}
