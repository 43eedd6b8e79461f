//! Background jobs: mail with links, and sweeping out what has ended.

use jiff::SignedDuration;
use rapport_base::Result;
use rapport_queue::{JobCx, JobInfo, Outcome, Schedule};

use crate::mail_tokens::jobs::{SendReset, SendSignIn};

/// What has ended is kept this long for looking back.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn all() -> Vec<JobInfo> {
    vec![JobInfo::of::<SendSignIn>(), JobInfo::of::<SendReset>()]
}

pub(crate) fn schedules() -> Vec<Schedule> {
    vec![Schedule::new("identity.sweep", "17 3 * * *", sweep).catching_up()]
}

/// Deletes sessions, tokens and signing keys that ended a month ago, in any order and as often as you like.
async fn sweep(cx: JobCx) -> Result<Outcome> {
    let tx = cx.app.db.system().await?;
    let before = tx.now() - KEPT;
    tx.execute("delete from identity.sessions where expires_at < $1 or idle_expires_at < $1", &[&before])
        .await?;
    tx.execute("delete from identity.tokens where expires_at < $1", &[&before]).await?;
    tx.execute("delete from identity.refresh_families where expires_at < $1", &[&before]).await?;
    tx.execute("delete from identity.signing_keys where retires_at < $1", &[&before]).await?;
    tx.execute("delete from identity.sign_ins where at < $1", &[&(before - KEPT - KEPT)]).await?;
    tx.commit().await?;
    Ok(Outcome::Done)
}
