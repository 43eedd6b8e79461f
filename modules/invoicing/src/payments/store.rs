//! The payments' SQL.

use clients::ClientId;
use jiff::civil::Date;
use rapport_base::{Currency, Cursor, Limit, Page, Result, Total, WorkspaceId};
use rapport_db::{Built, SystemTx, TenantTx};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Allocation, Payment, PaymentId, PaymentQuery};
use crate::invoices::InvoiceId;

/// The columns of a [`Payment`] and where they come from.
macro_rules! payment {
    ($rest:literal) => {
        concat!(
            "select p.id, p.client_id, c.company_name as client_name, p.method, p.status, p.amount_cents, p.allocated_cents,
               p.refunded_cents, p.currency, p.exchange_rate, p.received_on, p.reference, p.notes, p.provider, p.provider_payment_id,
               p.created_at, p.version
             from invoicing.payments p
             join clients.v_clients c on c.workspace_id = $1 and c.id = p.client_id
             where p.workspace_id = $1 ",
            $rest
        )
    };
}

macro_rules! allocation {
    ($rest:literal) => {
        concat!(
            "select a.payment_id, a.invoice_id, i.invoice_number, a.amount_cents
             from invoicing.payment_allocations a
             join invoicing.invoices i on i.workspace_id = $1 and i.id = a.invoice_id
             where a.workspace_id = $1 ",
            $rest
        )
    };
}

