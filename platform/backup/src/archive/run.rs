//! The log into the place, as it is written.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use rapport_base::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt},
    task::JoinHandle,
};
use tokio_postgres::Client;

use super::{History, rules};
use crate::{
    database,
    lock::{Closing, Credentials},
    part,
    place::Place,
};

const SLOT: &str = "rapport_archive";
/// A commit may note its instant a moment before it is in the log.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);
/// After a failure it is tried again at least this often.
const RETRY: Duration = Duration::from_secs(10);

/// What to archive, and where to.
#[derive(Clone)]
pub struct Order {
    /// The private database as its owner.
    pub owner_url: String,
    /// Where to, as for [`Place::open`]; opened at the first step, so that a place that is away stops nothing.
    pub place: String,
    /// Who may read it.
    pub credentials: Credentials,
    /// At most so much may be lost.
    pub every: Duration,
    /// The clock.
    pub clock: Clock,
}

/// Archives step by step.
pub struct Archiver {
    order: Order,
    open: Option<(Place, Closing)>,
    /// Where the next piece begins, once that is known.
    at: Option<(History, u64)>,
    through: Timestamp,
}

/// How far the archive has come. Cheap to clone.
#[derive(Clone)]
pub struct Lag {
    through: Arc<AtomicI64>,
    clock: Clock,
}

impl Lag {
    /// Seconds of writes that are not in the place yet.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let now = self.clock.now().as_millisecond();
        (now - self.through.load(Ordering::Relaxed)).max(0) as f64 / 1_000.0
    }
}

/// An archiver at work; it ends when this is dropped.
pub struct Archiving {
    /// How far it has come.
    pub lag: Lag,
    task: JoinHandle<()>,
}

impl Drop for Archiving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The cluster as it is now.
struct Now {
    history: History,
    flushed: u64,
    segment: u64,
    folder: PathBuf,
    at: Timestamp,
}

impl Archiver {
    /// One that has not looked yet.
    #[must_use]
    pub fn new(order: Order) -> Self {
        Self { order, open: None, at: None, through: Timestamp::UNIX_EPOCH }
    }

    /// Goes on until dropped. A failure is told and tried again; the database goes on meanwhile.
    #[must_use]
    pub fn start(mut self) -> Archiving {
        let clock = self.order.clock.clone();
        let through = Arc::new(AtomicI64::new(clock.now().as_millisecond()));
        let lag = Lag { through: through.clone(), clock };
        let task = tokio::spawn(async move {
            loop {
                let pause = match self.step().await {
                    Ok(reached) => {
                        through.store(reached.as_millisecond(), Ordering::Relaxed);
                        self.order.every
                    }
                    Err(error) => {
                        metrics::counter!("archive_failures_total").increment(1);
                        tracing::error!(
                            error = format!("{error:#}"),
                            "the log of the database is not archived; it is tried again"
                        );
                        self.at = None;
                        self.order.every.min(RETRY)
                    }
                };
                tokio::time::sleep(pause).await;
            }
        });
        Archiving { lag, task }
    }

    /// Archives all there is; gives the instant before which every commit is in the place.
    ///
    /// # Errors
    /// In words, when the place or the log cannot be reached.
    pub async fn step(&mut self) -> Result<Timestamp> {
        let (place, closing) = match self.open.clone() {
            Some(open) => open,
            None => {
                let place = Place::open(&self.order.place)?;
                let closing = self.order.credentials.closing(&place).await?;
                self.open.insert((place, closing)).clone()
            }
        };
        let client = database::connect(&self.order.owner_url).await?;
        let now = look(&client, &closing.print).await?;
        let kept_from = slot(&client).await?;
        let mut at = match self.at.take() {
            Some((history, at)) if history == now.history => at,
            _ => self.resume(&place, &now, kept_from).await?,
        };
        let through = now.at - MARGIN;
        while at < now.flushed {
            let end = (rules::segment_start(at, now.segment) + now.segment).min(now.flushed);
            let last = end == now.flushed;
            let piece =
                rules::Piece { from: at, to: end, through: if last { through } else { self.through } };
            let path = format!("{}/{}", now.history.folder(), piece.name());
            let bytes = read(&now, at, end).await?;
            let once = futures::stream::iter([Ok(bytes)]);
            part::pack(&place, &path, &closing.recipient, once).await?;
            at = end;
        }
        if at > kept_from {
            client
                .execute(
                    "select pg_replication_slot_advance($1, $2::text::pg_lsn)",
                    &[&SLOT, &rules::show_lsn(at)],
                )
                .await
                .context("cannot let go of what is archived")?;
        }
        self.through = through;
        self.at = Some((now.history, at));
        Ok(through)
    }

