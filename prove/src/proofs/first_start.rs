//! The first start of all is killed.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt;
use tokio::time::sleep;

use super::verdict;
use crate::{Ground, Line, Proof, account::Account, installation::PATIENCE};

pub const PROOF: Proof = Proof {
    name: "first-start",
    does: "The first start over an empty data directory gets `kill -9` at ten moments between its beginning and being ready; then it is started as always.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let whole = ground.installation("first-start")?;
    let (program, undisturbed) = whole.start().await?;
    program.stop().await?;
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for tenth in 0..10u32 {
        let moment = undisturbed * tenth / 10 + Duration::from_millis(5);
        let installation = ground.installation(&format!("first-start-{tenth}"))?;
        let program = installation.launch.start()?;
        sleep(moment).await;
        program.kill().await?;
        let said = format!("killed after {}", verdict::seconds(moment));
        match installation.launch.start_ready(PATIENCE).await {
            Ok((program, took)) => {
                times.push(took);
                let works = Account::sign_up(&installation.launch.address, "first").await.context("sign-up");
                found.extend(works.err().map(|error| format!("{said}: {error:#}")));
                program.stop().await?;
            }
            Err(error) => found.push(format!("{said}: {error:#}; {}", installation.last_words())),
        }
    }
    Ok(vec![
        Line::none(
            "the next start works, whenever the first was killed",
            &found,
            "10 moments, signed up after each",
        ),
        verdict::all_within("and is ready < 5 s later", Duration::from_secs(5), &times),
        verdict::within("an undisturbed first start is ready < 5 s", Duration::from_secs(5), undisturbed),
    ])
}
