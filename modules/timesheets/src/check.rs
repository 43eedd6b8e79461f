//! What projects count as spent and logged, rebuilt from entries and expenses.

use futures::{FutureExt, future::BoxFuture};
use projects::{ProjectId, spent::Fact};
use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_web::Check;

/// Compares the sums of projects with their sources.
pub const CHECK: Check = Check { name: "spent and logged of projects", run: compare };

fn compare(tx: &TenantTx) -> BoxFuture<'_, Result<Vec<String>>> {
    async move {
        const SQL: &str = "select project_id, sum(cents)::bigint, sum(seconds)::bigint from (
             select project_id, value_cents as cents, duration_seconds as seconds from timesheets.time_entries where workspace_id = $1
             union all
             select project_id, billable_cents, 0 from timesheets.expenses
             where workspace_id = $1 and status in ('approved', 'invoiced', 'reimbursed')) as sources
           group by project_id";
        let sums: Vec<(ProjectId, i64, i64)> = tx.query(SQL, &[&tx.workspace()]).await?;
        let facts: Vec<Fact> =
            sums.into_iter().map(|(project, spent_cents, logged_seconds)| Fact { project, spent_cents, logged_seconds }).collect();
        projects::spent::compare(tx, &facts).await
    }
    .boxed()
}