    /// Where to go on: behind the last piece in the place, or, with a gap, where the log still begins.
    async fn resume(&mut self, place: &Place, now: &Now, kept_from: u64) -> Result<u64> {
        let stored = now.history.pieces(place).await?;
        let begins = rules::segment_start(kept_from, now.segment);
        let last = stored.iter().map(|stored| &stored.piece).max_by_key(|piece| piece.to);
        match last {
            Some(piece) if piece.to >= begins && piece.to <= now.flushed => {
                self.through = piece.through;
                Ok(piece.to)
            }
            Some(_) => {
                tracing::warn!(
                    "there is a gap in the archived log: a point in time is reached again from the next backup on"
                );
                self.through = Timestamp::UNIX_EPOCH;
                Ok(begins)
            }
            None => Ok(begins),
        }
    }
}

async fn look(client: &Client, key: &str) -> Result<Now> {
    let row = client
        .query_one(
            "select clock_timestamp(), pg_current_wal_flush_lsn()::text,
               (select system_identifier::text from pg_control_system()),
               substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
               (select setting::bigint from pg_settings where name = 'wal_segment_size'),
               current_setting('data_directory')",
            &[],
        )
        .await
        .context("cannot ask the database for its log")?;
    let at: std::time::SystemTime = row.get(0);
    let history = History {
        key: key.to_owned(),
        system: row.get(2),
        timeline: u32::from_str_radix(row.get(3), 16).context("the timeline cannot be read")?,
    };
    Ok(Now {
        history,
        flushed: rules::parse_lsn(row.get(1))?,
        segment: u64::try_from(row.get::<_, i64>(4))?,
        folder: row.get::<_, String>(5).into(),
        at: at.try_into()?,
    })
}

/// Makes sure that the log is kept until it is archived; gives where it begins.
async fn slot(client: &Client) -> Result<u64> {
    let there = client
        .query_opt(
            "select restart_lsn::text, coalesce(wal_status, '') = 'lost' from pg_replication_slots where slot_name = $1",
            &[&SLOT],
        )
        .await?;
    if let Some(row) = &there {
        if let (Some(from), false) = (row.get::<_, Option<String>>(0), row.get(1)) {
            return rules::parse_lsn(&from);
        }
        tracing::warn!("the database let go of log that was not archived, so as not to fill the disk");
        client.execute("select pg_drop_replication_slot($1)", &[&SLOT]).await?;
    }
    let row = client
        .query_one("select lsn::text from pg_create_physical_replication_slot($1, true)", &[&SLOT])
        .await
        .context("cannot keep the log until it is archived")?;
    rules::parse_lsn(row.get(0))
}

/// Bytes of the log, all within one segment.
async fn read(now: &Now, from: u64, to: u64) -> Result<Bytes> {
    let name = rules::segment_name(now.history.timeline, from, now.segment);
    let path = now.folder.join("pg_wal").join(&name);
    let failed = || format!("cannot read the log {}", path.display());
    let mut file = tokio::fs::File::open(&path).await.with_context(failed)?;
    file.seek(std::io::SeekFrom::Start(from % now.segment)).await.with_context(failed)?;
    let mut bytes = vec![0; usize::try_from(to - from)?];
    file.read_exact(&mut bytes).await.with_context(failed)?;
    Ok(bytes.into())
}

/// Ends archiving for good: nothing is kept for it any more.
///
/// # Errors
/// When the database refuses.
pub async fn forget(owner_url: &str) -> Result<()> {
    let client = database::connect(owner_url).await?;
    client
        .execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active",
            &[&SLOT],
        )
        .await?;
    Ok(())
}

/// What the archive lacks at this moment, seen from outside: bytes of the log, and the instant
/// before which every commit is in the place.
///
/// # Errors
/// In words, when nothing is archived or a part cannot be reached.
pub async fn lag(owner_url: &str, place: &Place) -> Result<(u64, Timestamp)> {
    let client = database::connect(owner_url).await?;
    let now = look(&client, "").await?;
    let mut newest: Option<rules::Piece> = None;
    for stored in place.list("wal").await?.into_iter().filter_map(super::stored) {
        let of = History::parse(&stored.path);
        if of.is_some_and(|of| of.system == now.history.system && of.timeline == now.history.timeline)
            && newest.as_ref().is_none_or(|newest| newest.to < stored.piece.to)
        {
            newest = Some(stored.piece);
        }
    }
    match newest {
        Some(piece) => Ok((now.flushed.saturating_sub(piece.to), piece.through)),
        None => bail!("nothing of the log is archived"),
    }
}
