//! Proving the sums that are kept in step.

use rapport_base::Result;
use rapport_db::TenantTx;

async fn differences(tx: &TenantTx, sql: &'static str) -> Result<Vec<String>> {
    let found: Vec<(String, i64, i64)> = tx.query(sql, &[&tx.workspace()]).await?;
    Ok(found
        .into_iter()
        .map(|(what, kept, fact)| format!("{what}: kept {kept}, by its parts {fact}"))
        .collect())
}

/// Subtotal and tax against the lines.
pub(crate) async fn totals(tx: &TenantTx) -> Result<Vec<String>> {
    differences(
        tx,
        "select coalesce(i.invoice_number, 'draft ' || i.id::text), i.subtotal_cents + i.tax_cents,
           coalesce(sum(l.amount_cents + l.tax_cents), 0)::bigint
         from invoicing.invoices i
         left join invoicing.invoice_lines l on l.workspace_id = $1 and l.invoice_id = i.id
         where i.workspace_id = $1
         group by i.workspace_id, i.id, i.invoice_number, i.subtotal_cents, i.tax_cents
         having i.subtotal_cents + i.tax_cents <> coalesce(sum(l.amount_cents + l.tax_cents), 0) limit 100",
    )
    .await
}

/// What invoices say was paid against the allocations.
pub(crate) async fn paid(tx: &TenantTx) -> Result<Vec<String>> {
    differences(
        tx,
        "select i.invoice_number, i.paid_cents, coalesce(sum(a.amount_cents), 0)::bigint
         from invoicing.invoices i
         left join invoicing.payment_allocations a on a.workspace_id = $1 and a.invoice_id = i.id
         where i.workspace_id = $1 and i.state <> 'draft'
         group by i.workspace_id, i.id, i.invoice_number, i.paid_cents
         having i.paid_cents <> coalesce(sum(a.amount_cents), 0) limit 100",
    )
    .await
}

/// What payments say they pay against the allocations.
pub(crate) async fn allocated(tx: &TenantTx) -> Result<Vec<String>> {
    differences(
        tx,
        "select 'payment ' || p.id::text, p.allocated_cents, coalesce(sum(a.amount_cents), 0)::bigint
         from invoicing.payments p
         left join invoicing.payment_allocations a on a.workspace_id = $1 and a.payment_id = p.id
         where p.workspace_id = $1
         group by p.workspace_id, p.id, p.allocated_cents
         having p.allocated_cents <> coalesce(sum(a.amount_cents), 0) limit 100",
    )
    .await
}
