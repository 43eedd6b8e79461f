//! Recording payments and using credit.
//!
//! Invoices are locked first, by id, and payments after them, so that two who move money
//! at once wait for each other and never meet in a circle.

use clients::ClientId;
use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::{Currency, FieldError, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};
use rust_decimal::Decimal;

use super::{
    ApplyCredit, InvoicePayment, Method, NewPayment, Payment, PaymentId, PaymentShown, rules,
    store::{self, NewRow},
};
use crate::{
    deliveries,
    events::{InvoicePaid, InvoicePartiallyPaid, PaymentRecorded},
    invoices::{
        Invoice, InvoiceId,
        actions::{actor, today},
        store as invoices,
    },
};

/// Money that came in, whoever says so.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub amount_cents: i64,
    pub method: Method,
    pub received_on: Date,
    pub reference: String,
    pub notes: String,
    pub provider_payment_id: Option<String>,
}

/// A payment with what it pays.
pub(crate) async fn shown(tx: &TenantTx, id: PaymentId) -> Result<PaymentShown> {
    let (payment, allocations) = futures::join!(store::get(tx, id), store::allocations(tx, id));
    Ok(PaymentShown::new(payment?, allocations?))
}

/// Records money for one invoice; what is more than it owes stays as credit.
pub(crate) async fn record(cx: &Cx, id: InvoiceId, input: InvoicePayment) -> Result<PaymentShown> {
    validate(&input)?;
    let today = today(cx);
    let tx = cx.begin().await?;
    let invoice = invoices::lock(&tx, id).await?;
    let received = Received {
        amount_cents: input.amount_cents,
        method: input.method,
        received_on: not_after(input.received_on, today)?,
        reference: input.reference.as_deref().and_then(text::clean_line).unwrap_or_default(),
        notes: input.notes.as_deref().and_then(text::clean).unwrap_or_default(),
        provider_payment_id: None,
    };
    let receipts = identity::require_verified(cx).is_ok();
    let payment = receive_in(&tx, &cx.app, invoice, received, receipts).await?;
    let shown = shown(&tx, payment).await?;
    tx.commit().await?;
    Ok(shown)
}

fn not_after(day: Option<Date>, today: Date) -> Result<Date> {
    match day {
        Some(day) if day > today => Err(Refusal::field(
            "received_on",
            "in_the_future",
            "Money cannot come in on a day that is yet to come.",
        )
        .into()),
        day => Ok(day.unwrap_or(today)),
    }
}

/// Writes money down that came for an invoice which owes nothing any more: it is the client's credit.
pub(crate) async fn receive_as_credit_in(
    tx: &TenantTx,
    invoice: &Invoice,
    received: Received,
) -> Result<PaymentId> {
    let payment = write(tx, invoice, received.clone()).await?;
    tx.publish(&recorded(invoice, payment, &received, 0));
    revenue_of(tx, invoice, received.amount_cents).await?;
    Ok(payment)
}

/// Writes money down for an invoice that is locked, and settles it as far as it goes.
pub(crate) async fn receive_in(
    tx: &TenantTx,
    app: &rapport_db::App,
    invoice: Invoice,
    received: Received,
    receipts: bool,
) -> Result<PaymentId> {
    require_open(&invoice)?;
    let payment = write(tx, &invoice, received.clone()).await?;
    let applied = received.amount_cents.min(invoice.open_cents());
    tx.publish(&recorded(&invoice, payment, &received, applied));
    revenue_of(tx, &invoice, received.amount_cents).await?;
    let settled = pay(tx, &invoice, payment, applied, received.received_on).await?;
    if receipts && settled {
        deliveries::receipts::send(tx, app, &invoice, received.amount_cents).await?;
    }
    Ok(payment)
}

async fn write(tx: &TenantTx, invoice: &Invoice, received: Received) -> Result<PaymentId> {
    let id = PaymentId::new();
    let row = NewRow {
        id,
        client_id: invoice.client_id,
        method: received.method.as_str(),
        amount_cents: received.amount_cents,
        currency: invoice.currency,
        exchange_rate: invoice.exchange_rate,
        received_on: received.received_on,
        reference: received.reference,
        notes: received.notes,
        provider_payment_id: received.provider_payment_id,
        recorded_by: actor(tx),
    };
    store::insert(tx, &row).await?;
    Ok(id)
}

