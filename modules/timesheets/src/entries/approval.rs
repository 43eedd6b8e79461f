//! What approval does to entries: rates are frozen, and the projects' sums corrected to them.

use jiff::civil::Date;
use projects::{ProjectId, TaskId, rates::RateOf};
use rapport_base::{MemberId, Result};
use rapport_db::{TenantTx, row};

use super::{TimeEntryId, actions::Spent, rules};

row! {
    struct Waiting {
        id: TimeEntryId,
        project_id: ProjectId,
        task_id: Option<TaskId>,
        is_billable: bool,
        billable_seconds: i32,
        value_cents: i64,
        is_held: bool,
        billing_rate_cents: Option<i64>,
    }
}

/// Freezes the rates of a member's week as they are now. What an invoice holds keeps its billing rate.
pub(crate) async fn freeze(tx: &TenantTx, member: MemberId, week: Date) -> Result<()> {
    const SQL: &str = "select id, project_id, task_id, is_billable, coalesce(billable_seconds, duration_seconds) as billable_seconds,
         value_cents, invoice_id is not null as is_held, billing_rate_cents
       from timesheets.time_entries where workspace_id = $1 and member_id = $2 and week_start = $3 order by id for update";
    let waiting: Vec<Waiting> = tx.query(SQL, &[&tx.workspace(), &member, &week]).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let asked: Vec<RateOf> =
        waiting.iter().map(|e| RateOf { project: e.project_id, task: e.task_id, member }).collect();
    let rates = projects::rates::for_entries(tx, &asked).await?;
    let mut spent = Spent::default();
    let (mut ids, mut billing, mut costs, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (entry, rates) in waiting.iter().zip(rates) {
        let rate = if entry.is_held { entry.billing_rate_cents } else { Some(rates.billing_rate_cents) };
        let value = match rate {
            _ if entry.is_held => entry.value_cents,
            Some(rate) if entry.is_billable => rules::value_cents(rate, entry.billable_seconds.into()),
            _ => 0,
        };
        spent.add(entry.project_id, value - entry.value_cents, 0);
        ids.push(entry.id);
        billing.push(rate);
        costs.push(rates.cost_rate_cents);
        values.push(value);
    }
    const FREEZE: &str = "update timesheets.time_entries e set billing_rate_cents = frozen.billing, cost_rate_cents = frozen.cost,
         value_cents = frozen.value, updated_at = $6
       from unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[]) as frozen(id, billing, cost, value)
       where e.workspace_id = $1 and e.id = frozen.id";
    tx.execute(FREEZE, &[&tx.workspace(), &ids, &billing, &costs, &values, &tx.now()]).await?;
    spent.keep(tx).await
}

/// Lets the rates of a member's week float again; false, and nothing done, when an invoice holds some of it.
pub(crate) async fn thaw(tx: &TenantTx, member: MemberId, week: Date) -> Result<bool> {
    const HELD: &str = "select exists (select 1 from timesheets.time_entries
       where workspace_id = $1 and member_id = $2 and week_start = $3 and invoice_id is not null)";
    const THAW: &str = "update timesheets.time_entries set billing_rate_cents = null, cost_rate_cents = null, updated_at = $4
       where workspace_id = $1 and member_id = $2 and week_start = $3 and invoice_id is null";
    if tx.scalar(HELD, &[&tx.workspace(), &member, &week]).await? {
        return Ok(false);
    }
    tx.execute(THAW, &[&tx.workspace(), &member, &week, &tx.now()]).await?;
    Ok(true)
}
