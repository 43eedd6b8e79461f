//! What invoices do with time and expenses: each is billed once.

use jiff::Timestamp;
use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::TimeEntryId;
use crate::ExpenseId;

/// Reserves billable time for the lines of an invoice, in one statement: two who bill
/// at the same time never both get an entry.
///
/// # Errors
/// Conflict `timesheets.taken` when an entry is not there, not billable, or held by another invoice.
pub async fn reserve_time_in(tx: &TenantTx, invoice: Uuid, lines: &[(TimeEntryId, Uuid)]) -> Result<()> {
    // Locked in the order of ids, so that two who bill never wait for each other in a circle; what the
    // other one took meanwhile is left out after the wait.
    const SQL: &str = "with free as (
         select e.id, given.line_id from unnest($3::uuid[], $4::uuid[]) as given(id, line_id)
         join timesheets.time_entries e on e.workspace_id = $1 and e.id = given.id
         where e.is_billable and e.invoice_id is null order by e.id for update of e)
       update timesheets.time_entries e set invoice_id = $2, invoice_line_id = free.line_id, updated_at = $5
       from free where e.workspace_id = $1 and e.id = free.id";
    let (ids, line_ids): (Vec<TimeEntryId>, Vec<Uuid>) = lines.iter().copied().unzip();
    let taken = tx.execute(SQL, &[&tx.workspace(), &invoice, &ids, &line_ids, &tx.now()]).await?;
    all_taken(taken, lines.len())
}

/// Reserves approved billable expenses for the lines of an invoice, in one statement.
///
/// # Errors
/// Conflict `timesheets.taken` when one is not there, not approved, not billable, or held by another invoice.
pub async fn reserve_expenses_in(tx: &TenantTx, invoice: Uuid, lines: &[(ExpenseId, Uuid)]) -> Result<()> {
    const SQL: &str = "with free as (
         select e.id, given.line_id from unnest($3::uuid[], $4::uuid[]) as given(id, line_id)
         join timesheets.expenses e on e.workspace_id = $1 and e.id = given.id
         where e.is_billable and e.invoice_id is null and e.status in ('approved', 'reimbursed') order by e.id for update of e)
       update timesheets.expenses e set invoice_id = $2, invoice_line_id = free.line_id, updated_at = $5
       from free where e.workspace_id = $1 and e.id = free.id";
    let (ids, line_ids): (Vec<ExpenseId>, Vec<Uuid>) = lines.iter().copied().unzip();
    let taken = tx.execute(SQL, &[&tx.workspace(), &invoice, &ids, &line_ids, &tx.now()]).await?;
    all_taken(taken, lines.len())
}

fn all_taken(taken: u64, asked: usize) -> Result<()> {
    if usize::try_from(taken).unwrap_or(usize::MAX) == asked {
        return Ok(());
    }
    let message = "Some of this time or these expenses are on another invoice already. Look at what is left, then try again.";
    Err(Refusal::conflict("timesheets.taken", message).into())
}

/// Sets free what an invoice holds, time and expenses; how many they were.
///
/// # Errors
/// A bug when the database refuses.
pub async fn release_in(tx: &TenantTx, invoice: Uuid) -> Result<u64> {
    const TIME: &str = "update timesheets.time_entries set invoice_id = null, invoice_line_id = null, invoiced_at = null, updated_at = $3
       where workspace_id = $1 and invoice_id = $2";
    const EXPENSES: &str =
        "update timesheets.expenses set invoice_id = null, invoice_line_id = null, invoiced_at = null,
         status = case when status = 'invoiced' then 'approved' else status end, updated_at = $3
       where workspace_id = $1 and invoice_id = $2";
    change_both(tx, TIME, EXPENSES, &[&tx.workspace(), &invoice, &tx.now()]).await
}

/// Notes that the invoice that holds them went out; how many they were.
///
/// # Errors
/// A bug when the database refuses.
pub async fn mark_invoiced_in(tx: &TenantTx, invoice: Uuid, at: Timestamp) -> Result<u64> {
    const TIME: &str = "update timesheets.time_entries set invoiced_at = $4, updated_at = $3 where workspace_id = $1 and invoice_id = $2";
    const EXPENSES: &str = "update timesheets.expenses set invoiced_at = $4,
         status = case when status = 'approved' then 'invoiced' else status end, updated_at = $3
       where workspace_id = $1 and invoice_id = $2";
    change_both(tx, TIME, EXPENSES, &[&tx.workspace(), &invoice, &tx.now(), &at]).await
}

async fn change_both(
    tx: &TenantTx,
    time: &'static str,
    expenses: &'static str,
    params: rapport_db::Params<'_>,
) -> Result<u64> {
    let (time, expenses) = futures::join!(tx.execute(time, params), tx.execute(expenses, params));
    Ok(time? + expenses?)
}
