//! Background jobs that fail whenever they run.

use std::time::Duration;

use anyhow::{Result, bail};
use futures::FutureExt;
use rapport_bench::http;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::verdict;
use crate::{Ground, Line, Proof, account::Account};

pub const PROOF: Proof = Proof {
    name: "poison-job",
    does: "A hundred background jobs that nobody can read are put into the queue, two attempts each, before and beside real work.",
    tried: |ground| tried(ground).boxed_local(),
};

const POISON: i64 = 100;

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("poison-job")?;
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "poison-job").await?;
    let owner = installation.owner().await?;
    let insert = "insert into queue.jobs (workspace_id, name, payload, max_attempts)
        select $1, 'mail.deliver', '{\"mail_id\": \"poison\"}', 2 from generate_series(1, $2::int8)";
    owner.execute(insert, &[&account.workspace, &POISON]).await?;

    let mut times = Vec::new();
    for number in 0..10 {
        let email = format!("invited-{number}@prove.example");
        let began = Instant::now();
        let body = json!({"email": email, "role": "member"});
        account.call(&address, "POST", "/api/team/invitations", Some(body)).await?;
        until("the mail is worked off", Duration::from_secs(60), async || {
            let sql = "select count(*) from mail.outbox where recipient_email = $1 and status = 'kept'";
            Ok(owner.query_one(sql, &[&email]).await?.get::<_, i64>(0) == 1)
        })
        .await?;
        times.push(began.elapsed());
    }
    let waited =
        until(
            "the poison is laid aside",
            Duration::from_secs(60),
            async || Ok(dead(&owner).await? == POISON),
        );
    // When it is not, the line below says so.
    let _ = waited.await;
    let laid_aside = dead(&owner).await?;

    let (_, _, metrics) = http::once(&installation.launch.admin, "GET", "/metrics", &[], None).await?;
    let metrics = String::from_utf8_lossy(&metrics).into_owned();
    let told = |line: &str| {
        line.contains("mail.deliver") && line.contains("dead") && line.ends_with(&format!(" {POISON}"))
    };
    let counted = metrics.lines().any(told);
    let doctor = installation.launch.clone().command(&["doctor"]).run().await?;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    let listed = installation.launch.clone().command(&["jobs", "dead"]).run().await?;
    let listed = String::from_utf8_lossy(&listed.stdout).lines().last().unwrap_or_default().to_owned();
    let lines = vec![
        verdict::all_within("real work is done < 5 s after it was asked for", Duration::from_secs(5), &times),
        Line::new(
            "each is laid aside after its attempts",
            laid_aside == POISON,
            format!("{laid_aside} of {POISON}"),
        ),
        Line::new(
            "it shows in /metrics and in `rapport doctor`",
            counted && said.contains("laid aside"),
            said.lines().find(|line| line.contains("laid aside")).unwrap_or("doctor says nothing").to_owned(),
        ),
        Line::new("`rapport jobs dead` lists them", listed.starts_with(&POISON.to_string()), listed),
        verdict::on_the_process(&mut program)?,
    ];
    program.stop().await?;
    Ok(lines)
}

async fn dead(owner: &Client) -> Result<i64> {
    Ok(owner.query_one("select count(*) from queue.jobs where state = 'dead'", &[]).await?.get(0))
}

/// Asks again and again until it is so.
pub async fn until(
    what: &str,
    limit: Duration,
    mut so: impl AsyncFnMut() -> Result<bool>,
) -> Result<Duration> {
    let began = Instant::now();
    while !so().await? {
        if began.elapsed() > limit {
            bail!("after {limit:?} it is not so that {what}");
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(began.elapsed())
}
