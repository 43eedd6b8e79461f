//! `rapport backup`: make, list and prove backups.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use rapport_backup::{
    Done, Keep, Line, Order, Place, Progress, Source,
    archive::{ArchiveOrder, Archiver, lag},
    backup, list_kept, new_identity, prune,
    rules::size,
    verify,
};
use rapport_base::Clock;

use crate::{
    commands::listings::VERSION,
    keys,
    recovery::{self, FIGURES},
    settings::Settings,
    start::{self, Addresses},
};

/// How much longer than usual the log may take to be archived.
const PATIENCE: Duration = Duration::from_secs(30);

/// Make a backup, or do something with those there are.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Backup {
    #[command(subcommand)]
    what: Option<What>,
    /// A folder, or s3://key:secret@host/bucket/prefix?region=…; RAPPORT_BACKUP_TO without.
    #[arg(long)]
    to: Option<String>,
    /// Afterwards keep only so many of the newest.
    #[arg(long)]
    keep: Option<usize>,
    /// Afterwards keep only those younger than so many days.
    #[arg(long)]
    keep_days: Option<u32>,
}

/// What to do with backups.
#[derive(Subcommand)]
enum What {
    /// Restore a backup into a scratch database and compare everything.
    Verify {
        /// Its name, the beginning of it, or `latest`.
        #[arg(default_value = "latest")]
        backup: String,
        /// Where it lies; RAPPORT_BACKUP_TO without.
        #[arg(long)]
        from: Option<String>,
    },
    /// List the backups of a place.
    List {
        /// The place; RAPPORT_BACKUP_TO without.
        #[arg(long)]
        from: Option<String>,
    },
    /// Make an identity that opens backups, and say the recipient that closes them.
    NewIdentity {
        /// The file to write it to; keep it away from this machine.
        file: PathBuf,
    },
}

/// Runs it.
pub async fn run(settings: Settings, command: Backup) -> Result<()> {
    match command.what {
        None => {
            let keep = Keep { count: command.keep, days: command.keep_days };
            make(&settings, command.to.as_deref(), keep).await
        }
        Some(What::List { from }) => list(&settings, from.as_deref()).await,
        Some(What::Verify { backup, from }) => prove(&settings, &backup, from.as_deref()).await,
        Some(What::NewIdentity { file }) => write_identity(&file),
    }
}

/// Tells on standard error how far long work is.
#[must_use]
pub fn progress() -> Progress {
    let began = Instant::now();
    Progress::new(move |text| eprintln!("{:7.1} s  {text}", began.elapsed().as_secs_f64()))
}

/// The database as its owner.
pub fn owner(addresses: &Addresses) -> Result<&str> {
    addresses
        .owner
        .as_deref()
        .context("backup and restore work as the owner of the database: set DATABASE_OWNER_URL")
}

async fn make(settings: &Settings, to: Option<&str>, keep: Keep) -> Result<()> {
    let data = start::data_dir(settings)?;
    let place = recovery::place(settings, to)?;
    let credentials = recovery::credentials(settings)?;
    let store = start::store(settings, &data)?;
    let keys = keys::load(settings)?;
    let clock = Clock::system();
    let addresses = start::database(settings).await?;
    let began = Instant::now();
    let private = settings.find("DATABASE_URL").is_none();
    let archive = match private {
        true => recovery::archive_order(settings, owner(&addresses)?.to_owned())?,
        false => None,
    };
    let made = async {
        // Where nothing serves, nobody else archives.
        let mut archiver = archive.clone().filter(|_| addresses.cluster.is_some()).map(Archiver::new);
        if let Some(archiver) = &mut archiver {
            archiver.step().await?;
        }
        let order = Order {
            owner_url: owner(&addresses)?,
            store: &store,
            place: &place,
            credentials: &credentials,
            figures: FIGURES,
            notes: recovery::notes(&keys),
            version: VERSION,
            clock: &clock,
            base: archive.is_some(),
            progress: &progress(),
        };
        let done = backup(order).await?;
        let reached = match (&mut archiver, &archive) {
            (Some(archiver), _) => archiver.step().await.map(|_| true),
            (None, Some(archive)) => reaches(archive, &place, &done).await,
            (None, None) => Ok(true),
        };
        Ok::<_, anyhow::Error>((done, reached))
    }
    .await;
    addresses.stop().await?;
    let (done, reached) = made?;
    let rows: u64 = done.manifest.tables.iter().map(|table| table.sum.rows).sum();
    println!("backup {} in {}", done.envelope.id, place.shown());
    println!(
        "{} tables, {rows} rows, {} stored; {} files, {}, {} of them already there",
        done.manifest.tables.len(),
        size(done.envelope.stored_bytes),
        done.manifest.files.count,
        size(done.manifest.files.bytes),
        done.reused
    );
    if done.manifest.files.gone > 0 {
        println!("{} files were deleted while the backup was made", done.manifest.files.gone);
    }
    match (&done.envelope.base, reached) {
        (None, _) => {}
        (Some(base), Ok(true)) => {
            println!("any instant from {} on can be reached (restore --at)", base.whole_at)
        }
        (Some(_), Ok(false)) => println!(
            "notice: the log since is not archived yet, so no instant can be reached; does `rapport serve` run with \
             RAPPORT_ARCHIVE_SECONDS? `rapport doctor` says more"
        ),
        (Some(_), Err(error)) => println!("notice: whether the log is archived cannot be said: {error:#}"),
    }
    println!("took {:.1} s", began.elapsed().as_secs_f64());
    println!(
        "not inside: the key ring (keys in the data directory, or RAPPORT_MASTER_KEY); keep a copy apart"
    );
    let pruned = prune(&place, keep, clock.now()).await?;
    if pruned.backups.len() + pruned.beginnings + pruned.files + pruned.log + pruned.kept > 0 {
        println!(
            "removed {} old backups, {} that were cut off, {} files and {} pieces of log that none needs, {} old rows of swaps",
            pruned.backups.len(),
            pruned.beginnings,
            pruned.files,
            pruned.log,
            pruned.kept
        );
    }
    Ok(())
}

