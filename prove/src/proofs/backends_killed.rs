//! The database ends our sessions.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::{Instant, sleep};

use super::{apart, verdict};
use crate::{Ground, Line, Proof, installation::connect, ledger::Ledger, load::Load};

pub const PROOF: Proof = Proof {
    name: "backends-killed",
    does: "Eight writers write; every half second all sessions of the program are ended by `pg_terminate_backend`, thirty times.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let day = apart::day(ground, "backends-killed").await?;
    let load = Load::start(&[&day.installation.launch.address], &day.account, 8);
    let owner = connect(&day.database.owner_url()?).await?;
    let mut ended: i64 = 0;
    let mut last = Instant::now();
    for _ in 0..30 {
        sleep(Duration::from_millis(500)).await;
        last = Instant::now();
        let sql =
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'rapport_app'";
        ended += owner.query_one(sql, &[]).await?.get::<_, i64>(0);
    }
    sleep(Duration::from_secs(1)).await;
    let all: Ledger = load.stop().await;
    let back: Vec<Duration> = all.back_after(last).into_iter().collect();
    let mut lines = vec![
        Line::new("sessions were ended while they were used", ended > 100, format!("{ended} ended")),
        verdict::all_within("a broken-off write goes through < 5 s after", Duration::from_secs(5), &back),
    ];
    lines.extend(day.ended(&all).await?);
    Ok(lines)
}
