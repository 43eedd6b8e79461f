//! The network to the database swallows everything.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::{Instant, sleep};

use super::{apart, verdict};
use crate::{Ground, Line, Proof, account::Account, installation::Apart, load::Load, proxy::Proxy};

pub const PROOF: Proof = Proof {
    name: "black-hole",
    does: "Eight writers write to a program that reaches its PostgreSQL over TCP; for 30 s not a byte passes either way, while all connections stay open; in the second half nobody who connects anew is even answered. Then everything passes again.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut installation = ground.installation("black-hole")?;
    let database = Apart::start(&installation).await?;
    let way = Proxy::start(database.socket()?).await?;
    let url = format!("postgresql://rapport_app@127.0.0.1:{}/rapport", way.port);
    installation.launch = apart::over(&installation, &database, &url)?;
    let (program, _) = installation.start().await?;
    let account = Account::sign_up(&installation.launch.address, "black-hole").await?;
    let day = apart::Day { installation, database, program, account };

    let load = Load::start(&[&day.installation.launch.address], &day.account, 8);
    sleep(Duration::from_secs(2)).await;
    way.swallow();
    sleep(Duration::from_secs(15)).await;
    way.fall_silent();
    sleep(Duration::from_secs(15)).await;
    way.pass();
    let passes = Instant::now();
    let ready = day.ready_again(passes).await;
    sleep(Duration::from_secs(2)).await;
    let all = load.stop().await;
    let back: Vec<Duration> = all.back_after(passes).into_iter().collect();
    let five = Duration::from_secs(5);
    let mut lines = vec![
        verdict::within("ready < 5 s after the network is back", five, ready),
        verdict::all_within(
            "the first broken-off write goes through < 5 s after the network is back",
            five,
            &back,
        ),
        Line::new(
            "meanwhile the program says that it is busy",
            all.busy > 0,
            format!("{} answers 503 with Retry-After", all.busy),
        ),
    ];
    lines.extend(day.ended(&all).await?);
    Ok(lines)
}