fn recorded(invoice: &Invoice, payment: PaymentId, received: &Received, applied: i64) -> PaymentRecorded {
    PaymentRecorded {
        payment_id: payment.uuid(),
        client_id: invoice.client_id.uuid(),
        invoice_id: Some(invoice.id.uuid()),
        invoice_number: invoice.invoice_number.clone(),
        amount_cents: received.amount_cents,
        unapplied_cents: received.amount_cents - applied,
        currency: invoice.currency.to_string(),
        method: received.method.as_str().into(),
    }
}

async fn revenue_of(tx: &TenantTx, invoice: &Invoice, cents: i64) -> Result<()> {
    let home = identity::workspaces::get(tx).await?.currency;
    add_revenue(tx, invoice.client_id, cents, invoice.currency, home, invoice.exchange_rate).await
}

pub(crate) fn require_open(invoice: &Invoice) -> Result<()> {
    let (code, message) = match invoice.state.as_str() {
        "draft" => ("invoices.not_issued", "A draft cannot be paid yet. Issue it first."),
        "void" => ("invoices.already_void", "This invoice is void; nothing is owed on it."),
        _ if invoice.open_cents() == 0 => ("invoices.already_paid", "This invoice is settled already."),
        _ => return Ok(()),
    };
    Err(Refusal::conflict(code, message).into())
}

pub(crate) async fn add_revenue(
    tx: &TenantTx,
    client: ClientId,
    cents: i64,
    paid_in: Currency,
    home: Currency,
    rate: Option<Decimal>,
) -> Result<()> {
    let clients_own = store::client_currency(tx, client).await?.unwrap_or(home);
    let delta = rules::revenue(cents, paid_in, clients_own, home, rate);
    clients::add_revenue(tx, client, delta).await?;
    clients::touch(tx, client, tx.now()).await
}

/// Lets a payment pay a locked invoice; `true` when that settles it.
pub(crate) async fn pay(
    tx: &TenantTx,
    invoice: &Invoice,
    payment: PaymentId,
    cents: i64,
    on: Date,
) -> Result<bool> {
    store::allocate(tx, payment, invoice.client_id, invoice.id, cents).await?;
    let paid = invoice.paid_cents + cents;
    let open = invoice.open_cents() - cents;
    let settled = open == 0;
    invoices::set_paid(tx, invoice.id, paid, settled.then(|| tx.now())).await?;
    let (number, project) = (invoice.title(), invoice.project_id.map(ProjectId::uuid));
    let (issue_date, due_date) = (invoice.issue_date.unwrap_or(on), invoice.due_date.unwrap_or(on));
    if settled {
        tx.publish(&InvoicePaid {
            invoice_id: invoice.id.uuid(),
            invoice_number: number,
            client_id: invoice.client_id.uuid(),
            project_id: project,
            total_cents: invoice.total_cents,
            currency: invoice.currency.to_string(),
            payment_id: Some(payment.uuid()),
            issue_date,
            due_date,
            paid_on: on,
        });
    } else {
        tx.publish(&InvoicePartiallyPaid {
            invoice_id: invoice.id.uuid(),
            invoice_number: number,
            client_id: invoice.client_id.uuid(),
            project_id: project,
            total_cents: invoice.total_cents,
            currency: invoice.currency.to_string(),
            payment_id: payment.uuid(),
            open_cents: open,
        });
    }
    Ok(settled)
}

