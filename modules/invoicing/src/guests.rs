//! What a client's people may see of their invoices: an explicit list of fields, nothing else.

use axum::response::Response;
use clients::ClientId;
use jiff::civil::Date;
use rapport_base::{Currency, Refusal, Result, WorkspaceId};
use rapport_db::{App, Origin, TenantTx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    checkout, documents,
    documents::bank,
    invoices::{Invoice, InvoiceDetails, InvoiceId, Status, actions, issue::Printed, store},
    words,
};

/// An issued invoice as a guest sees it in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuestInvoice {
    /// Id.
    pub id: InvoiceId,
    /// Number.
    pub invoice_number: String,
    /// Where it stands.
    pub status: Status,
    /// Project, when it bills for one.
    pub project_name: Option<String>,
    /// Currency.
    pub currency: Currency,
    /// What is owed in all.
    pub total_cents: i64,
    /// What was paid.
    pub paid_cents: i64,
    /// What is still to be paid.
    pub open_cents: i64,
    /// Day of issue.
    #[schema(value_type = Option<String>, format = "date")]
    pub issue_date: Option<Date>,
    /// Day it is due.
    #[schema(value_type = Option<String>, format = "date")]
    pub due_date: Option<Date>,
}

impl GuestInvoice {
    fn new(invoice: &Invoice, today: Date) -> Self {
        Self {
            id: invoice.id,
            invoice_number: invoice.title(),
            status: invoice.status(today),
            project_name: invoice.project_name.clone(),
            currency: invoice.currency,
            total_cents: invoice.total_cents,
            paid_cents: invoice.paid_cents,
            open_cents: if invoice.state == "void" { 0 } else { invoice.open_cents() },
            issue_date: invoice.issue_date,
            due_date: invoice.due_date,
        }
    }
}

/// A line as a guest sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuestLine {
    /// What it is.
    pub description: String,
    /// More about it.
    pub detail: String,
    /// How many, as printed.
    pub quantity: String,
    /// Of what.
    pub unit: String,
    /// Price of one.
    pub unit_price_cents: i64,
    /// Discount.
    pub discount_cents: i64,
    /// What it comes to.
    pub amount_cents: i64,
}

/// A row of the tax summary as a guest sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuestTax {
    /// Name and rate.
    pub label: String,
    /// The tax.
    pub tax_cents: i64,
}

/// An issued invoice with all a guest sees of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuestInvoiceDetails {
    /// The invoice.
    #[serde(flatten)]
    pub invoice: GuestInvoice,
    /// Who bills.
    pub seller: String,
    /// Who bills: address, line by line.
    pub seller_address: Vec<String>,
    /// Who is billed.
    pub buyer: String,
    /// Lines.
    pub lines: Vec<GuestLine>,
    /// Sum of the lines.
    pub subtotal_cents: i64,
    /// Discount on the whole.
    pub discount_cents: i64,
    /// Taxes.
    pub taxes: Vec<GuestTax>,
    /// Whether prices hold the tax already.
    pub prices_include_tax: bool,
    /// The purchase-order number.
    pub purchase_order: String,
    /// Words to the client.
    pub notes: String,
    /// Terms of payment.
    pub terms: String,
    /// Whether it can be paid online.
    pub pays_online: bool,
    /// Where to transfer to: label and text.
    pub bank: Vec<(String, String)>,
}

