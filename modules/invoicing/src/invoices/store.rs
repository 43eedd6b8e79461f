//! The invoices' SQL: reading, and the fields of the invoice itself.

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use projects::ProjectId;
use rapport_base::{Currency, Result};
use rapport_db::{SystemTx, TenantTx, row};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::{Invoice, InvoiceId, Line, LineSource, LineTax, TaxTotal, amounts::Totals};

/// The columns of an [`Invoice`] and where they come from.
macro_rules! invoice {
    ($rest:literal) => {
        concat!(
            "select i.id, i.invoice_number, i.client_id, c.company_name as client_name, i.project_id, p.name as project_name,
               (select l.description from invoicing.invoice_lines l where l.workspace_id = $1 and l.invoice_id = i.id
                 order by l.position limit 1) as about,
               i.state, i.currency, i.exchange_rate, i.prices_include_tax, i.tax_rounding, i.subtotal_cents, i.discount_cents,
               i.tax_cents, i.total_cents, i.paid_cents, i.credited_cents, i.issue_date, i.due_date, i.period_from, i.period_to,
               i.purchase_order, i.notes, i.terms, i.shows_timesheet, i.issued_at, i.sent_at, i.viewed_at, i.paid_at, i.voided_at, i.void_reason,
               i.created_at, i.updated_at, i.version
             from invoicing.invoices i
             join clients.v_clients c on c.workspace_id = $1 and c.id = i.client_id
             left join projects.v_projects p on p.workspace_id = $1 and p.id = i.project_id
             where i.workspace_id = $1 and i.kind = 'invoice' ",
            $rest
        )
    };
}
pub(crate) use invoice;

