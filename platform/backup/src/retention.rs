//! Letting go of old backups, and of files that no backup names any more.

use std::collections::HashSet;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::{archive, files, kept, place::Place, place::envelope_path, rules::Keep};

/// What lies about unfinished for so long was cut off.
const CUT_OFF: SignedDuration = SignedDuration::from_hours(24);

/// What a swap took out can be taken back for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Whole backups that were too old.
    pub backups: Vec<String>,
    /// Beginnings of backups that never became whole.
    pub beginnings: usize,
    /// Files that no backup names any more.
    pub files: usize,
    /// What swaps of a workspace took out, a month ago or earlier.
    pub kept: usize,
    /// Pieces of the log that no backup's copy of the cluster needs any more.
    pub log: usize,
}

/// Removes what is too old, what was cut off a day ago or earlier, and files that nothing names.
/// Files stay while another backup is being made: it may count on them.
///
/// # Errors
/// When the place cannot be read or written.
pub async fn prune(place: &Place, keep: Keep, now: Timestamp) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    if keep.is_everything() {
        return Ok(pruned);
    }
    let (whole, _) = place.backups().await?;
    let dates = whole.iter().map(|envelope| (envelope.id.clone(), envelope.started_at)).collect();
    for id in keep.too_old(dates, now) {
        // Its last file first: half removed, it is not a backup any more.
        place.delete(&envelope_path(&id)).await?;
        remove(place, &format!("backups/{id}")).await?;
        pruned.backups.push(id);
    }
    let left: Vec<_> = whole.iter().filter(|envelope| !pruned.backups.contains(&envelope.id)).collect();
    for envelope in kept::list(place).await?.iter().filter(|kept| kept.started_at < now - KEPT) {
        place.delete(&kept::envelope_path(&envelope.id)).await?;
        remove(place, &format!("kept/{}", envelope.id)).await?;
        pruned.kept += 1;
    }
    let bases: Vec<_> =
        left.iter().filter_map(|envelope| Some((envelope.key.clone(), envelope.base.clone()?))).collect();
    pruned.log = archive::prune(place, &bases, |modified| modified < now - CUT_OFF).await?;
    let mut being_made = false;
    for name in place.names().await? {
        if place.find(&envelope_path(&name)).await?.is_some() {
            continue;
        }
        let things = place.list(&format!("backups/{name}")).await?;
        let newest = things.iter().map(|thing| thing.modified).max();
        if newest.is_some_and(|newest| newest < now - CUT_OFF) {
            remove(place, &format!("backups/{name}")).await?;
            pruned.beginnings += 1;
        } else {
            being_made = true;
        }
    }
    if being_made {
        return Ok(pruned);
    }
    let mut named = HashSet::new();
    for envelope in left {
        named.extend(files::index(place, envelope).await?.into_iter().map(|part| part.path));
    }
    for thing in place.list("files").await? {
        if !named.contains(&thing.path) && thing.modified < now - CUT_OFF {
            place.delete(&thing.path).await?;
            pruned.files += 1;
        }
    }
    Ok(pruned)
}

async fn remove(place: &Place, folder: &str) -> Result<()> {
    for thing in place.list(folder).await? {
        place.delete(&thing.path).await?;
    }
    Ok(())
}
