//! What keeps the spine in shape; every worker brings it along.

use rapport_base::Result;

use crate::{JobCx, Outcome, Schedule};

const FORGOTTEN_AT_ONCE: u64 = 5_000;

pub(crate) fn schedules() -> [Schedule; 2] {
    [
        Schedule::new("spine_partitions", "11 1 * * *", make_partitions).catching_up(),
        Schedule::new("spine_deliveries", "41 1 * * *", forget_deliveries).catching_up(),
    ]
}

/// Months ahead get their partitions of the spine.
async fn make_partitions(cx: JobCx) -> Result<Outcome> {
    let tx = cx.app.db.system().await?;
    let (made,): (i32,) = tx.get("select spine.ensure_partitions(3)", &[]).await?;
    tx.commit().await?;
    if made > 0 {
        tracing::info!(made, "made partitions of the spine ahead of time");
    }
    Ok(Outcome::Done)
}

/// Notes of deliveries are dropped after ninety days.
async fn forget_deliveries(cx: JobCx) -> Result<Outcome> {
    loop {
        let tx = cx.app.db.system().await?;
        let gone = tx
            .execute(
                "delete from spine.deliveries d using (
                   select workspace_id, event_id, listener from spine.deliveries
                   where done_at < now() - interval '90 days' order by done_at limit 5000) old
                 where d.workspace_id = old.workspace_id and d.event_id = old.event_id and d.listener = old.listener",
                &[],
            )
            .await?;
        tx.commit().await?;
        if gone < FORGOTTEN_AT_ONCE {
            return Ok(Outcome::Done);
        }
    }
}
