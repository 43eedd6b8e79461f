//! Holding work for an invoice, so that it is billed once.

use projects::MilestoneId;
use rapport_base::{Error, Result};
use rapport_db::TenantTx;
use timesheets::{ExpenseId, TimeEntryId};
use uuid::Uuid;

use super::store;
use crate::invoices::{InvoiceId, LineId};

/// Reserves work for the lines of a draft.
///
/// # Errors
/// Conflict when another invoice was quicker.
pub(crate) async fn reserve(
    tx: &TenantTx,
    invoice: InvoiceId,
    work: &[(String, Uuid, LineId)],
) -> Result<()> {
    fn of<T: From<Uuid>>(work: &[(String, Uuid, LineId)], kind: &str) -> Vec<(T, Uuid)> {
        let found = work.iter().filter(|(known, _, _)| known == kind);
        found.map(|(_, id, line)| (T::from(*id), line.uuid())).collect()
    }
    let time: Vec<(TimeEntryId, Uuid)> = of(work, "time");
    let expenses: Vec<(ExpenseId, Uuid)> = of(work, "expense");
    let milestones: Vec<(MilestoneId, Uuid)> = of(work, "milestone");
    if !time.is_empty() {
        timesheets::reserve_time_in(tx, invoice.uuid(), &time).await?;
    }
    if !expenses.is_empty() {
        timesheets::reserve_expenses_in(tx, invoice.uuid(), &expenses).await?;
    }
    if !milestones.is_empty() {
        projects::milestones::reserve_in(tx, invoice.uuid(), &milestones).await?;
    }
    Ok(())
}

/// Sets free everything an invoice holds.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn release(tx: &TenantTx, invoice: InvoiceId) -> Result<()> {
    timesheets::release_in(tx, invoice.uuid()).await?;
    projects::milestones::release_in(tx, invoice.uuid()).await?;
    Ok(())
}

/// Sets free what lines that are gone held; called once the remaining lines are written.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn keep_only_written(tx: &TenantTx, invoice: InvoiceId) -> Result<()> {
    let held = store::held(tx, invoice).await?;
    release(tx, invoice).await?;
    reserve(tx, invoice, &held).await
}

/// Notes that the invoice went out.
///
/// # Errors
/// A bug when the database refuses.
pub(crate) async fn mark_invoiced(tx: &TenantTx, invoice: InvoiceId) -> Result<()> {
    timesheets::mark_invoiced_in(tx, invoice.uuid(), tx.now()).await?;
    projects::milestones::invoiced_in(tx, invoice.uuid(), tx.now()).await?;
    Ok(())
}

/// Whether someone else was quicker in holding the same work.
pub(crate) fn was_taken(error: &Error) -> bool {
    error.is("timesheets.taken")
        || error.is("milestones.taken")
        || rapport_db::constraint(error) == Some("invoice_line_sources_billed_once")
}
