//! What is done in the background: making exports, and clearing them away.

use std::time::Duration;

use data_encoding::HEXLOWER;
use jiff::SignedDuration;
use notifications::{ByEmail, NewNotice, NoticeKind, To};
use rapport_base::{Error, Result, WorkspaceId};
use rapport_db::App;
use rapport_queue::{Job, JobCx, JobInfo, Outcome, Schedule};
use rapport_storage::{Key, Store, Stored};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    events::{ExportFailed, ExportReady},
    exports::{AREA, ExportId, LASTS, store},
    watch::{NOT_WANTED, Watch},
    writing::{self, Pack},
};

/// How often the work is begun before it counts as failed.
const MOST_ATTEMPTS: i32 = 5;
/// An export nobody has worked on for so long will not be made any more.
const STUCK: SignedDuration = SignedDuration::from_hours(6);
/// The largest file.
const LARGEST: u64 = 1 << 42;
/// What is told of a failure: the reason is in the log.
const FAILED: &str =
    "Something went wrong while the file was made. Try again; if it fails again, ask whoever runs Rapport.";

/// What members can be told.
pub(crate) const NOTICES: &[NoticeKind] = &[NoticeKind {
    name: "export.ready",
    group: "Workspace",
    label: "An export you asked for is ready, or failed",
    icon: "package",
    by_email: ByEmail::Now,
}];

pub(crate) fn all() -> Vec<JobInfo> {
    vec![JobInfo::of::<Make>()]
}

pub(crate) fn schedules() -> Vec<Schedule> {
    vec![Schedule::new("transfer.sweep", "*/10 * * * *", |cx: JobCx| async move {
        sweep(&cx.app).await?;
        Ok(Outcome::Done)
    })]
}

/// Makes one export. Begun anew when whoever made it was killed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Make {
    pub export_id: ExportId,
}

impl Job for Make {
    const NAME: &'static str = "transfer.make_export";
    const MAX_ATTEMPTS: i16 = 12;
    const TIME_LIMIT: Duration = Duration::from_secs(4 * 3_600);

    fn queue(&self) -> Option<String> {
        Some("transfer".into())
    }

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let id = self.export_id;
        let workspace = cx.workspace.ok_or_else(|| Error::message("an export belongs to a workspace"))?;
        let tx = cx.begin().await?;
        let Some(begun) = store::begin(&tx, id).await? else { return Ok(Outcome::Done) };
        let key = Key::new(workspace.uuid(), AREA, id.uuid(), begun.attempts.unsigned_abs());
        store::note_place(&tx, id, key.as_str()).await?;
        tx.commit().await?;
        let files: Store = cx.app.parts.get();
        if let Some(old) = begun.storage_key {
            files.delete(&old.parse().map_err(Error::bug)?).await.map_err(Error::bug)?;
        }
        match make(&cx.app, workspace, id, &key).await {
            Ok(stored) => finish(&cx, id, stored, begun.requested_by).await,
            Err(error) if error.to_string() == NOT_WANTED => Ok(Outcome::Done),
            Err(error) if begun.attempts >= MOST_ATTEMPTS => {
                tracing::error!(error = format!("{error:#}"), export = %id, "an export failed");
                fail(&cx, id, begun.requested_by).await
            }
            Err(error) => Err(Error::Bug(error)),
        }
    }
}

/// Writes everything into the store.
async fn make(app: &App, workspace: WorkspaceId, id: ExportId, key: &Key) -> anyhow::Result<Stored> {
    let files: Store = app.parts.get();
    let (pack, bytes) = Pack::new();
    let mut watch = Watch::of(app, workspace, id);
    let (written, stored) = futures::join!(
        writing::write(app, workspace, pack, &mut watch),
        files.put_stream(key, bytes, LARGEST)
    );
    match (written, stored) {
        (Ok(_), Ok(stored)) => Ok(stored),
        (Ok(_), Err(error)) => Err(error.into()),
        // The store's own trouble is the cause when nobody takes the bytes any more.
        (Err(error), Err(cause)) if error.to_string() == writing::GONE => Err(anyhow::Error::from(cause)),
        (Err(error), _) => Err(error),
    }
}

async fn finish(cx: &JobCx, id: ExportId, stored: Stored, asked: rapport_base::MemberId) -> Result<Outcome> {
    let tx = cx.begin().await?;
    let until = tx.now() + LASTS;
    let bytes = i64::try_from(stored.bytes).unwrap_or(i64::MAX);
    if !store::finish(&tx, id, (bytes, &stored.sha256), until).await? {
        return Ok(Outcome::Done);
    }
    let sha256 = HEXLOWER.encode(&stored.sha256);
    tx.publish(&ExportReady { export_id: id.uuid(), bytes, sha256 });
    let body = "It can be downloaded for 24 hours. Whoever holds the file can read everything in it.";
    notifications::notify(&tx, notice(id, asked, "Your export of the workspace is ready", body)).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}

async fn fail(cx: &JobCx, id: ExportId, asked: rapport_base::MemberId) -> Result<Outcome> {
    let tx = cx.begin().await?;
    if store::fail(&tx, id, FAILED).await? {
        tx.publish(&ExportFailed { export_id: id.uuid() });
        notifications::notify(&tx, notice(id, asked, "The export of the workspace failed", FAILED)).await?;
        tx.commit().await?;
    }
    Ok(Outcome::Done)
}

fn notice(id: ExportId, asked: rapport_base::MemberId, title: &str, body: &str) -> NewNotice {
    NewNotice {
        to: To::Member(asked),
        kind: "export.ready",
        title: title.to_owned(),
        body: body.to_owned(),
        href: "settings/exports".to_owned(),
        key: Uuid::from(id).to_string(),
    }
}

/// Removes files whose day is over or that nobody wants, and gives up exports nobody works on.
///
/// # Errors
/// A bug when the database or the store refuses.
pub async fn sweep(app: &App) -> Result<()> {
    let files: Store = app.parts.get();
    let now = app.clock.now();
    let tx = app.db.system().await?;
    let stuck = store::fail_stuck(&tx, now - STUCK, FAILED, now).await?;
    if stuck > 0 {
        tracing::warn!(stuck, "exports were given up that nobody worked on");
    }
    for over in store::over(&tx, now).await? {
        if let Some(key) = over.storage_key {
            let key: Key = key.parse().map_err(Error::bug)?;
            files.delete(&key).await.map_err(Error::bug)?;
        }
        store::gone(&tx, over.workspace_id, over.id, now).await?;
    }
    tx.commit().await
}
