//! What the edge remembers is forgotten in time.

use rapport_base::Result;
use rapport_db::App;
use rapport_queue::{JobCx, Outcome, Schedule};

const FORGOTTEN_AT_ONCE: u64 = 5_000;

/// Answers to repeated requests are kept for a day, counters until they mean nothing any more.
const FORGET: [&str; 2] = [
    "delete from web.idempotency_keys k using (
       select workspace_id, key from web.idempotency_keys
       where created_at < $1 - interval '24 hours' order by created_at limit 5000) old
     where k.workspace_id = old.workspace_id and k.key = old.key",
    "delete from web.rate_counters c using (
       select key from web.rate_counters
       where window_start < $1 - interval '2 days' and (blocked_until is null or blocked_until < $1 - interval '2 days')
       order by window_start limit 5000) old
     where c.key = old.key",
];

pub(crate) fn schedules() -> [Schedule; 1] {
    let swept = |cx: JobCx| async move { sweep(&cx.app).await.map(|()| Outcome::Done) };
    [Schedule::new("web.sweep", "23 * * * *", swept).catching_up()]
}

/// Deletes what has served its time; every hour by itself.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(app: &App) -> Result<()> {
    for sql in FORGET {
        let mut gone = FORGOTTEN_AT_ONCE;
        while gone == FORGOTTEN_AT_ONCE {
            let tx = app.db.system().await?;
            gone = tx.execute(sql, &[&app.clock.now()]).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