pub(crate) async fn get(tx: &TenantTx, id: InvoiceId) -> Result<Invoice> {
    tx.get(invoice!("and i.id = $2"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: InvoiceId) -> Result<Invoice> {
    tx.get(invoice!("and i.id = $2 for update of i"), &[&tx.workspace(), &id]).await
}

/// Locks several invoices in one order, so that two who lock the same ones wait for each other.
pub(crate) async fn lock_all(tx: &TenantTx, ids: &[InvoiceId]) -> Result<Vec<Invoice>> {
    tx.query(invoice!("and i.id = any($2) order by i.id for update of i"), &[&tx.workspace(), &ids]).await
}

/// Issued invoices of a client, newest first.
pub(crate) async fn of_client(tx: &TenantTx, client: ClientId) -> Result<Vec<Invoice>> {
    tx.query(
        invoice!(
            "and i.client_id = $2 and i.state <> 'draft' order by i.issue_date desc, i.id desc limit 200"
        ),
        &[&tx.workspace(), &client],
    )
    .await
}

/// One issued invoice of a client.
pub(crate) async fn find_of_client(
    tx: &TenantTx,
    client: ClientId,
    id: InvoiceId,
) -> Result<Option<Invoice>> {
    tx.find(
        invoice!("and i.client_id = $2 and i.id = $3 and i.state <> 'draft'"),
        &[&tx.workspace(), &client, &id],
    )
    .await
}

pub(crate) async fn lines(tx: &TenantTx, id: InvoiceId) -> Result<Vec<Line>> {
    tx.query(
        "select id, position, description, detail, quantity, unit, unit_price_cents, discount_percent, discount_cents,
           amount_cents, tax_cents, source_kind, project_id
         from invoicing.invoice_lines where workspace_id = $1 and invoice_id = $2 order by position",
        &[&tx.workspace(), &id],
    )
    .await
}

pub(crate) async fn line_taxes(tx: &TenantTx, id: InvoiceId) -> Result<Vec<LineTax>> {
    tx.query(
        "select line_id, tax_rate_id, name, percent, is_compound, exemption_reason, base_cents, tax_cents
         from invoicing.invoice_line_taxes where workspace_id = $1 and invoice_id = $2 order by line_id, position",
        &[&tx.workspace(), &id],
    )
    .await
}

pub(crate) async fn taxes(tx: &TenantTx, id: InvoiceId) -> Result<Vec<TaxTotal>> {
    tx.query(
        "select name, percent, exemption_reason, base_cents, tax_cents
         from invoicing.invoice_taxes where workspace_id = $1 and invoice_id = $2 order by position",
        &[&tx.workspace(), &id],
    )
    .await
}

pub(crate) async fn sources(tx: &TenantTx, id: InvoiceId) -> Result<Vec<LineSource>> {
    tx.query(
        "select s.line_id, s.source_kind as kind, s.source_id as id, s.project_id, m.name as member_name, s.date, s.description,
           s.seconds, s.rate_cents, s.amount_cents
         from invoicing.invoice_line_sources s
         left join identity.v_members m on m.workspace_id = $1 and m.id = s.member_id
         where s.workspace_id = $1 and s.invoice_id = $2 order by s.date, s.id",
        &[&tx.workspace(), &id],
    )
    .await
}

/// An invoice about to be drafted.
pub(crate) struct NewRow {
    pub id: InvoiceId,
    pub client_id: ClientId,
    pub project_id: Option<ProjectId>,
    pub currency: Currency,
    pub prices_include_tax: bool,
    pub tax_rounding: String,
    pub due_date: Option<Date>,
    pub period_from: Option<Date>,
    pub period_to: Option<Date>,
    pub purchase_order: String,
    pub notes: String,
    pub terms: String,
    pub shows_timesheet: bool,
    pub created_by: Option<Uuid>,
}

pub(crate) async fn insert(tx: &TenantTx, new: &NewRow) -> Result<()> {
    tx.execute(
        "insert into invoicing.invoices (workspace_id, id, client_id, project_id, currency, prices_include_tax, tax_rounding,
           due_date, period_from, period_to, purchase_order, notes, terms, shows_timesheet, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        &[
            &tx.workspace(),
            &new.id,
            &new.client_id,
            &new.project_id,
            &new.currency,
            &new.prices_include_tax,
            &new.tax_rounding,
            &new.due_date,
            &new.period_from,
            &new.period_to,
            &new.purchase_order,
            &new.notes,
            &new.terms,
            &new.shows_timesheet,
            &new.created_by,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn insert_projects(tx: &TenantTx, id: InvoiceId, projects: &[ProjectId]) -> Result<()> {
    tx.execute(
        "insert into invoicing.invoice_projects (workspace_id, invoice_id, project_id)
         select $1, $2, project from unnest($3::uuid[]) as project on conflict do nothing",
        &[&tx.workspace(), &id, &projects],
    )
    .await
    .map(drop)
}

pub(crate) async fn set_totals(tx: &TenantTx, id: InvoiceId, totals: &Totals) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set subtotal_cents = $3, discount_cents = $4, tax_cents = $5, total_cents = $6
         where workspace_id = $1 and id = $2",
        &[
            &tx.workspace(),
            &id,
            &totals.subtotal_cents,
            &totals.discount_cents,
            &totals.tax_cents,
            &totals.total_cents,
        ],
    )
    .await
    .map(drop)
}

/// Saves the fields of a draft that a person changes.
pub(crate) async fn save(tx: &TenantTx, invoice: &Invoice) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set due_date = $3, purchase_order = $4, notes = $5, terms = $6, exchange_rate = $7,
           shows_timesheet = $9, updated_at = $8, version = version + 1
         where workspace_id = $1 and id = $2",
        &[
            &tx.workspace(),
            &invoice.id,
            &invoice.due_date,
            &invoice.purchase_order,
            &invoice.notes,
            &invoice.terms,
            &invoice.exchange_rate,
            &tx.now(),
            &invoice.shows_timesheet,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn delete(tx: &TenantTx, id: InvoiceId) -> Result<()> {
    tx.execute("delete from invoicing.invoices where workspace_id = $1 and id = $2", &[&tx.workspace(), &id])
        .await
        .map(drop)
}

/// Takes the next number; held until the transaction ends, so that no number is missing.
pub(crate) async fn take_number(tx: &TenantTx) -> Result<i64> {
    tx.scalar(
        "insert into invoicing.counters as c (workspace_id, kind, next) values ($1, 'invoice', 2)
         on conflict (workspace_id, kind) do update set next = c.next + 1 returning next - 1",
        &[&tx.workspace()],
    )
    .await
}

/// What an invoice gets when it is issued.
pub(crate) struct Issued {
    pub number: String,
    pub issue_date: Date,
    pub due_date: Date,
    pub exchange_rate: Option<Decimal>,
    pub seller: Value,
    pub buyer: Value,
    pub by: Option<Uuid>,
    /// Nothing is owed, so it is settled at once.
    pub settled: bool,
}

pub(crate) async fn issue(tx: &TenantTx, id: InvoiceId, issued: &Issued) -> Result<()> {
    let now = tx.now();
    let paid_at = issued.settled.then_some(now);
    tx.execute(
        "update invoicing.invoices set state = 'issued', invoice_number = $3, issue_date = $4, due_date = $5, exchange_rate = $6,
           seller = $7, buyer = $8, issued_by = $9, issued_at = $10, paid_at = $11, updated_at = $10, version = version + 1
         where workspace_id = $1 and id = $2",
        &[
            &tx.workspace(),
            &id,
            &issued.number,
            &issued.issue_date,
            &issued.due_date,
            &issued.exchange_rate,
            &issued.seller,
            &issued.buyer,
            &issued.by,
            &now,
            &paid_at,
        ],
    )
    .await
    .map(drop)
}

/// Who bills and who is billed, as printed.
pub(crate) async fn parties(tx: &TenantTx, id: InvoiceId) -> Result<(Option<Value>, Option<Value>)> {
    tx.get(
        "select seller, buyer from invoicing.invoices where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id],
    )
    .await
}

pub(crate) async fn void(tx: &TenantTx, id: InvoiceId, reason: &str, by: Option<Uuid>) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set state = 'void', void_reason = $3, voided_by = $4, voided_at = $5, updated_at = $5,
           version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &reason, &by, &tx.now()],
    )
    .await
    .map(drop)
}

/// Notes that it went out by mail; the first time counts.
pub(crate) async fn set_sent(tx: &TenantTx, id: InvoiceId) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set sent_at = coalesce(sent_at, $3), updated_at = $3, version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await
    .map(drop)
}