/// Waits until whoever serves has archived the log up to a backup.
async fn reaches(archive: &ArchiveOrder, place: &Place, done: &Done) -> Result<bool> {
    let Some(base) = &done.envelope.base else { return Ok(true) };
    let patience = Instant::now() + archive.every + PATIENCE;
    loop {
        let (_, through) = lag(&archive.owner_url, place).await?;
        if through > base.whole_at || Instant::now() > patience {
            return Ok(through > base.whole_at);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn list(settings: &Settings, from: Option<&str>) -> Result<()> {
    let place = recovery::place(settings, from)?;
    let (whole, broken) = place.backups().await?;
    for envelope in &whole {
        println!(
            "{}\t{}\tRapport {}\ttables {}\t{} files, {}",
            envelope.id,
            envelope.started_at,
            envelope.version,
            size(envelope.stored_bytes),
            envelope.files,
            size(envelope.files_stored_bytes)
        );
    }
    for text in &broken {
        println!("NOT WHOLE  {text}");
    }
    for kept in list_kept(&place).await? {
        println!("{}\t{}\tRapport {}\ttaken out by a swap", kept.id, kept.started_at, kept.version);
    }
    println!("{} backups in {}", whole.len(), place.shown());
    Ok(())
}

async fn prove(settings: &Settings, name: &str, from: Option<&str>) -> Result<()> {
    start::data_dir(settings)?;
    let place = recovery::place(settings, from)?;
    let source = Source::open(&place, name, &recovery::credentials(settings)?).await?;
    let addresses = start::database(settings).await?;
    let began = Instant::now();
    let clock = Clock::system();
    let looked = async {
        let look = async |database: &str| recovery::inspect(&addresses.app, database, &clock).await;
        verify(&source, owner(&addresses)?, FIGURES, &progress(), look).await
    }
    .await;
    addresses.stop().await?;
    let lines = looked?;
    println!("backup {} of {}", source.envelope.id, source.manifest.taken_at);
    lines.iter().for_each(|line| println!("{line}"));
    if !recovery::has_its_keys(&keys::load(settings)?, &source.manifest.notes) {
        println!("notice     the key ring here is not the one of the backup: sealed secrets would not open");
    }
    println!(
        "{} compared, {} different, took {:.1} s",
        lines.len(),
        different(&lines),
        began.elapsed().as_secs_f64()
    );
    told(&lines)
}

fn different(lines: &[Line]) -> usize {
    lines.iter().filter(|line| !line.agrees()).count()
}

/// Fails when something differs.
pub fn told(lines: &[Line]) -> Result<()> {
    match different(lines) {
        0 => Ok(()),
        count => bail!("{count} differences"),
    }
}

fn write_identity(file: &std::path::Path) -> Result<()> {
    let (identity, recipient) = new_identity();
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| open.write_all(identity.expose().as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("RAPPORT_BACKUP_RECIPIENT={recipient}");
    println!("the identity is in {}: without that file no backup made for it opens again", file.display());
    Ok(())
}
