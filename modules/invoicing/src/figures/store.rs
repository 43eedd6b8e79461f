//! The SQL of sums.

use clients::ClientId;
use jiff::civil::Date;
use rapport_base::{Currency, Result};
use rapport_db::{TenantTx, row};

row! {
    /// What a client owes in a currency.
    pub(crate) struct Balance {
        pub currency: Currency,
        pub open_cents: i64,
        pub overdue_cents: i64,
    }
}

pub(crate) async fn balances(tx: &TenantTx, client: ClientId, today: Date) -> Result<Vec<Balance>> {
    tx.query(
        "select currency, sum(total_cents - paid_cents - credited_cents)::bigint as open_cents,
           coalesce(sum(total_cents - paid_cents - credited_cents) filter (where due_date < $3), 0)::bigint as overdue_cents
         from invoicing.invoices
         where workspace_id = $1 and client_id = $2 and kind = 'invoice' and state = 'issued' and paid_at is null
         group by currency order by 2 desc",
        &[&tx.workspace(), &client, &today],
    )
    .await
}

pub(crate) async fn count_overdue(tx: &TenantTx, today: Date) -> Result<i64> {
    tx.scalar(
        "select count(*) from (select 1 from invoicing.invoices
           where workspace_id = $1 and state = 'issued' and kind = 'invoice' and paid_at is null and due_date < $2 limit 100) as late",
        &[&tx.workspace(), &today],
    )
    .await
}

row! {
    /// What is open in a currency, by how late it is.
    #[derive(Clone, Debug)]
    pub(crate) struct Open {
        pub currency: Currency,
        pub invoices: i64,
        pub open_cents: i64,
        pub overdue: i64,
        pub overdue_cents: i64,
        pub not_due_cents: i64,
        pub to_30_cents: i64,
        pub to_60_cents: i64,
        pub to_90_cents: i64,
        pub later_cents: i64,
    }
}

/// What is open in each currency.
pub(crate) async fn open(tx: &TenantTx, today: Date) -> Result<Vec<Open>> {
    tx.query(
        "select currency, count(*) as invoices, sum(open)::bigint as open_cents,
           count(*) filter (where late > 0) as overdue,
           coalesce(sum(open) filter (where late > 0), 0)::bigint as overdue_cents,
           coalesce(sum(open) filter (where late <= 0), 0)::bigint as not_due_cents,
           coalesce(sum(open) filter (where late between 1 and 30), 0)::bigint as to_30_cents,
           coalesce(sum(open) filter (where late between 31 and 60), 0)::bigint as to_60_cents,
           coalesce(sum(open) filter (where late between 61 and 90), 0)::bigint as to_90_cents,
           coalesce(sum(open) filter (where late > 90), 0)::bigint as later_cents
         from (select currency, total_cents - paid_cents - credited_cents as open, $2::date - due_date as late
               from invoicing.invoices
               where workspace_id = $1 and state = 'issued' and kind = 'invoice' and paid_at is null) as i
         group by currency order by 3 desc",
        &[&tx.workspace(), &today],
    )
    .await
}

/// Money received less money returned, by month and currency.
pub(crate) async fn revenue(tx: &TenantTx, from: Date) -> Result<Vec<(Currency, Date, i64)>> {
    tx.query(
        "select currency, date_trunc('month', received_on::timestamp)::date, sum(amount_cents - refunded_cents)::bigint
         from invoicing.payments where workspace_id = $1 and received_on >= $2 and status = 'succeeded'
         group by 1, 2 order by 1, 2",
        &[&tx.workspace(), &from],
    )
    .await
}

/// Days from issue to the last payment, by the month of that: sum and count.
pub(crate) async fn days_to_pay(tx: &TenantTx, from: Date) -> Result<Vec<(Date, i64, i64)>> {
    tx.query(
        "select date_trunc('month', paid)::date, sum(greatest(paid::date - issue_date, 0))::bigint, count(*)
         from (select issue_date, paid_at at time zone w.timezone as paid
               from invoicing.invoices i join identity.v_workspace w on w.workspace_id = $1
               where i.workspace_id = $1 and i.kind = 'invoice' and i.state = 'issued' and i.total_cents > 0
                 and i.paid_at >= ($2::date)::timestamptz) as settled
         group by 1 order by 1",
        &[&tx.workspace(), &from],
    )
    .await
}

row! {
    /// How many invoices of each sort there are, each up to a thousand.
    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Counts {
        pub all: i64,
        pub draft: i64,
        pub open: i64,
        pub overdue: i64,
        pub paid: i64,
    }
}

pub(crate) async fn counts(tx: &TenantTx, today: Date) -> Result<Counts> {
    tx.get(
        "select
           (select count(*) from (select 1 from invoicing.invoices where workspace_id = $1 and kind = 'invoice' limit 1001) c) as all,
           (select count(*) from (select 1 from invoicing.invoices where workspace_id = $1 and kind = 'invoice'
              and state = 'draft' limit 1001) c) as draft,
           (select count(*) from (select 1 from invoicing.invoices where workspace_id = $1 and kind = 'invoice'
              and state = 'issued' and paid_at is null limit 1001) c) as open,
           (select count(*) from (select 1 from invoicing.invoices where workspace_id = $1 and kind = 'invoice'
              and state = 'issued' and paid_at is null and due_date < $2 limit 1001) c) as overdue,
           (select count(*) from (select 1 from invoicing.invoices where workspace_id = $1 and kind = 'invoice'
              and state = 'issued' and paid_at is not null limit 1001) c) as paid",
        &[&tx.workspace(), &today],
    )
    .await
}