pub(crate) async fn get(tx: &TenantTx, id: PaymentId) -> Result<Payment> {
    tx.get(payment!("and p.id = $2"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: PaymentId) -> Result<Payment> {
    tx.get(payment!("and p.id = $2 for update of p"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn find_by_provider(tx: &TenantTx, provider_payment_id: &str) -> Result<Option<Payment>> {
    tx.find(
        payment!("and p.provider = 'stripe' and p.provider_payment_id = $2"),
        &[&tx.workspace(), &provider_payment_id],
    )
    .await
}

/// The workspace of a payment by its id at Stripe.
pub(crate) async fn workspace_of(tx: &SystemTx, provider_payment_id: &str) -> Result<Option<WorkspaceId>> {
    let row: Option<(WorkspaceId,)> = tx
        .find(
            "select workspace_id from invoicing.payments where provider = 'stripe' and provider_payment_id = $1",
            &[&provider_payment_id],
        )
        .await?;
    Ok(row.map(|(workspace,)| workspace))
}

/// What a payment pays, the oldest first.
pub(crate) async fn allocations(tx: &TenantTx, id: PaymentId) -> Result<Vec<Allocation>> {
    tx.query(
        allocation!("and a.payment_id = $2 order by a.created_at, a.invoice_id"),
        &[&tx.workspace(), &id],
    )
    .await
}

/// Payments that pay an invoice, newest first.
pub(crate) async fn of_invoice(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<Payment>> {
    tx.query(
        payment!(
            "and exists (select 1 from invoicing.payment_allocations a where a.workspace_id = $1 and a.payment_id = p.id
               and a.invoice_id = $2) order by p.received_on desc, p.id desc limit 200"
        ),
        &[&tx.workspace(), &invoice],
    )
    .await
}

/// Payments with credit left for an invoice: of its client, in its currency, oldest first.
pub(crate) async fn credit(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<Payment>> {
    tx.query(
        payment!(
            "and (p.client_id, p.currency) = (select i.client_id, i.currency from invoicing.invoices i
               where i.workspace_id = $1 and i.id = $2) and p.status = 'succeeded'
             and p.amount_cents > p.allocated_cents + p.refunded_cents order by p.received_on, p.id limit 50"
        ),
        &[&tx.workspace(), &invoice],
    )
    .await
}

pub(crate) async fn client_currency(tx: &TenantTx, client: ClientId) -> Result<Option<Currency>> {
    let row: (Option<Currency>,) = tx
        .get(
            "select currency from clients.v_clients where workspace_id = $1 and id = $2",
            &[&tx.workspace(), &client],
        )
        .await?;
    Ok(row.0)
}

/// A payment about to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub id: PaymentId,
    pub client_id: ClientId,
    pub method: &'static str,
    pub amount_cents: i64,
    pub currency: Currency,
    pub exchange_rate: Option<Decimal>,
    pub received_on: Date,
    pub reference: String,
    pub notes: String,
    pub provider_payment_id: Option<String>,
    pub recorded_by: Option<Uuid>,
}

pub(crate) async fn insert(tx: &TenantTx, new: &NewRow) -> Result<()> {
    let provider = new.provider_payment_id.as_ref().map(|_| "stripe");
    tx.execute(
        "insert into invoicing.payments (workspace_id, id, client_id, method, amount_cents, currency, exchange_rate, received_on,
           reference, notes, provider, provider_payment_id, recorded_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        &[
            &tx.workspace(),
            &new.id,
            &new.client_id,
            &new.method,
            &new.amount_cents,
            &new.currency,
            &new.exchange_rate,
            &new.received_on,
            &new.reference,
            &new.notes,
            &provider,
            &new.provider_payment_id,
            &new.recorded_by,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Lets a payment pay an invoice with so much more.
pub(crate) async fn allocate(
    tx: &TenantTx,
    payment: PaymentId,
    client: ClientId,
    invoice: InvoiceId,
    cents: i64,
) -> Result<()> {
    tx.execute(
        "insert into invoicing.payment_allocations as a (workspace_id, payment_id, invoice_id, client_id, amount_cents, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (workspace_id, payment_id, invoice_id)
         do update set amount_cents = a.amount_cents + excluded.amount_cents, updated_at = excluded.updated_at",
        &[&tx.workspace(), &payment, &invoice, &client, &cents, &tx.now()],
    )
    .await?;
    tx.execute(
        "update invoicing.payments set allocated_cents = allocated_cents + $3, updated_at = $4, version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &payment, &cents, &tx.now()],
    )
    .await
    .map(drop)
}

/// Takes so much of a payment away from an invoice; the allocation goes when nothing is left.
pub(crate) async fn unallocate(
    tx: &TenantTx,
    payment: PaymentId,
    invoice: InvoiceId,
    cents: i64,
) -> Result<()> {
    let gone = tx
        .execute(
            "delete from invoicing.payment_allocations where workspace_id = $1 and payment_id = $2 and invoice_id = $3
               and amount_cents <= $4",
            &[&tx.workspace(), &payment, &invoice, &cents],
        )
        .await?;
    if gone == 0 {
        tx.execute(
            "update invoicing.payment_allocations set amount_cents = amount_cents - $4, updated_at = $5
             where workspace_id = $1 and payment_id = $2 and invoice_id = $3",
            &[&tx.workspace(), &payment, &invoice, &cents, &tx.now()],
        )
        .await?;
    }
    tx.execute(
        "update invoicing.payments set allocated_cents = allocated_cents - $3, updated_at = $4, version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &payment, &cents, &tx.now()],
    )
    .await
    .map(drop)
}

pub(crate) async fn add_refunded(tx: &TenantTx, payment: PaymentId, cents: i64) -> Result<()> {
    tx.execute(
        "update invoicing.payments set refunded_cents = refunded_cents + $3, updated_at = $4, version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &payment, &cents, &tx.now()],
    )
    .await
    .map(drop)
}

/// `false` when it was disputed before.
pub(crate) async fn set_disputed(tx: &TenantTx, payment: PaymentId) -> Result<bool> {
    let rows = tx
        .execute(
            "update invoicing.payments set status = 'disputed', updated_at = $3, version = version + 1
             where workspace_id = $1 and id = $2 and status = 'succeeded'",
            &[&tx.workspace(), &payment, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

/// A refund about to be written.
pub(crate) struct RefundRow<'a> {
    pub id: Uuid,
    pub payment: PaymentId,
    pub amount_cents: i64,
    pub reason: &'a str,
    pub status: &'static str,
    pub by: Option<Uuid>,
}

pub(crate) async fn insert_refund(tx: &TenantTx, refund: &RefundRow<'_>) -> Result<()> {
    tx.execute(
        "insert into invoicing.refunds (workspace_id, id, payment_id, amount_cents, reason, status, refunded_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        &[
            &tx.workspace(),
            &refund.id,
            &refund.payment,
            &refund.amount_cents,
            &refund.reason,
            &refund.status,
            &refund.by,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

rapport_db::row! {
    /// A refund that the provider is to make.
    pub(crate) struct PendingRefund {
        pub payment_id: PaymentId,
        pub amount_cents: i64,
        pub provider_payment_id: String,
    }
}

pub(crate) async fn find_pending_refund(tx: &TenantTx, id: Uuid) -> Result<Option<PendingRefund>> {
    tx.find(
        "select r.payment_id, r.amount_cents, p.provider_payment_id from invoicing.refunds r
         join invoicing.payments p on p.workspace_id = $1 and p.id = r.payment_id
         where r.workspace_id = $1 and r.id = $2 and r.status = 'pending' and p.provider_payment_id is not null
         for update of r",
        &[&tx.workspace(), &id],
    )
    .await
}

pub(crate) async fn end_refund(
    tx: &TenantTx,
    id: Uuid,
    status: &str,
    provider_id: Option<&str>,
    failure: Option<&str>,
) -> Result<()> {
    tx.execute(
        "update invoicing.refunds set status = $3, provider_refund_id = $4, failure = $5, updated_at = $6
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &status, &provider_id, &failure, &tx.now()],
    )
    .await
    .map(drop)
}

fn filtered(sql: Built, query: &PaymentQuery) -> Built {
    let mut sql = sql;
    if let Some(client) = query.client_id {
        sql = sql.sql(" and p.client_id = ").bind(client);
    }
    if query.unapplied == Some(true) {
        sql =
            sql.sql(" and p.status = 'succeeded' and p.amount_cents > p.allocated_cents + p.refunded_cents");
    }
    if let Some(from) = query.from {
        sql = sql.sql(" and p.received_on >= ").bind(from);
    }
    if let Some(to) = query.to {
        sql = sql.sql(" and p.received_on <= ").bind(to);
    }
    sql
}

/// A page of payments: `sql` as far as the workspace, then which payments, newest first.
fn paged(tx: &TenantTx, sql: &'static str, query: &PaymentQuery) -> Result<Built> {
    let after: Option<(Date, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let mut rows = filtered(Built::new(sql).bind(tx.workspace()), query);
    if let Some((day, id)) = after {
        rows = rows.sql(" and (p.received_on, p.id) < (").bind(day).sql(", ").bind(id).sql(")");
    }
    let limit = Limit::try_new(query.limit)?;
    Ok(rows.sql(" order by p.received_on desc, p.id desc").limit(limit))
}

/// What the payments of a page pay, the oldest first.
pub(crate) async fn allocations_of_page(tx: &TenantTx, query: &PaymentQuery) -> Result<Vec<Allocation>> {
    const SQL: &str =
        allocation!("and a.payment_id in (select p.id from invoicing.payments p where p.workspace_id = ");
    tx.query_built(&paged(tx, SQL, query)?.sql(") order by a.created_at, a.invoice_id")).await
}

pub(crate) async fn list(tx: &TenantTx, query: &PaymentQuery) -> Result<Page<Payment>> {
    let limit = Limit::try_new(query.limit)?;
    let rows = paged(tx, payment!("and p.workspace_id = "), query)?;
    let count =
        Built::new("select count(*) from (select 1 from invoicing.payments p where p.workspace_id = ");
    let count = filtered(count.bind(tx.workspace()), query).sql(" limit 1001) as counted");
    let (rows, counted) = futures::join!(tx.query_built::<Payment>(&rows), tx.query_built::<(i64,)>(&count));
    let total = Total::capped(counted?.first().map_or(0, |(count,)| *count));
    Ok(Page::cut(rows?, limit, total, |row| Cursor::pack(&(row.received_on, row.id))))
}
