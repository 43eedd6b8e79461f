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
        "delete from deals.deals where workspace_id = $1 and client_id = any ($2)",
        &[&tx.workspace(), &clients],
    )
    .await?;
    Ok(())
}
