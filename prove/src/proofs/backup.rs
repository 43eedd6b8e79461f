//! The drill: a backup under load, its proof, and the way back onto an empty machine.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, bail};
use futures::FutureExt;
use jiff::Timestamp;
use rapport_base::Clock;
use rapport_bench::program::Launch;
use tokio::time::{Instant, sleep};

use super::verdict;
use crate::{
    Ground, Installation, Line, Proof, account::Account, damage, installation::Ran, ledger::Ledger,
    load::Load,
};

pub const PROOF: Proof = Proof {
    name: "backup",
    does: "An installation with sample data and ten files of a megabyte; eight writers write, and its log is archived every two seconds. `rapport backup`, closed by a passphrase, runs meanwhile, and is verified, as are damaged copies of it. It is restored into an empty data directory, and once more into another one as it was at an instant after the backup; both are served.",
    tried: |ground| tried(ground).boxed_local(),
};

const PASSPHRASE: &str = "correct horse battery staple";
const FILES: usize = 10;
const FIVE: Duration = Duration::from_secs(5);

/// What is known of a backup that was made.
struct Drill {
    /// Where it lies.
    place: PathBuf,
    /// What it is called.
    name: String,
    /// The key ring, which is in no backup.
    keys: PathBuf,
    account: Account,
    /// Files by their ids.
    files: Vec<(String, String)>,
    /// What the writers were told, before it, during it and after it.
    all: Ledger,
    /// When it was begun.
    began: Instant,
    /// An instant after it: by the clock, and by the ledger's.
    instant: (Timestamp, Instant),
}

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut live = ground.installation("backup")?;
    let place = live.folder.join("place");
    live.launch = backed_up(&live, &place).with("RAPPORT_ARCHIVE_SECONDS", "2");
    let (mut program, _) = live.start().await?;
    let (drill, mut lines) = made(&live, place).await?;
    lines.extend(verified(&live, &drill).await?);
    lines.push(verdict::on_the_process(&mut program)?);
    program.stop().await?;
    lines.extend(restored(ground, &drill).await?);
    lines.extend(restored_to_an_instant(ground, &drill).await?);
    Ok(lines)
}

fn backed_up(installation: &Installation, place: &Path) -> Launch {
    let launch = installation.launch.clone().with("RAPPORT_BACKUP_TO", &place.display().to_string());
    launch.with("RAPPORT_BACKUP_PASSPHRASE", PASSPHRASE)
}

/// A backup while others write.
async fn made(live: &Installation, place: PathBuf) -> Result<(Drill, Vec<Line>)> {
    // Before anyone has signed up, so that it goes into a workspace of its own.
    let sample = live.run(&["demo", "seed"]).await?;
    if !sample.succeeded {
        bail!("no sample data: {}", sample.line("rapport: "));
    }
    let address = live.launch.address.as_str();
    let account = Account::sign_up(address, "backup").await?;
    let mut files = Vec::new();
    for number in 0..FILES {
        let text = format!("Page {number} of many. ").repeat(1024 * 1024 / 16);
        files.push((account.keep_file(address, &text).await?, text));
    }
    let load = Load::start(&[address], &account, 8);
    sleep(Duration::from_secs(2)).await;
    let began = Instant::now();
    let backup = live.run(&["backup"]).await?;
    let instant = (Clock::system().now(), Instant::now());
    // Until the log of that instant is archived, and there is more behind it.
    sleep(Duration::from_secs(8)).await;
    let all = load.stop().await;
    let Some(name) = backup.said.strip_prefix("backup ").and_then(|rest| rest.split(' ').next()) else {
        bail!("no backup was made: {}", backup.line("rapport: "));
    };
    let lines = vec![
        step("`rapport backup` is made while eight writers write", backup.succeeded, &backup, " tables, "),
        verdict::on_other_work("writing goes on before, during and after it", &all),
        verdict::on_the_longest(&all),
    ];
    let (name, keys) = (name.to_owned(), live.data.join("keys"));
    Ok((Drill { place, name, keys, account, files, all, began, instant }, lines))
}

/// What `rapport backup verify` says of it, and of copies that are not as they were.
async fn verified(live: &Installation, drill: &Drill) -> Result<Vec<Line>> {
    let Drill { place, name, .. } = drill;
    let verified = live.run(&["backup", "verify"]).await?;
    let same = verified.succeeded && verified.said.contains(" compared, 0 different");
    let mut lines = vec![step("`rapport backup verify` finds no difference", same, &verified, " compared, ")];

    let altered = copied(live, place, "altered")?;
    damage::alter(&damage::largest(&altered.join("backups").join(name).join("tables"))?)?;
    lines.push(refused(live, &altered, "a copy with one bit of a table changed", "damaged").await?);

    let torn = copied(live, place, "torn")?;
    damage::tear(&damage::largest(&torn.join("files"))?)?;
    lines.push(refused(live, &torn, "a copy with half of a file missing", "damaged").await?);

    let unfinished = copied(live, place, "unfinished")?;
    std::fs::remove_file(unfinished.join("backups").join(name).join("backup"))?;
    lines.push(refused(live, &unfinished, "a copy without what is written last", "no whole backup").await?);

    let mut stranger = live.clone();
    stranger.launch = stranger.launch.with("RAPPORT_BACKUP_PASSPHRASE", "another horse altogether");
    lines.push(refused(&stranger, place, "it itself with another passphrase", "passphrase").await?);
    Ok(lines)
}

