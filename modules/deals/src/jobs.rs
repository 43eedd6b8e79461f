//! What goes on with deals behind the scenes.

use clients::ClientUpdated;
use jiff::SignedDuration;
use rapport_base::Result;
use rapport_db::{App, EventRecord, Origin, TenantTx};
use rapport_queue::{JobCx, Listener, Outcome, Schedule};

use crate::deals::{actions, store};

/// Deleted deals can be restored that long.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the clock does.
pub fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("deals.purge", "50 3 * * *", |cx: JobCx| async move {
            purge(&cx.app).await?;
            Ok(Outcome::Done)
        })
        .catching_up(),
    ]
}

/// What events do: deals are found by their client's newest name.
pub fn listeners() -> Vec<Listener> {
    vec![Listener::new("deals.reindex", &["client.updated"], reindex)]
}

async fn reindex(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let updated: ClientUpdated = event.read()?;
    if !updated.changed.iter().any(|field| field == "company_name") {
        return Ok(());
    }
    for deal in store::of_client(tx, updated.client_id.into(), None).await? {
        actions::reindex_one(tx, &deal).await?;
    }
    Ok(())
}

/// Removes deals deleted 30 days ago.
pub(crate) async fn purge(app: &App) -> Result<()> {
    let before = app.clock.now() - KEPT;
    loop {
        let due = store::to_purge(&app.db.system().await?, before).await?;
        if due.is_empty() {
            return Ok(());
        }
        for (workspace, deal) in due {
            let tx = app.db.begin(workspace, Origin::system()).await?;
            store::purge(&tx, deal, before).await?;
            tx.commit().await?;
        }
    }
}
