//! What invoices do with the amounts of milestones: each is billed once.

use jiff::Timestamp;
use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::MilestoneId;

/// Reserves reached milestones for the lines of an invoice, in one statement: two who
/// bill at the same time never both get one.
///
/// # Errors
/// Conflict `milestones.taken` when one is not there, not reached, or held by another invoice.
pub async fn reserve_in(tx: &TenantTx, invoice: Uuid, lines: &[(MilestoneId, Uuid)]) -> Result<()> {
    let (ids, line_ids): (Vec<MilestoneId>, Vec<Uuid>) = lines.iter().copied().unzip();
    let taken = tx
        .execute(
            "update projects.milestones as m set invoice_id = $2, invoice_line_id = given.line_id, updated_at = $5
             from unnest($3::uuid[], $4::uuid[]) as given (id, line_id)
             where m.workspace_id = $1 and m.id = given.id and m.deleted_at is null and m.invoice_id is null
               and m.completed_at is not null and m.amount_cents is not null",
            &[&tx.workspace(), &invoice, &ids, &line_ids, &tx.now()],
        )
        .await?;
    if usize::try_from(taken).unwrap_or(usize::MAX) == lines.len() {
        return Ok(());
    }
    Err(Refusal::conflict("milestones.taken", "One of these milestones is on another invoice already, or is open again. Look at the list once more.").into())
}

/// Sets free what an invoice holds.
///
/// # Errors
/// A bug when the database refuses.
pub async fn release_in(tx: &TenantTx, invoice: Uuid) -> Result<u64> {
    tx.execute(
        "update projects.milestones set invoice_id = null, invoice_line_id = null, invoiced_at = null, updated_at = $3
         where workspace_id = $1 and invoice_id = $2",
        &[&tx.workspace(), &invoice, &tx.now()],
    )
    .await
}

/// Notes that the invoice that holds them went out.
///
/// # Errors
/// A bug when the database refuses.
pub async fn invoiced_in(tx: &TenantTx, invoice: Uuid, at: Timestamp) -> Result<u64> {
    tx.execute(
        "update projects.milestones set invoiced_at = $3, updated_at = $4 where workspace_id = $1 and invoice_id = $2",
        &[&tx.workspace(), &invoice, &at, &tx.now()],
    )
    .await
}
