//! What the clock does to files: bytes that nothing points at any more go.

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use rapport_base::{Error, Result};
use rapport_db::App;
use rapport_queue::{JobCx, Outcome, Schedule};
use rapport_storage::{Key, Store};
use uuid::Uuid;

use crate::files::{receive, store};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Replaced versions are kept that long.
const KEEP_REPLACED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Deleted files are kept that long.
const KEEP_DELETED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// All of them.
pub fn schedules() -> Vec<Schedule> {
    vec![Schedule::new("files.sweep", "25 3 * * *", |cx: JobCx| async move {
        sweep(&cx.app).await?;
        Ok(Outcome::Done)
    })]
}

/// Removes what is no longer wanted: old bytes, bytes never recorded, pieces of broken uploads.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    purge(app).await?;
    sweep_orphans(app).await?;
    app.parts.get::<Store>().sweep(app.clock.now() - DAY).await.map(drop).map_err(Error::bug)
}

/// Removes the bytes of versions replaced 90 days ago and of files deleted 30 days ago.
async fn purge(app: &App) -> Result<()> {
    let files: Store = app.parts.get();
    let now = app.clock.now();
    loop {
        let tx = app.db.system().await?;
        let expired = store::to_purge(&tx, now - KEEP_REPLACED, now - KEEP_DELETED).await?;
        if expired.is_empty() {
            return Ok(());
        }
        for version in &expired {
            let key: Key = version.storage_key.parse().map_err(Error::bug)?;
            files.delete(&key).await.map_err(Error::bug)?;
            store::purged(&tx, version).await?;
        }
        tx.commit().await?;
    }
}

/// Removes bytes that came in a day ago or earlier and were never recorded.
async fn sweep_orphans(app: &App) -> Result<()> {
    let files: Store = app.parts.get();
    let before = app.clock.now() - DAY;
    let mut listing =
        files.list_all().try_filter(|object| std::future::ready(is_old(&object.key, before))).try_chunks(500);
    while let Some(objects) = listing.try_next().await.map_err(|e| Error::bug(e.1))? {
        let keys: Vec<String> = objects.iter().map(|object| object.key.to_string()).collect();
        let known = store::known_keys(&app.db.system().await?, &keys).await?;
        for object in objects.iter().filter(|object| !known.contains(&object.key.to_string())) {
            files.delete(&object.key).await.map_err(Error::bug)?;
        }
    }
    Ok(())
}

/// Whether a key is of this module's room and was made before an instant, by the time in its id.
fn is_old(key: &Key, before: Timestamp) -> bool {
    let mut pieces = key.as_str().split('/').skip(1);
    if pieces.next() != Some(receive::AREA.name()) {
        return false;
    }
    let made = pieces.next().and_then(|id| id.parse::<Uuid>().ok()).and_then(|id| id.get_timestamp());
    made.and_then(|at| Timestamp::from_second(i64::try_from(at.to_unix().0).ok()?).ok())
        .is_some_and(|at| at < before)
}
