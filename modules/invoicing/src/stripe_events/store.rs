//! The SQL of Stripe's events.

use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, row};
use rapport_gateways::stripe::Event;

/// Keeps an event as it came; `false` when it came before.
pub(crate) async fn insert(tx: &SystemTx, event: &Event, body: &[u8], signature: &str) -> Result<bool> {
    let rows = tx
        .execute(
            "insert into invoicing.stripe_events (id, kind, account_id, is_live, body, signature, received_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
            &[&event.id, &event.kind, &event.account, &event.livemode, &body, &signature, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

row! {
    /// An event as it came.
    pub(crate) struct Stored {
        pub body: Vec<u8>,
        pub is_processed: bool,
    }
}

pub(crate) async fn find(tx: &SystemTx, id: &str) -> Result<Option<Stored>> {
    tx.find(
        "select body, processed_at is not null as is_processed from invoicing.stripe_events where id = $1",
        &[&id],
    )
    .await
}

pub(crate) async fn processed(tx: &SystemTx, id: &str, workspace: Option<WorkspaceId>) -> Result<()> {
    tx.execute(
        "update invoicing.stripe_events set processed_at = $2, workspace_id = coalesce($3, workspace_id),
           attempts = attempts + 1, last_error = null
         where id = $1",
        &[&id, &tx.now(), &workspace],
    )
    .await
    .map(drop)
}

pub(crate) async fn failed(tx: &SystemTx, id: &str, error: &str) -> Result<()> {
    let error: String = error.chars().take(2_000).collect();
    tx.execute(
        "update invoicing.stripe_events set attempts = attempts + 1, last_error = $2 where id = $1",
        &[&id, &error],
    )
    .await
    .map(drop)
}

/// Lets an event be worked on again.
pub(crate) async fn reopen(tx: &SystemTx, id: &str) -> Result<bool> {
    Ok(tx.execute("update invoicing.stripe_events set processed_at = null where id = $1", &[&id]).await? == 1)
}

/// Removes what was worked on more than ninety days ago.
pub(crate) async fn sweep(tx: &SystemTx, before: jiff::Timestamp) -> Result<u64> {
    tx.execute(
        "delete from invoicing.stripe_events where processed_at is not null and received_at < $1",
        &[&before],
    )
    .await
}
