//! What goes when clients go that were never billed: sample data.

use rapport_base::Result;
use rapport_db::TenantTx;
use uuid::Uuid;

use crate::{invoices::InvoiceId, sources::hold};

/// Deletes all drafts of the clients; whoever was sent an invoice is kept by the database.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn erase_clients(tx: &TenantTx, clients: &[Uuid]) -> Result<()> {
    let drafts: Vec<(InvoiceId,)> = tx
        .query(
            "select id from invoicing.invoices where workspace_id = $1 and client_id = any($2) and state = 'draft' for update",
            &[&tx.workspace(), &clients],
        )
        .await?;
    for (draft,) in &drafts {
        hold::release(tx, *draft).await?;
    }
    tx.execute(
        "delete from invoicing.invoices where workspace_id = $1 and client_id = any($2) and state = 'draft'",
        &[&tx.workspace(), &clients],
    )
    .await?;
    Ok(())
}

/// Of some clients, those who were ever sent an invoice or paid one.
///
/// # Errors
/// A bug when the database refuses.
pub async fn clients_with_issued(tx: &TenantTx, clients: &[Uuid]) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = tx
        .query(
            "select distinct client_id from invoicing.invoices
             where workspace_id = $1 and client_id = any ($2) and state <> 'draft'
             union select client_id from invoicing.payments where workspace_id = $1 and client_id = any ($2)",
            &[&tx.workspace(), &clients],
        )
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
