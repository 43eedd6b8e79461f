//! The disk is full, under the files and under the database.

use std::{path::Path, time::Duration};

use anyhow::Result;
use futures::FutureExt;
use tokio::time::{Instant, sleep};

use super::{poison_job::until, store_down::without_pdf, verdict};
use crate::{Ground, Line, Proof, account::Account, load::Load, mount::SmallDisk, reader::Reader};

pub const PROOF: Proof = Proof {
    name: "disk-full",
    does: "Files lie on a disk of 300 MB and are uploaded until none is taken; others write and read meanwhile. Then the data directory lies on one of 500 MB, which is filled to the last byte for ten seconds while others write and read. Both get room again.",
    tried: |ground| tried(ground).boxed_local(),
};

/// How long there is no room.
const FULL: Duration = Duration::from_secs(10);
const LISTS: [&str; 3] = ["/api/clients", "/api/invoices", "/api/time-entries"];

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut lines = uploads(ground).await?;
    lines.extend(data(ground).await?);
    Ok(lines)
}

async fn uploads(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("disk-full-files")?;
    let disk = SmallDisk::mount(&installation.data.join("files"), 300)?;
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "disk-full").await?;
    let kept = account.keep_file(&address, "Written before the disk was full.").await?;
    let mut taken = 0;
    let (refused, said) = loop {
        match account.upload(&address, 10).await? {
            (201, ..) if taken < 60 => taken += 1,
            (status, said, _) => break (status, said),
        }
    };
    let download = format!("/api/files/{kept}/download");
    let mut reader = Reader::new(&address, &account, &[LISTS[0], LISTS[1], LISTS[2], &download]);
    let load = Load::start(&[&address], &account, 4);
    reader.read(FULL).await;
    let all = load.stop().await;
    let still = account.upload(&address, 10).await?.0;
    disk.resize(600)?;
    let again = account.upload(&address, 10).await?.0;
    let owner = installation.owner().await?;
    let caught_up = until("every issued invoice has its PDF", Duration::from_secs(300), async || {
        Ok(without_pdf(&owner).await? == 0)
    })
    .await?;
    let runs = program.runs()?;
    program.stop().await?;
    Ok(vec![
        Line::new(
            "an upload without room is refused (507), saying so",
            refused == 507 && still == 507 && taken > 0,
            format!("{taken} files of 10 MB taken, then {refused} {said}"),
        ),
        verdict::on_other_work("writing of all else goes on", &all),
        reader.line("reading goes on, also of files that are there"),
        Line::new(
            "with room it takes files again, without a restart",
            again == 201 && runs,
            again.to_string(),
        ),
        verdict::within("PDFs that waited are made < 2 min later", Duration::from_secs(120), caught_up),
    ])
}

async fn data(ground: &Ground) -> Result<Vec<Line>> {
    let installation = ground.installation("disk-full-data")?;
    let _disk = SmallDisk::mount(&installation.data, 500)?;
    let (mut program, _) = installation.start().await?;
    let address = installation.launch.address.clone();
    let account = Account::sign_up(&address, "disk-full").await?;
    let load = Load::start(&[&address], &account, 4);
    sleep(Duration::from_secs(2)).await;
    let filler = installation.data.join("filler");
    let mut reader = Reader::new(&address, &account, &LISTS);
    tokio::join!(keep_full(&filler), reader.read(FULL));
    std::fs::remove_file(&filler)?;
    let room = Instant::now();
    let ready =
        until("it is ready", Duration::from_secs(120), async || Ok(installation.launch.is_ready().await))
            .await?;
    sleep(Duration::from_secs(2)).await;
    let all = load.stop().await;
    let back: Vec<Duration> = all.first_after(room).into_iter().collect();
    let owner = installation.owner().await?;
    let mut lines = vec![
        Line::new(
            "while there is none under the database writes are told to come later (503), never that something broke",
            all.busy > 0 && all.broken.is_empty(),
            format!("{} answers 503, {} of 500 and above", all.busy, all.broken.len()),
        ),
        reader.line("and reads are answered"),
        verdict::within(
            "with room under the database it is ready again < 5 s",
            Duration::from_secs(5),
            ready,
        ),
        verdict::all_within("and writes go through < 5 s", Duration::from_secs(5), &back),
        verdict::on_the_process(&mut program)?,
        verdict::on_the_longest(&all),
    ];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    lines.push(verdict::on_patience(&all));
    program.stop().await?;
    Ok(lines)
}

/// Takes whatever room there comes to be.
async fn keep_full(path: &Path) {
    let full = Instant::now();
    while full.elapsed() < FULL {
        fill(path);
        sleep(Duration::from_millis(50)).await;
    }
}

/// Takes all the room there is.
fn fill(path: &Path) {
    use std::io::Write;
    let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path) else { return };
    for size in [1024 * 1024, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}
