//! The dashboard's statements, over the published views of the modules.

use jiff::{ToSpan, civil::Date};
use rapport_base::{MemberId, Result};
use rapport_db::{EventRecord, TenantTx, row};
use rapport_web::Cx;
use uuid::Uuid;

row! {
    /// The tiles' numbers.
    pub struct Figures {
        /// Whether sample data is in the workspace.
        pub sample_data: bool,
        /// Deals in open stages.
        pub open_deals: i64,
        /// Their value times their probability, in the workspace's currency.
        pub weighted_cents: i64,
        /// Projects under way.
        pub active_projects: i64,
        /// The member's seconds this week.
        pub week_seconds: i64,
        /// Issued and not yet paid.
        pub open_invoices: i64,
        /// What is open of them, in the workspace's currency.
        pub open_cents: i64,
        /// Of these, past their due date.
        pub overdue_invoices: i64,
        /// Received this month, in the workspace's currency.
        pub revenue_cents: i64,
        /// Clients in need of attention.
        pub at_risk: i64,
    }
}

/// The tiles' numbers, in one statement.
pub async fn figures(tx: &TenantTx, cx: &Cx, today: Date, week_start: Date) -> Result<Figures> {
    tx.get(
        "select
           exists (select 1 from clients.v_clients where workspace_id = $1 and is_sample and deleted_at is null) as sample_data,
           deal.open_deals, deal.weighted_cents, project.active_projects, entry.week_seconds,
           invoice.open_invoices, invoice.open_cents, invoice.overdue_invoices, payment.revenue_cents, client.at_risk
         from
           (select count(*) as open_deals,
              coalesce(sum(value_cents * probability / 100) filter (where currency = $2), 0)::bigint as weighted_cents
            from deals.v_deals where workspace_id = $1 and stage_kind = 'open') as deal,
           (select count(*) as active_projects from projects.v_projects where workspace_id = $1 and status = 'active') as project,
           (select coalesce(sum(worked_seconds), 0)::bigint as week_seconds from timesheets.v_daily_time
            where workspace_id = $1 and member_id = $3 and date >= $4 and date < $5) as entry,
           (select count(*) filter (where open_cents > 0) as open_invoices,
              coalesce(sum(open_cents) filter (where currency = $2), 0)::bigint as open_cents,
              count(*) filter (where open_cents > 0 and due_date < $6) as overdue_invoices
            from invoicing.v_invoices where workspace_id = $1 and kind = 'invoice' and state = 'issued' and paid_at is null) as invoice,
           (select coalesce(sum(amount_cents - refunded_cents), 0)::bigint as revenue_cents from invoicing.v_payments
            where workspace_id = $1 and status = 'succeeded' and currency = $2
              and received_on >= $7 and received_on <= $6) as payment,
           (select count(*) as at_risk from pulse.v_client_health h
            join clients.v_clients c on c.workspace_id = $1 and c.id = h.client_id and c.deleted_at is null
            where h.workspace_id = $1 and h.risk_level in ('at_risk', 'critical')) as client",
        &[
            &tx.workspace(),
            &cx.workspace().currency,
            &cx.member.id,
            &week_start,
            &week_start.saturating_add(7.days()),
            &today,
            &today.first_of_month(),
        ],
    )
    .await
}

/// What was received in each of the last six months, the present one last.
pub async fn revenue_by_month(tx: &TenantTx, currency: &str, today: Date) -> Result<Vec<i64>> {
    let first = today.first_of_month().saturating_sub(5.months());
    let rows: Vec<(i64,)> = tx
        .query(
            "select coalesce(sum(p.amount_cents - p.refunded_cents), 0)::bigint
             from generate_series($3::date, $4::date, interval '1 month') as month
             left join invoicing.v_payments p on p.workspace_id = $1 and p.status = 'succeeded' and p.currency = $2
               and p.received_on >= month::date and p.received_on < (month + interval '1 month')::date
             group by month order by month",
            &[&tx.workspace(), &currency, &first, &today.first_of_month()],
        )
        .await?;
    Ok(rows.into_iter().map(|(cents,)| cents).collect())
}

/// The member's seconds on each day of a week.
pub async fn seconds_by_day(tx: &TenantTx, member: MemberId, week_start: Date) -> Result<Vec<i64>> {
    let worked: Vec<(Date, i64)> = tx
        .query(
            "select date, sum(worked_seconds)::bigint from timesheets.v_daily_time
             where workspace_id = $1 and member_id = $2 and date >= $3 and date < $3::date + 7
             group by date",
            &[&tx.workspace(), &member, &week_start],
        )
        .await?;
    let on = |day: Date| worked.iter().find(|(date, _)| *date == day).map_or(0, |(_, seconds)| *seconds);
    Ok((0..7).map(|day| on(week_start.saturating_add(day.days()))).collect())
}

row! {
    /// A task that waits for the member.
    pub struct MyTask {
        /// Id.
        pub id: Uuid,
        /// Title.
        pub title: String,
        /// Its project.
        pub project: String,
        /// When it is due.
        pub due_date: Option<Date>,
        /// low, medium, high, urgent.
        pub priority: String,
    }
}

/// The member's open tasks, the most pressing first.
pub async fn my_tasks(tx: &TenantTx, member: MemberId) -> Result<Vec<MyTask>> {
    tx.query(
        "select t.id, t.title, p.name as project, t.due_date, t.priority
         from projects.v_tasks t
         join projects.v_projects p on p.workspace_id = t.workspace_id and p.id = t.project_id
         where t.workspace_id = $1 and t.assigned_to = $2 and t.status <> 'done' and t.deleted_at is null
           and p.status in ('planning', 'active')
         order by t.due_date nulls last, t.id limit 8",
        &[&tx.workspace(), &member],
    )
    .await
}

/// The newest events of the workspace, without some kinds.
pub async fn recent(tx: &TenantTx, without: &[&str], most: i64) -> Result<Vec<EventRecord>> {
    tx.query(
        "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id,
           actor_kind, actor_id, actor_name, payload, at
         from spine.events where workspace_id = $1 and kind <> all($2) order by at desc, id desc limit $3",
        &[&tx.workspace(), &without, &most],
    )
    .await
}

/// The projects a member works on.
pub async fn assigned_projects(tx: &TenantTx, member: MemberId) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = tx
        .query(
            "select project_id from projects.v_project_members where workspace_id = $1 and member_id = $2 and left_at is null",
            &[&tx.workspace(), &member],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