fn copied(live: &Installation, place: &Path, name: &str) -> Result<PathBuf> {
    let copy = live.folder.join(name);
    damage::copy(place, &copy)?;
    Ok(copy)
}

async fn refused(by: &Installation, place: &Path, what: &str, because: &str) -> Result<Line> {
    let place = place.display().to_string();
    let mut verified = by.run(&["backup", "verify", "--from", &place]).await?;
    verified.complained = verified.complained.replace(&place, "the copy");
    let told = verified.said.contains(because) || verified.complained.contains(because);
    let promise = format!("`rapport backup verify` refuses {what}");
    Ok(step(&promise, !verified.succeeded && told, &verified, because))
}

/// The way onto a new host.
async fn restored(ground: &Ground, drill: &Drill) -> Result<Vec<Line>> {
    let host = new_host(ground, "backup-restored", drill)?;
    let restored = host.run(&["restore", "latest"]).await?;
    let promise = "`rapport restore` brings it back into an empty data directory";
    let mut lines = vec![step(promise, restored.succeeded, &restored, " tables and sums ")];
    if restored.succeeded {
        let (program, ready) = host.start().await?;
        lines.push(verdict::within("which is ready < 5 s after it is started", FIVE, ready));
        let known = drill.all.before(drill.began);
        lines.extend(found(&host, drill, &known, "before the backup began").await?);
        program.stop().await?;
    }
    Ok(lines)
}

/// The way to an instant after the backup.
async fn restored_to_an_instant(ground: &Ground, drill: &Drill) -> Result<Vec<Line>> {
    let host = new_host(ground, "backup-at", drill)?;
    let (at, moment) = drill.instant;
    let restored = host.run(&["restore", "latest", "--at", &at.to_string()]).await?;
    let promise = "`rapport restore --at` brings an instant after it back into another one";
    let mut lines = vec![step(promise, restored.succeeded, &restored, "restored to ")];
    if restored.succeeded {
        let (program, ready) = host.start().await?;
        lines.push(verdict::within("which is ready < 5 s after it is started, too", FIVE, ready));
        lines.extend(found(&host, drill, &drill.all.before(moment), "before the instant").await?);
        let later = drill.all.begun_after(moment);
        let missing = later.compare(&host.owner().await?, drill.account.workspace).await?.lost.len();
        lines.push(Line::new(
            "nothing that was begun after the instant is there",
            missing == later.done.len() && missing > 0,
            format!("{} writes, {} of them there", later.done.len(), later.done.len() - missing),
        ));
        program.stop().await?;
    }
    Ok(lines)
}

/// An empty data directory with what no backup holds: the key ring, the settings.
fn new_host(ground: &Ground, name: &str, drill: &Drill) -> Result<Installation> {
    let mut host = ground.installation(name)?;
    host.launch = backed_up(&host, &drill.place);
    std::fs::create_dir_all(&host.data)?;
    std::fs::copy(&drill.keys, host.data.join("keys"))?;
    Ok(host)
}

/// What is there of what was acknowledged before a moment, once it is served.
async fn found(host: &Installation, drill: &Drill, known: &Ledger, when: &str) -> Result<Vec<Line>> {
    let there = known.compare(&host.owner().await?, drill.account.workspace).await?;
    let odd: Vec<String> = there.twice.iter().chain(&there.half).chain(&there.gaps).cloned().collect();
    let (clean, check) = host.check().await?;
    let mut wrong = Vec::new();
    for (file, text) in &drill.files {
        match drill.account.download(&host.launch.address, file).await {
            Ok(bytes) if bytes[..] == *text.as_bytes() => {}
            Ok(bytes) => wrong.push(format!("{file} comes with {} other bytes", bytes.len())),
            Err(error) => wrong.push(format!("{file}: {error:#}")),
        }
    }
    Ok(vec![
        Line::none(
            format!("what was acknowledged {when} is there"),
            &there.lost,
            format!("{} writes, all there", there.acknowledged),
        ),
        Line::none("nothing is half there or twice, no number is missing", &odd, "all pairs off"),
        Line::new("`rapport check` finds no difference", clean, check),
        Line::none(
            "its files are the same, byte for byte",
            &wrong,
            format!("{FILES} of 1 MB, asked for with a token from before"),
        ),
    ])
}

/// A step of the drill: how long it took, and what it says of itself.
fn step(promise: &str, holds: bool, ran: &Ran, word: &str) -> Line {
    Line::new(promise, holds, format!("{}: {}", verdict::seconds(ran.took), ran.line(word)))
}
