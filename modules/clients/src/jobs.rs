//! What goes on with clients behind the scenes.

use jiff::SignedDuration;
use rapport_base::{Error, Result, WorkspaceId};
use rapport_db::{App, EventRecord, Origin, TenantTx};
use rapport_queue::{JobCx, Listener, Outcome, Schedule};

use crate::clients::{ClientId, store};

/// Clients stay in the bin that long.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What the clock does.
pub fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("clients.purge", "40 3 * * *", |cx: JobCx| async move {
            purge(&cx.app).await?;
            Ok(Outcome::Done)
        })
        .catching_up(),
    ]
}

/// What events do: whatever happens with a client counts as activity.
pub fn listeners() -> Vec<Listener> {
    const KINDS: &[&str] = &[
        "deal.",
        "project.status_changed",
        "milestone.completed",
        "deliverable.",
        "invoice.",
        "payment.",
        "message.",
        "portal.visited",
        "feedback.given",
        "client.updated",
        "client.stage_changed",
        "contact.",
    ];
    vec![Listener::new("clients.touch", KINDS, touch)]
}

async fn touch(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    match event.client_id {
        Some(client) => store::touch(tx, client.into(), event.at).await,
        None => Ok(()),
    }
}

/// Empties the bin of what has lain in it for 30 days.
pub(crate) async fn purge(app: &App) -> Result<()> {
    let before = app.clock.now() - KEPT;
    loop {
        let tx = app.db.system().await?;
        let due = store::to_purge(&tx, before).await?;
        drop(tx);
        if due.is_empty() {
            return Ok(());
        }
        for (workspace, client) in due {
            purge_one(app, workspace, client, before).await?;
        }
    }
}

async fn purge_one(
    app: &App,
    workspace: WorkspaceId,
    client: ClientId,
    before: jiff::Timestamp,
) -> Result<()> {
    let tx = app.db.begin(workspace, Origin::system()).await?;
    match store::purge(&tx, client, before).await {
        Ok(()) => return tx.commit().await,
        Err(error) if still_pointed_at(&error) => {}
        Err(error) => return Err(error),
    }
    let tx = app.db.begin(workspace, Origin::system()).await?;
    store::erase(&tx, client).await?;
    tx.commit().await
}

fn still_pointed_at(error: &Error) -> bool {
    error
        .cause::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::code)
        .is_some_and(|code| *code == tokio_postgres::error::SqlState::FOREIGN_KEY_VIOLATION)
}
