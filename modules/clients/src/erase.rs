//! What goes when clients go that were never billed: sample data.

use rapport_base::Result;
use rapport_db::TenantTx;
use uuid::Uuid;

/// Deletes all this module has of the clients.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn erase_clients(tx: &TenantTx, clients: &[Uuid]) -> Result<()> {
    tx.execute(
        "delete from clients.notes where workspace_id = $1 and client_id = any ($2)",
        &[&tx.workspace(), &clients],
    )
    .await?;
    tx.execute(
        "delete from clients.clients where workspace_id = $1 and id = any ($2) and is_sample",
        &[&tx.workspace(), &clients],
    )
    .await?;
    Ok(())
}

/// The clients of the sample data.
///
/// # Errors
/// A bug when the database refuses.
pub async fn sample(tx: &TenantTx) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = tx
        .query("select id from clients.clients where workspace_id = $1 and is_sample", &[&tx.workspace()])
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Marks clients as sample data.
///
/// # Errors
/// A bug when the database refuses.
pub async fn mark_sample(tx: &TenantTx, clients: &[Uuid]) -> Result<()> {
    set(tx, clients, true).await
}

/// Makes clients of the sample data real ones.
///
/// # Errors
/// A bug when the database refuses.
pub async fn unmark_sample(tx: &TenantTx, clients: &[Uuid]) -> Result<()> {
    set(tx, clients, false).await
}

async fn set(tx: &TenantTx, clients: &[Uuid], sample: bool) -> Result<()> {
    tx.execute(
        "update clients.clients set is_sample = $3 where workspace_id = $1 and id = any ($2)",
        &[&tx.workspace(), &clients, &sample],
    )
    .await
    .map(drop)
}
