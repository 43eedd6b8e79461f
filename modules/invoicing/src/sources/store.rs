//! The SQL of what can be billed.

use clients::ClientId;
use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::Result;
use rapport_db::{Params, TenantTx};

use super::{Billable, SourceKind};
use crate::invoices::{InvoiceId, LineId};

const TIME: &str = "select 'time' as kind, t.id, t.project_id, t.project_name, t.currency, t.date, t.task_id, t.task_title,
    t.member_id, t.member_name, t.description, t.billable_seconds::bigint as seconds, r.rate as rate_cents,
    coalesce(round(r.rate::numeric * t.billable_seconds / 3600), 0)::bigint as amount_cents
  from timesheets.v_billable_time t
  join identity.v_workspace w on w.workspace_id = $1
  cross join lateral (select coalesce(t.rate_cents, case when t.currency = w.currency then w.default_hourly_rate_cents end) as rate) r
  where t.workspace_id = $1 and t.client_id = $2 and t.timesheet_status = 'approved' and t.billable_seconds > 0
    and ($3::uuid[] is null or t.project_id = any($3))
    and ($4::date is null or t.date >= $4) and ($5::date is null or t.date <= $5)
  order by t.date, t.id limit 3000";

const EXPENSES: &str =
    "select 'expense' as kind, e.id, e.project_id, e.project_name, e.currency, e.date, null::uuid as task_id,
    null::text as task_title, e.member_id, m.name as member_name,
    concat_ws(' · ', e.category, nullif(e.merchant, ''), nullif(e.description, '')) as description,
    null::bigint as seconds, null::bigint as rate_cents, e.billable_cents as amount_cents
  from timesheets.v_billable_expenses e
  join identity.v_members m on m.workspace_id = $1 and m.id = e.member_id
  where e.workspace_id = $1 and e.client_id = $2 and ($3::uuid[] is null or e.project_id = any($3))
    and ($4::date is null or e.date >= $4) and ($5::date is null or e.date <= $5)
  order by e.date, e.id limit 3000";

const MILESTONES: &str = "select 'milestone' as kind, s.id, s.project_id, s.project_name, s.currency,
    (s.completed_at at time zone w.timezone)::date as date, null::uuid as task_id, null::text as task_title,
    null::uuid as member_id, null::text as member_name, s.title as description,
    null::bigint as seconds, null::bigint as rate_cents, s.amount_cents
  from projects.v_milestones_to_bill s
  join identity.v_workspace w on w.workspace_id = $1
  where s.workspace_id = $1 and s.client_id = $2 and s.amount_cents > 0 and ($3::uuid[] is null or s.project_id = any($3))
    and ($4::date is null or (s.completed_at at time zone w.timezone)::date >= $4)
    and ($5::date is null or (s.completed_at at time zone w.timezone)::date <= $5)
  order by s.completed_at, s.id limit 3000";

/// Whose work of which time is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub client: ClientId,
    pub projects: Option<Vec<ProjectId>>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub kinds: Vec<SourceKind>,
}

/// What no invoice holds yet: time, expenses, milestones, each by date.
pub(crate) async fn billable(tx: &TenantTx, filter: &Filter) -> Result<Vec<Billable>> {
    let workspace = tx.workspace();
    let params: Params = &[&workspace, &filter.client, &filter.projects, &filter.from, &filter.to];
    let wanted = |kind: SourceKind, sql: &'static str| async move {
        if filter.kinds.contains(&kind) { tx.query::<Billable>(sql, params).await } else { Ok(Vec::new()) }
    };
    let (time, expenses, milestones) = futures::join!(
        wanted(SourceKind::Time, TIME),
        wanted(SourceKind::Expenses, EXPENSES),
        wanted(SourceKind::Milestones, MILESTONES),
    );
    let (mut all, expenses, milestones) = (time?, expenses?, milestones?);
    all.extend(expenses);
    all.extend(milestones);
    Ok(all)
}

/// How many of some projects are the client's.
pub(crate) async fn count_projects(tx: &TenantTx, client: ClientId, ids: &[ProjectId]) -> Result<i64> {
    tx.scalar(
        "select count(*) from projects.v_projects where workspace_id = $1 and client_id = $2 and id = any($3)",
        &[&tx.workspace(), &client, &ids],
    )
    .await
}

/// The client's projects by name, for choosing.
pub(crate) async fn projects(tx: &TenantTx, client: ClientId) -> Result<Vec<(ProjectId, String)>> {
    tx.query(
        "select id, name from projects.v_projects where workspace_id = $1 and client_id = $2 order by name_sort, id limit 300",
        &[&tx.workspace(), &client],
    )
    .await
}

/// One source of a line about to be written.
pub(crate) struct NewSource<'a> {
    pub line_id: LineId,
    pub work: &'a Billable,
    pub amount_cents: i64,
}

pub(crate) async fn insert(tx: &TenantTx, invoice: InvoiceId, sources: &[NewSource<'_>]) -> Result<()> {
    tx.execute(
        "insert into invoicing.invoice_line_sources (workspace_id, invoice_id, id, line_id, source_kind, source_id, project_id,
           member_id, date, description, seconds, rate_cents, amount_cents, created_at)
         select $1, $2, gen_random_uuid(), given.*, $13
         from unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::date[], $9::text[], $10::int8[], $11::int8[],
           $12::int8[]) as given",
        &[
            &tx.workspace(),
            &invoice,
            &sources.iter().map(|s| s.line_id).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.kind.clone()).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.id).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.project_id).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.member_id).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.date).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.description.clone()).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.seconds).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.work.rate_cents).collect::<Vec<_>>(),
            &sources.iter().map(|s| s.amount_cents).collect::<Vec<_>>(),
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Every source an invoice holds: sort, id and line.
pub(crate) async fn held(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<(String, uuid::Uuid, LineId)>> {
    tx.query(
        "select source_kind, source_id, line_id from invoicing.invoice_line_sources
         where workspace_id = $1 and invoice_id = $2 and released_at is null",
        &[&tx.workspace(), &invoice],
    )
    .await
}

/// Notes that a void invoice holds its sources no more.
pub(crate) async fn release(tx: &TenantTx, invoice: InvoiceId) -> Result<()> {
    tx.execute(
        "update invoicing.invoice_line_sources set released_at = $3
         where workspace_id = $1 and invoice_id = $2 and released_at is null",
        &[&tx.workspace(), &invoice, &tx.now()],
    )
    .await
    .map(drop)
}