fn shown(
    app: &App,
    details: &InvoiceDetails,
    seller: &Printed,
    buyer: &Printed,
    today: Date,
) -> GuestInvoiceDetails {
    let invoice = details.invoice();
    let lines = details.lines.iter().map(|shown| GuestLine {
        description: shown.line.description.clone(),
        detail: shown.line.detail.clone(),
        quantity: words::quantity(shown.line.quantity, &shown.line.unit),
        unit: shown.line.unit.clone(),
        unit_price_cents: shown.line.unit_price_cents,
        discount_cents: shown.line.discount_cents,
        amount_cents: shown.line.amount_cents,
    });
    GuestInvoiceDetails {
        invoice: GuestInvoice::new(invoice, today),
        seller: seller.name.clone(),
        seller_address: seller.address.clone(),
        buyer: buyer.name.clone(),
        lines: lines.collect(),
        subtotal_cents: invoice.subtotal_cents,
        discount_cents: invoice.discount_cents,
        taxes: details.taxes.iter().map(|t| GuestTax { label: t.label(), tax_cents: t.tax_cents }).collect(),
        prices_include_tax: invoice.prices_include_tax,
        purchase_order: invoice.purchase_order.clone(),
        notes: invoice.notes.clone(),
        terms: invoice.terms.clone(),
        pays_online: app.parts.find::<rapport_gateways::stripe::Stripe>().is_some(),
        bank: account(&seller.bank, &seller.name, &invoice.title()),
    }
}

/// Where to transfer to, row by row.
fn account(typed: &str, holder: &str, number: &str) -> Vec<(String, String)> {
    let Some(bank) = bank::read(typed, holder) else { return Vec::new() };
    let named =
        [("Account holder", bank.holder), ("Bank", bank.name), ("IBAN", bank.iban), ("BIC", bank.bic)];
    let mut rows: Vec<(String, String)> = named
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| (label.to_owned(), value))
        .collect();
    rows.extend(bank.details.into_iter().map(|row| (row.label, row.value)));
    rows.push(("Reference".into(), number.to_owned()));
    rows
}

async fn today(app: &App, tx: &TenantTx) -> Result<Date> {
    Ok(documents::build::today(app, &identity::workspaces::get(tx).await?.timezone))
}

/// The issued invoices of a client, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn guest_invoices(app: &App, tx: &TenantTx, client: ClientId) -> Result<Vec<GuestInvoice>> {
    let (invoices, today) = futures::join!(store::of_client(tx, client), today(app, tx));
    let today = today?;
    Ok(invoices?.iter().map(|invoice| GuestInvoice::new(invoice, today)).collect())
}

/// One issued invoice of a client.
///
/// # Errors
/// Not found.
pub async fn guest_invoice(
    app: &App,
    tx: &TenantTx,
    client: ClientId,
    id: InvoiceId,
) -> Result<GuestInvoiceDetails> {
    store::find_of_client(tx, client, id).await?.ok_or_else(Refusal::not_found)?;
    let today = today(app, tx).await?;
    let (details, parties) = futures::join!(actions::details(tx, id, today), store::parties(tx, id));
    let (seller, buyer) = parties?;
    let read = |party: Option<serde_json::Value>| party.map(serde_json::from_value::<Printed>).transpose();
    let (seller, buyer) = (read(seller)?.unwrap_or_default(), read(buyer)?.unwrap_or_default());
    Ok(shown(app, &details?, &seller, &buyer, today))
}

/// The PDF of one issued invoice of a client.
///
/// # Errors
/// Not found.
pub async fn guest_pdf(
    app: &App,
    workspace: WorkspaceId,
    client: ClientId,
    id: InvoiceId,
) -> Result<Response> {
    let invoice = {
        let tx = app.db.read(workspace).await?;
        store::find_of_client(&tx, client, id).await?.ok_or_else(Refusal::not_found)?
    };
    let pdf = documents::ensure(app, workspace, id).await?;
    Ok(documents::answer(documents::bytes(app, &pdf).await?, &invoice.title(), false))
}

/// Where a guest pays an issued invoice of their client.
///
/// # Errors
/// Not found; conflict when nothing is open; busy when Stripe does not answer.
pub async fn guest_pay_link(
    app: &App,
    workspace: WorkspaceId,
    origin: Origin,
    client: ClientId,
    id: InvoiceId,
) -> Result<String> {
    {
        let tx = app.db.read(workspace).await?;
        store::find_of_client(&tx, client, id).await?.ok_or_else(Refusal::not_found)?;
    }
    checkout::pay_link(app, workspace, origin, id).await
}