/// Notes the first look; `true` when it was the first.
pub(crate) async fn set_viewed(tx: &TenantTx, id: InvoiceId) -> Result<bool> {
    let rows = tx
        .execute(
            "update invoicing.invoices set viewed_at = $3 where workspace_id = $1 and id = $2 and viewed_at is null
               and state = 'issued'",
            &[&tx.workspace(), &id, &tx.now()],
        )
        .await?;
    Ok(rows == 1)
}

/// Sets what was paid, and since when it is settled.
pub(crate) async fn set_paid(
    tx: &TenantTx,
    id: InvoiceId,
    paid_cents: i64,
    paid_at: Option<Timestamp>,
) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set paid_cents = $3, paid_at = $4, updated_at = $5, version = version + 1
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &paid_cents, &paid_at, &tx.now()],
    )
    .await
    .map(drop)
}

/// Workspaces with open invoices whose due date lies before a day and was not told of yet.
pub(crate) async fn workspaces_with_due(
    tx: &SystemTx,
    before: Date,
) -> Result<Vec<(rapport_base::WorkspaceId,)>> {
    tx.query(
        "select distinct workspace_id from invoicing.invoices
         where state = 'issued' and kind = 'invoice' and paid_at is null and due_date < $1 and overdue_at is null",
        &[&before],
    )
    .await
}

/// Takes up to a hundred open invoices that fell due before a day and were not told of yet.
pub(crate) async fn newly_overdue(tx: &TenantTx, today: Date) -> Result<Vec<Invoice>> {
    tx.query(
        invoice!(
            "and i.state = 'issued' and i.paid_at is null and i.due_date < $2 and i.overdue_at is null
             order by i.due_date, i.id limit 100 for update of i skip locked"
        ),
        &[&tx.workspace(), &today],
    )
    .await
}

pub(crate) async fn set_overdue(tx: &TenantTx, ids: &[InvoiceId]) -> Result<()> {
    tx.execute(
        "update invoicing.invoices set overdue_at = $3 where workspace_id = $1 and id = any($2)",
        &[&tx.workspace(), &ids, &tx.now()],
    )
    .await
    .map(drop)
}

row! {
    /// An invoice's number and id.
    pub(crate) struct Named {
        pub id: InvoiceId,
        pub number: String,
    }
}

/// Open issued invoices of a client.
pub(crate) async fn open_of_client(tx: &TenantTx, client: ClientId) -> Result<Vec<Named>> {
    tx.query(
        "select id, invoice_number as number from invoicing.invoices
         where workspace_id = $1 and client_id = $2 and state = 'issued' and kind = 'invoice' and paid_at is null
         order by invoice_number limit 20",
        &[&tx.workspace(), &client],
    )
    .await
}

pub(crate) async fn count_of_client(tx: &TenantTx, client: ClientId) -> Result<i64> {
    tx.scalar(
        "select count(*) from (select 1 from invoicing.invoices
           where workspace_id = $1 and client_id = $2 and kind = 'invoice' limit 1001) as counted",
        &[&tx.workspace(), &client],
    )
    .await
}

row! {
    /// What is printed of a client.
    pub(crate) struct Buyer {
        pub name: String,
        pub tax_id: Option<String>,
        pub payment_terms_days: Option<i32>,
        pub line1: Option<String>,
        pub line2: Option<String>,
        pub postal_code: Option<String>,
        pub city: Option<String>,
        pub region: Option<String>,
        pub country: Option<String>,
    }
}

/// The client of an invoice, as it is today.
pub(crate) async fn buyer(tx: &TenantTx, invoice: InvoiceId) -> Result<Buyer> {
    tx.get(
        "select c.company_name as name, c.tax_id, c.payment_terms_days, a.line1, a.line2, a.postal_code, a.city, a.region, a.country
         from invoicing.invoices i
         join clients.v_clients c on c.workspace_id = $1 and c.id = i.client_id
         left join clients.v_billing_addresses a on a.workspace_id = $1 and a.client_id = i.client_id
         where i.workspace_id = $1 and i.id = $2",
        &[&tx.workspace(), &invoice],
    )
    .await
}
