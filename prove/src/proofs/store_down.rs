//! The file store is away.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result};
use futures::FutureExt;
use rapport_bench::http;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::{poison_job::until, verdict};
use crate::{
    Ground, Line, Proof,
    account::Account,
    load::Load,
    outside::{Outside, free_address},
};

pub const PROOF: Proof = Proof {
    name: "store-down",
    does: "Files lie in an S3 bucket (moto); the server falls silent for half a minute, without closing anything, while files are uploaded and others work; then it speaks again.",
    tried: |ground| tried(ground).boxed_local(),
};

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut installation = ground.installation("store-down")?;
    let at = free_address()?;
    let port = at.port().to_string();
    let s3 = Outside::start("moto_server", &["-H", "127.0.0.1", "-p", &port], at).await?;
    http::once(&at.to_string(), "PUT", "/files", &[], None).await.context("make the bucket")?;
    let url = format!("s3://key:secret@{at}/files?path_style=1&allow_http=1");
    installation.launch = installation.launch.with("S3_URL", &url);
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "store-down").await?;
    let (before, ..) = account.upload(&address, 1).await?;

    s3.fall_silent();
    let silent = Instant::now();
    let load = Load::start(&[&address], &account, 4);
    let (mut answers, mut longest) = (Vec::new(), Duration::ZERO);
    while silent.elapsed() < Duration::from_secs(30) {
        let (status, _, took) = account.upload(&address, 1).await?;
        answers.push(status);
        longest = longest.max(took);
    }
    let shows = !installation.launch.is_ready().await;
    sleep(Duration::from_millis(200)).await;
    s3.speak();
    let back = until("files are taken again", Duration::from_secs(120), async || {
        Ok(account.upload(&address, 1).await?.0 == 201)
    })
    .await?;
    let all = load.stop().await;
    let owner = installation.owner().await?;
    let caught_up = until("every issued invoice has its PDF", Duration::from_secs(300), async || {
        Ok(without_pdf(&owner).await? == 0)
    })
    .await?;
    let mut lines = vec![
        Line::new(
            "an upload is told so (503), never left without an answer",
            before == 201 && answers.iter().all(|status| *status == 503),
            format!("{} uploads answered, with {:?}", answers.len(), BTreeSet::from_iter(&answers)),
        ),
        verdict::within("no upload waits > 10 s for that", Duration::from_secs(11), longest),
        Line::new("/readyz says that files are failing", shows, if shows { "503" } else { "200" }),
        verdict::on_other_work("what needs no files goes on", &all),
        verdict::within("files are taken again < 20 s after the store speaks", Duration::from_secs(20), back),
        verdict::within("PDFs that waited are made < 2 min later", Duration::from_secs(120), caught_up),
    ];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    lines.push(verdict::on_the_process(&mut program)?);
    program.stop().await?;
    Ok(lines)
}

/// Issued invoices whose PDF is not made yet.
pub async fn without_pdf(owner: &Client) -> Result<i64> {
    let sql = "select count(*) from invoicing.invoices i where state = 'issued' and not exists (select 1
        from invoicing.invoice_pdfs p where p.workspace_id = i.workspace_id and p.invoice_id = i.id)";
    Ok(owner.query_one(sql, &[]).await?.get(0))
}
