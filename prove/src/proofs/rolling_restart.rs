//! Two instances over one database are replaced one after the other.

use std::time::Duration;

use anyhow::Result;
use futures::FutureExt;
use tokio::time::sleep;

use super::{apart, verdict};
use crate::{Ground, Line, Proof, installation::PATIENCE, load::Load};

pub const PROOF: Proof = Proof {
    name: "rolling-restart",
    does: "Two instances serve over one PostgreSQL; eight writers on kept connections go to the other when one does not listen. Each gets SIGTERM in turn and is started again, ten times.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut day = apart::day(ground, "rolling-restart").await?;
    let beside = day.installation.launch.beside()?;
    let (mut other, _) = beside.start_ready(PATIENCE).await?;
    let load = Load::start(&[&day.installation.launch.address, &beside.address], &day.account, 8);
    let (mut ends, mut unclean) = (Vec::new(), Vec::new());
    for round in 0..10 {
        sleep(Duration::from_millis(rand::random_range(500..1_500))).await;
        let (program, launch) = match round % 2 {
            0 => (&mut day.program, &day.installation.launch),
            _ => (&mut other, &beside),
        };
        let began = tokio::time::Instant::now();
        program.terminate();
        let status = program.ended(PATIENCE).await?;
        ends.push(began.elapsed());
        unclean.extend((!status.success()).then(|| status.to_string()));
        (*program, _) = launch.start_ready(PATIENCE).await?;
    }
    let all = load.stop().await;
    let failed: Vec<String> = all.lost.iter().chain(&all.broken).cloned().collect();
    let answered = all.done.len();
    let mut lines = vec![
        Line::none("no request fails", &failed, format!("{answered} answered")),
        Line::new("none is told to come later", all.busy == 0, format!("{} answers 503", all.busy)),
        Line::none("the program ends in order", &unclean, "10 times exit code 0"),
        verdict::all_within("it ends < 25 s after SIGTERM", Duration::from_secs(25), &ends),
    ];
    other.stop().await?;
    // What was restarted on purpose is not held against it.
    let rest = day.ended(&all).await?;
    lines.extend(rest.into_iter().filter(|line| line.promise != verdict::NO_RESTART));
    Ok(lines)
}
