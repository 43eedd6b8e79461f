//! The mail server is away.

use std::{path::Path, time::Duration};

use anyhow::Result;
use futures::FutureExt;
use rapport_bench::http;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{poison_job::until, verdict};
use crate::{
    Ground, Line, Proof,
    account::Account,
    outside::{Outside, free_address},
};

pub const PROOF: Proof = Proof {
    name: "mail-down",
    does: "Nobody listens where mail should go; ten invitations are sent. Half a minute later the server (aiosmtpd) is there; then it falls silent for half a minute while ten more are sent.",
    tried: |ground| tried(ground).boxed_local(),
};

const MANY: i64 = 10;

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut installation = ground.installation("mail-down")?;
    let server = free_address()?;
    let mailbox = installation.folder.join("mailbox");
    installation.launch = installation.launch.with("SMTP_URL", &format!("smtp://{server}"));
    let (mut program, _) = installation.start().await?;
    let account = Account::sign_up(&installation.launch.address, "mail-down").await?;
    let owner = installation.owner().await?;
    // Who has confirmed nothing may not send many.
    owner.execute("update identity.users set email_verified_at = now()", &[]).await?;
    let sent = async |sql: &str| -> Result<i64> { Ok(owner.query_one(sql, &[]).await?.get(0)) };
    let waiting = "select count(*) from mail.outbox where status <> 'sent'";

    let mut longest = invite(&installation.launch.address, &account, "away").await?;
    sleep(Duration::from_secs(30)).await;
    let (_, _, page) = http::once(&installation.launch.admin, "GET", "/outbox", &[], None).await?;
    let page = String::from_utf8_lossy(&page).into_owned();
    let told =
        sent("select count(*) from mail.outbox where status = 'queued' and last_error is not null").await?;
    let at = mailbox.display().to_string();
    let listen = server.to_string();
    let arguments = ["-n", "-l", &listen, "-c", "aiosmtpd.handlers.Mailbox", &at];
    let smtp = Outside::start("aiosmtpd", &arguments, server).await?;
    let away =
        until("all mail has left", Duration::from_secs(300), async || Ok(sent(waiting).await? == 0)).await?;

    smtp.fall_silent();
    longest = longest.max(invite(&installation.launch.address, &account, "silent").await?);
    sleep(Duration::from_secs(30)).await;
    smtp.speak();
    let silent =
        until("all mail has left", Duration::from_secs(300), async || Ok(sent(waiting).await? == 0)).await?;

    let written = sent("select count(*) from mail.outbox").await?;
    let (filed, ids) = filed(&mailbox)?;
    let lines = vec![
        Line::new(
            "whoever causes a mail is answered < 1 s all the same",
            longest < Duration::from_secs(1),
            format!("{} requests, the longest {}", 2 * MANY, verdict::seconds(longest)),
        ),
        Line::new(
            "the outbox says what is wrong",
            told > 0 && page.contains("queued"),
            format!("{told} mails wait with the reason beside them"),
        ),
        verdict::within(
            "all mail leaves by itself < 2 min after the server is there",
            Duration::from_secs(120),
            away,
        ),
        verdict::within("and < 2 min after it speaks again", Duration::from_secs(120), silent),
        Line::new(
            "every mail arrives once",
            filed == usize::try_from(written)? && ids == filed,
            format!("{written} written, {filed} arrived, {ids} different"),
        ),
        verdict::on_the_process(&mut program)?,
    ];
    program.stop().await?;
    Ok(lines)
}

/// The longest that one of them took.
async fn invite(address: &str, account: &Account, who: &str) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    for number in 0..MANY {
        let began = Instant::now();
        let body = json!({"email": format!("{who}-{number}@prove.example"), "role": "member"});
        account.call(address, "POST", "/api/team/invitations", Some(body)).await?;
        longest = longest.max(began.elapsed());
    }
    Ok(longest)
}

/// How many mails lie in a mailbox, and how many different ones.
fn filed(mailbox: &Path) -> Result<(usize, usize)> {
    let mut ids = std::collections::BTreeSet::new();
    let mut all = 0;
    for entry in std::fs::read_dir(mailbox.join("new"))? {
        let text = std::fs::read_to_string(entry?.path())?;
        all += 1;
        ids.extend(
            text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).map(str::to_owned),
        );
    }
    Ok((all, ids.len()))
}
