//! What time is worth: floating with the rates of its day until approval freezes them. The projects' sums follow.

use jiff::civil::Date;
use projects::{
    ProjectId, TaskId,
    rates::{RateOf, Rates},
};
use rapport_base::{MemberId, Result};
use rapport_db::{TenantTx, row};

use super::{TimeEntryId, actions::Spent, rules};

/// Entries looked at in one step of [`revalue_in`].
const STEP: i64 = 1_000;

row! {
    struct Worked {
        id: TimeEntryId,
        member_id: MemberId,
        project_id: ProjectId,
        task_id: Option<TaskId>,
        date: Date,
        is_billable: bool,
        billable_seconds: i32,
        value_cents: i64,
        is_held: bool,
        billing_rate_cents: Option<i64>,
    }
}

macro_rules! worked {
    ($which:literal) => {
        concat!(
            "select id, member_id, project_id, task_id, date, is_billable,
               coalesce(billable_seconds, duration_seconds) as billable_seconds, value_cents,
               invoice_id is not null as is_held, billing_rate_cents
             from timesheets.time_entries where workspace_id = $1 and ",
            $which
        )
    };
}

impl Worked {
    fn value_at(&self, rates: &Rates) -> i64 {
        match self.is_billable {
            true => rules::value_cents(rates.billing_rate_cents, self.billable_seconds.into()),
            false => 0,
        }
    }
}

async fn rates_of(tx: &TenantTx, worked: &[Worked]) -> Result<Vec<Rates>> {
    let asked =
        |e: &Worked| RateOf { project: e.project_id, task: e.task_id, member: e.member_id, date: e.date };
    projects::rates::for_entries(tx, &worked.iter().map(asked).collect::<Vec<_>>()).await
}

/// Freezes the rates of a member's week as they are now. What an invoice holds keeps its billing rate.
pub(crate) async fn freeze(tx: &TenantTx, member: MemberId, week: Date) -> Result<()> {
    const SQL: &str = worked!("member_id = $2 and week_start = $3 order by id for update");
    const FREEZE: &str = "update timesheets.time_entries e set billing_rate_cents = frozen.billing, cost_rate_cents = frozen.cost,
         value_cents = frozen.value, updated_at = $6
       from unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[]) as frozen(id, billing, cost, value)
       where e.workspace_id = $1 and e.id = frozen.id";
    let week: Vec<Worked> = tx.query(SQL, &[&tx.workspace(), &member, &week]).await?;
    if week.is_empty() {
        return Ok(());
    }
    let mut spent = Spent::default();
    let (mut ids, mut billing, mut costs, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (entry, rates) in week.iter().zip(rates_of(tx, &week).await?) {
        let (rate, value) = match entry.is_held {
            true => (entry.billing_rate_cents, entry.value_cents),
            false => (Some(rates.billing_rate_cents), entry.value_at(&rates)),
        };
        spent.add(entry.project_id, value - entry.value_cents, 0);
        ids.push(entry.id);
        billing.push(rate);
        costs.push(rates.cost_rate_cents);
        values.push(value);
    }
    tx.execute(FREEZE, &[&tx.workspace(), &ids, &billing, &costs, &values, &tx.now()]).await?;
    spent.keep(tx).await
}

/// Time that is not approved: all of it, or what was worked by a member, on a project, on a task.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenTime {
    /// By this member only.
    pub member: Option<MemberId>,
    /// On this project only.
    pub project: Option<ProjectId>,
    /// On this task only.
    pub task: Option<TaskId>,
}

/// Counts open time at the rates of its days as they are now; how many entries changed their value.
///
/// # Errors
/// A bug when the database refuses.
pub async fn revalue_in(tx: &TenantTx, open: OpenTime) -> Result<u64> {
    const SQL: &str = worked!(
        "timesheet_status <> 'approved' and is_billable and invoice_id is null and id > $2
           and ($3::uuid is null or member_id = $3) and ($4::uuid is null or project_id = $4) and ($5::uuid is null or task_id = $5)
         order by id limit $6 for update"
    );
    const VALUE: &str = "update timesheets.time_entries e set value_cents = new.value, updated_at = $4
       from unnest($2::uuid[], $3::int8[]) as new(id, value) where e.workspace_id = $1 and e.id = new.id";
    let (mut spent, mut changed) = (Spent::default(), 0);
    let mut after = TimeEntryId::from(uuid::Uuid::nil());
    loop {
        let step: Vec<Worked> =
            tx.query(SQL, &[&tx.workspace(), &after, &open.member, &open.project, &open.task, &STEP]).await?;
        let Some(last) = step.last() else { break };
        after = last.id;
        let (mut ids, mut values) = (Vec::new(), Vec::new());
        for (entry, rates) in step.iter().zip(rates_of(tx, &step).await?) {
            let value = entry.value_at(&rates);
            if value != entry.value_cents {
                spent.add(entry.project_id, value - entry.value_cents, 0);
                ids.push(entry.id);
                values.push(value);
            }
        }
        if !ids.is_empty() {
            changed += tx.execute(VALUE, &[&tx.workspace(), &ids, &values, &tx.now()]).await?;
        }
    }
    spent.keep(tx).await?;
    Ok(changed)
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
