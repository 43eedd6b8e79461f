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
        "delete from timesheets.timers where workspace_id = $1 and project_id in (select id from projects.v_projects where workspace_id = $1 and client_id = any ($2))",
        &[&tx.workspace(), &clients],
    )
    .await?;
    tx.execute(
        "delete from timesheets.time_entries where workspace_id = $1 and project_id in (select id from projects.v_projects where workspace_id = $1 and client_id = any ($2))",
        &[&tx.workspace(), &clients],
    )
    .await?;
    tx.execute(
        "delete from timesheets.expenses where workspace_id = $1 and project_id in (select id from projects.v_projects where workspace_id = $1 and client_id = any ($2))",
        &[&tx.workspace(), &clients],
    )
    .await?;
    Ok(())
}

/// Of some clients, those with time that was submitted or with expenses that were decided.
///
/// # Errors
/// A bug when the database refuses.
pub async fn clients_with_locked(tx: &TenantTx, clients: &[Uuid]) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = tx
        .query(
            "select distinct p.client_id from projects.v_projects p
             where p.workspace_id = $1 and p.client_id = any ($2)
               and (exists (select 1 from timesheets.time_entries e
                            where e.workspace_id = $1 and e.project_id = p.id and e.timesheet_status in ('submitted', 'approved'))
                 or exists (select 1 from timesheets.expenses x
                            where x.workspace_id = $1 and x.project_id = p.id and x.status in ('approved', 'invoiced', 'reimbursed')))",
            &[&tx.workspace(), &clients],
        )
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
