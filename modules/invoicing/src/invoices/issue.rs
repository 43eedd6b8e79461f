//! Issuing an invoice, and taking it back.

use identity::workspaces::WorkspaceSettings;
use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_queue::Enqueue;
use rapport_web::Cx;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Invoice, InvoiceId, actions, rules,
    store::{self, Buyer, Issued},
};
use crate::{
    events::{InvoiceIssued, InvoicePaid, InvoiceVoided},
    jobs::{ExpireCheckouts, MakePdf},
    sources::{self, hold},
};

/// A party as it is printed; kept with the issued invoice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Printed {
    pub name: String,
    pub address: Vec<String>,
    pub tax_id: String,
    pub email: String,
    pub phone: String,
    /// Bank details of the one who bills.
    pub bank: String,
    /// Small print at the foot.
    pub footer: String,
    pub brand_color: String,
    pub locale: String,
}

/// Who bills and who is billed, as they are today, and the client's terms in days.
pub(crate) fn parties(buyer: &Buyer, settings: &WorkspaceSettings) -> (Printed, Printed, i32) {
    let place: Vec<&str> =
        [&buyer.postal_code, &buyer.city].into_iter().flatten().map(String::as_str).collect();
    let place = (!place.is_empty()).then(|| place.join(" "));
    let address = [&buyer.line1, &buyer.line2, &place, &buyer.region, &buyer.country];
    let terms = buyer.payment_terms_days.unwrap_or(settings.payment_terms_days);
    let billed = Printed {
        name: buyer.name.clone(),
        address: address.into_iter().flatten().filter(|line| !line.is_empty()).cloned().collect(),
        tax_id: buyer.tax_id.clone().unwrap_or_default(),
        ..Printed::default()
    };
    (seller(settings), billed, terms)
}

fn seller(settings: &WorkspaceSettings) -> Printed {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let company = settings.company_number.as_ref().map(|number| format!("Company number {number}"));
    let footer: Vec<String> = [settings.invoice_footer.clone(), company].into_iter().flatten().collect();
    Printed {
        name: settings.name.clone(),
        address: settings.address_lines(),
        tax_id: text(&settings.tax_id),
        email: text(&settings.email),
        phone: text(&settings.phone),
        bank: text(&settings.bank_details),
        footer: footer.join(" · "),
        brand_color: settings.brand_color.clone(),
        locale: settings.locale.clone(),
    }
}