/// Records money from a client over several invoices; the rest stays as credit.
pub(crate) async fn record_over(cx: &Cx, input: NewPayment) -> Result<PaymentShown> {
    validate(&input)?;
    let today = today(cx);
    let received_on = not_after(input.received_on, today)?;
    let tx = cx.begin().await?;
    let client = clients::visible(cx, &tx, input.client_id).await?;
    let home = cx.workspace().currency;
    let currency = input.currency.or(client.currency).unwrap_or(home);
    let ids: Vec<InvoiceId> = input.allocations.iter().map(|a| a.invoice_id).collect();
    let locked = invoices::lock_all(&tx, &ids).await?;
    let first = check_allocations(&input, &locked, currency)?;
    let payment = PaymentId::new();
    let allocated: i64 = input.allocations.iter().map(|a| a.amount_cents).sum();
    let rate = locked
        .iter()
        .find_map(|invoice| invoice.exchange_rate)
        .or_else(|| (currency == home).then_some(Decimal::ONE));
    store::insert(
        &tx,
        &NewRow {
            id: payment,
            client_id: client.id,
            method: input.method.as_str(),
            amount_cents: input.amount_cents,
            currency,
            exchange_rate: rate,
            received_on,
            reference: input.reference.as_deref().and_then(text::clean_line).unwrap_or_default(),
            notes: input.notes.as_deref().and_then(text::clean).unwrap_or_default(),
            provider_payment_id: None,
            recorded_by: actor(&tx),
        },
    )
    .await?;
    tx.publish(&PaymentRecorded {
        payment_id: payment.uuid(),
        client_id: client.id.uuid(),
        invoice_id: first.map(|invoice| invoice.id.uuid()),
        invoice_number: first.and_then(|invoice| invoice.invoice_number.clone()),
        amount_cents: input.amount_cents,
        unapplied_cents: input.amount_cents - allocated,
        currency: currency.to_string(),
        method: input.method.as_str().into(),
    });
    add_revenue(&tx, client.id, input.amount_cents, currency, home, rate).await?;
    let receipts = identity::require_verified(cx).is_ok();
    for allocation in &input.allocations {
        let Some(invoice) = locked.iter().find(|invoice| invoice.id == allocation.invoice_id) else {
            continue;
        };
        if pay(&tx, invoice, payment, allocation.amount_cents, received_on).await? && receipts {
            deliveries::receipts::send(&tx, &cx.app, invoice, allocation.amount_cents).await?;
        }
    }
    let shown = shown(&tx, payment).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Refuses what does not fit; the first invoice that is paid.
fn check_allocations<'a>(
    input: &NewPayment,
    locked: &'a [Invoice],
    currency: Currency,
) -> Result<Option<&'a Invoice>> {
    let mut wrong = Vec::new();
    for (at, allocation) in input.allocations.iter().enumerate() {
        let field = |name: &str| format!("allocations.{at}.{name}");
        let twice = input.allocations[..at].iter().any(|other| other.invoice_id == allocation.invoice_id);
        match locked.iter().find(|invoice| invoice.id == allocation.invoice_id) {
            Some(invoice)
                if invoice.client_id == input.client_id && invoice.currency == currency && !twice =>
            {
                require_open(invoice)?;
                if allocation.amount_cents > invoice.open_cents() {
                    let message = format!("{} is open with less than that.", invoice.title());
                    wrong.push(FieldError::new(field("amount_cents"), "too_much", message));
                }
            }
            _ => {
                let message = format!("Choose open invoices of this client in {currency}, each once.");
                wrong.push(FieldError::new(field("invoice_id"), "unknown", message));
            }
        }
    }
    let allocated: i64 = input.allocations.iter().map(|a| a.amount_cents).sum();
    if allocated > input.amount_cents {
        wrong.push(FieldError::new("amount_cents", "too_little", "The invoices get more than came in."));
    }
    if !wrong.is_empty() {
        return Err(Refusal::invalid(wrong).into());
    }
    let first = input.allocations.first();
    Ok(first.and_then(|first| locked.iter().find(|invoice| invoice.id == first.invoice_id)))
}

/// Uses credit of the client for an invoice.
pub(crate) async fn apply_credit(cx: &Cx, id: InvoiceId, input: ApplyCredit) -> Result<PaymentShown> {
    validate(&input)?;
    let tx = cx.begin().await?;
    let invoice = invoices::lock(&tx, id).await?;
    require_open(&invoice)?;
    let payment = store::lock(&tx, input.payment_id).await?;
    require_same(&invoice, &payment)?;
    let most = payment.unapplied_cents().min(invoice.open_cents());
    let cents = input.amount_cents.unwrap_or(most);
    if cents > most || cents <= 0 {
        return Err(Refusal::field(
            "amount_cents",
            "too_much",
            "There is less credit than that, or less to pay.",
        )
        .into());
    }
    let settled = pay(&tx, &invoice, payment.id, cents, today(cx)).await?;
    if settled && identity::require_verified(cx).is_ok() {
        deliveries::receipts::send(&tx, &cx.app, &invoice, cents).await?;
    }
    let shown = shown(&tx, payment.id).await?;
    tx.commit().await?;
    Ok(shown)
}

fn require_same(invoice: &Invoice, payment: &Payment) -> Result<()> {
    let fits = payment.client_id == invoice.client_id
        && payment.currency == invoice.currency
        && payment.status == "succeeded";
    if fits {
        return Ok(());
    }
    let message = "Choose credit of the same client in the same currency.";
    Err(Refusal::field("payment_id", "unknown", message).into())
}
