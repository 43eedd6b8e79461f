//! Point-in-time recovery of the private cluster: its write-ahead log ("the log"), piece by piece
//! into the place, and a copy of its folder (a base) with every backup.
//!
//! ```text
//! wal/<key>/<system>-<timeline>/<from>-<to>-<through>   a stretch of the log, encrypted
//! backups/<id>/base                                     the copy, a tar, encrypted
//! ```
//!
//! The program reads the log itself, up to what is on the disk for good. A replication slot keeps
//! PostgreSQL from letting go of what is not in the place yet, up to a bound: a place that cannot be
//! reached never stops the database, it costs the point in time until the next base.
//!
//! Nothing is seen in the place before it is whole, and what is damaged does not open; pieces
//! name where they begin and end, so that a missing one shows.

mod base;
mod recover;
mod rules;
mod run;

pub use base::Base;
pub(crate) use base::take as take_base;
pub use recover::{Way, reach, reachable};
pub use run::{Archiver, Archiving, Lag, Order as ArchiveOrder, forget, lag};

use anyhow::Result;
use jiff::Timestamp;

use crate::place::Place;
use rules::Piece;

/// One line of history of one cluster, closed by one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    key: String,
    system: String,
    timeline: u32,
}

/// A piece as it lies in the place.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub piece: Piece,
    pub path: String,
    pub bytes: u64,
    pub modified: Timestamp,
}

impl History {
    fn folder(&self) -> String {
        format!("wal/{}/{}-{}", self.key, self.system, self.timeline)
    }

    /// The history a path belongs to.
    fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("wal/")?.split('/');
        let (key, name) = (parts.next()?, parts.next()?);
        let (system, timeline) = name.rsplit_once('-')?;
        Some(Self { key: key.to_owned(), system: system.to_owned(), timeline: timeline.parse().ok()? })
    }

    async fn pieces(&self, place: &Place) -> Result<Vec<Stored>> {
        Ok(place.list(&self.folder()).await?.into_iter().filter_map(stored).collect())
    }
}

fn stored(thing: crate::place::Thing) -> Option<Stored> {
    let piece = Piece::parse(thing.path.rsplit('/').next()?)?;
    Some(Stored { piece, path: thing.path, bytes: thing.bytes, modified: thing.modified })
}

/// Removes pieces that none of these bases needs; gives how many.
pub(crate) async fn prune(
    place: &Place,
    bases: &[(String, Base)],
    old: impl Fn(Timestamp) -> bool,
) -> Result<usize> {
    let mut removed = 0;
    for stored in place.list("wal").await?.into_iter().filter_map(stored) {
        let Some(history) = History::parse(&stored.path) else { continue };
        let of = bases.iter().filter(|(key, base)| base.history(key) == history);
        let oldest = of.map(|(_, base)| base.begins()).min();
        if rules::is_needless(&stored.piece, oldest, old(stored.modified)) {
            place.delete(&stored.path).await?;
            removed += 1;
        }
    }
    Ok(removed)
}