/// Gives a draft its number; from now on it cannot change.
pub(crate) async fn issue(cx: &Cx, id: InvoiceId, version: Option<i32>) -> Result<Invoice> {
    let tx = cx.begin().await?;
    let invoice = actions::lock_draft(&tx, id, version).await?;
    let invoice = issue_in(&tx, invoice, actions::today(cx)).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// As [`issue`], for a draft that is locked already.
pub(crate) async fn issue_in(tx: &TenantTx, draft: Invoice, today: Date) -> Result<Invoice> {
    let id = draft.id;
    let (settings, lines, buyer) =
        futures::join!(identity::workspaces::get(tx), store::lines(tx, id), store::buyer(tx, id));
    let (settings, lines, buyer) = (settings?, lines?, buyer?);
    if lines.is_empty() {
        let message = "There is nothing on this invoice yet. Add a line first.";
        return Err(Refusal::unprocessable("invoices.empty", message).into());
    }
    let (seller, buyer, terms_days) = parties(&buyer, &settings);
    let at_home = draft.currency == settings.currency;
    let exchange_rate = if at_home { Some(Decimal::ONE) } else { draft.exchange_rate };
    let due_date = draft.due_date.unwrap_or_else(|| rules::due(today, terms_days));
    if due_date < today {
        return Err(Refusal::field(
            "due_date",
            "in_the_past",
            "The due date has passed. Choose another one.",
        )
        .into());
    }
    let sequence = store::take_number(tx).await?;
    let issued = Issued {
        number: rules::number(&settings.invoice_prefix, sequence),
        issue_date: today,
        due_date,
        exchange_rate,
        seller: serde_json::to_value(&seller)?,
        buyer: serde_json::to_value(&buyer)?,
        by: actions::actor(tx),
        settled: draft.total_cents == 0,
    };
    store::issue(tx, id, &issued).await?;
    hold::mark_invoiced(tx, id).await?;
    let invoice = store::get(tx, id).await?;
    publish_issued(tx, &draft, &invoice, &issued);
    clients::touch(tx, invoice.client_id, tx.now()).await?;
    rapport_queue::enqueue(tx, &MakePdf { invoice_id: id }, Enqueue::key(id.to_string())).await?;
    Ok(invoice)
}

fn publish_issued(tx: &TenantTx, draft: &Invoice, invoice: &Invoice, issued: &Issued) {
    let (number, project) = (issued.number.clone(), invoice.project_id.map(ProjectId::uuid));
    let (client, currency) = (invoice.client_id.uuid(), invoice.currency.to_string());
    tx.publish_change(
        &InvoiceIssued {
            invoice_id: invoice.id.uuid(),
            invoice_number: number.clone(),
            client_id: client,
            project_id: project,
            total_cents: invoice.total_cents,
            currency: currency.clone(),
            due_date: issued.due_date,
        },
        Some(actions::facts(draft)),
        Some(actions::facts(invoice)),
    );
    if issued.settled {
        tx.publish(&InvoicePaid {
            invoice_id: invoice.id.uuid(),
            invoice_number: number,
            client_id: client,
            project_id: project,
            total_cents: invoice.total_cents,
            currency,
            payment_id: None,
            issue_date: issued.issue_date,
            due_date: issued.due_date,
            paid_on: issued.issue_date,
        });
    }
}

/// Takes an issued invoice back and sets free what it billed.
pub(crate) async fn void(cx: &Cx, id: InvoiceId, reason: &str, version: Option<i32>) -> Result<Invoice> {
    let reason = text::clean(reason).unwrap_or_default();
    if reason.is_empty() || reason.chars().count() > 2_000 {
        let message = "Say why it is taken back, in at most 2,000 characters.";
        return Err(Refusal::field("reason", "required", message).into());
    }
    let tx = cx.begin().await?;
    let was = store::lock(&tx, id).await?;
    if version.is_some_and(|version| version != was.version) {
        return Err(Refusal::stale().into());
    }
    match was.state.as_str() {
        "draft" => {
            return Err(Refusal::conflict("invoices.not_issued", "A draft is deleted, not voided.").into());
        }
        "void" => {
            return Err(Refusal::conflict("invoices.already_void", "This invoice is void already.").into());
        }
        _ => {}
    }
    if was.paid_cents > 0 {
        let message = format!("{} has been paid in part or whole. Refund the payment first.", was.title());
        return Err(Refusal::conflict("invoices.has_payments", message).into());
    }
    store::void(&tx, id, &reason, actions::actor(&tx)).await?;
    hold::release(&tx, id).await?;
    sources::store::release(&tx, id).await?;
    let invoice = store::get(&tx, id).await?;
    tx.publish_change(
        &InvoiceVoided {
            invoice_id: id.uuid(),
            invoice_number: invoice.title(),
            client_id: invoice.client_id.uuid(),
            project_id: invoice.project_id.map(ProjectId::uuid),
            total_cents: invoice.total_cents,
            currency: invoice.currency.to_string(),
            reason: reason.clone(),
        },
        Some(state(&was)),
        Some(json!({ "state": "void", "reason": reason })),
    );
    rapport_queue::enqueue(&tx, &ExpireCheckouts { invoice_id: id }, Enqueue::key(id.to_string())).await?;
    tx.commit().await?;
    Ok(invoice)
}

fn state(invoice: &Invoice) -> Value {
    json!({ "state": invoice.state, "invoice_number": invoice.invoice_number, "total_cents": invoice.total_cents })
}
