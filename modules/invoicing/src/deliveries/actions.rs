//! Sending invoices.

use projects::ProjectId;
use rapport_base::{Email, FieldError, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_mail::Party;
use rapport_outbox::{Attached, NewMail};
use rapport_web::{Cx, validate};
use uuid::Uuid;

use super::{
    SendInvoice, letters,
    store::{self, Recipient},
};
use crate::{
    documents,
    events::InvoiceSent,
    invoices::{
        Invoice, InvoiceId,
        actions::{actor, today},
        issue, store as invoices,
    },
};

/// Who of a client's contacts gets an invoice unless someone says otherwise: those for billing, else the primary one.
pub(crate) fn usual_recipients(contacts: Vec<Recipient>) -> Vec<Recipient> {
    if contacts.iter().any(|contact| contact.gets_invoices) {
        contacts.into_iter().filter(|contact| contact.gets_invoices).collect()
    } else {
        contacts.into_iter().take(1).collect()
    }
}

/// Sends an invoice by mail, with its PDF and a link to pay; a draft is issued first.
pub(crate) async fn send(
    cx: &Cx,
    id: InvoiceId,
    input: SendInvoice,
    version: Option<i32>,
) -> Result<Invoice> {
    validate(&input)?;
    identity::require_verified(cx)?;
    let (to, cc) = (addresses("to", &input.to)?, addresses("cc", &input.cc)?);
    let message = text::clean(&input.message).unwrap_or_default();
    let tx = cx.begin().await?;
    let invoice = invoices::lock(&tx, id).await?;
    if version.is_some_and(|version| version != invoice.version) {
        return Err(Refusal::stale().into());
    }
    let recipients = recipients(&tx, &invoice, &to, &cc).await?;
    if invoice.state == "void" {
        return Err(
            Refusal::conflict("invoices.already_void", "This invoice is void. Draft a new one.").into()
        );
    }
    if invoice.is_draft() {
        issue::issue_in(&tx, invoice, today(cx)).await?;
    }
    tx.commit().await?;
    // The mail carries the document, so that must be there before the mail is.
    let pdf = documents::ensure(&cx.app, cx.workspace_id(), id).await?;
    let tx = cx.begin().await?;
    let invoice = invoices::lock(&tx, id).await?;
    let settings = identity::workspaces::get(&tx).await?;
    let attached = Attached {
        name: format!("{}.pdf", invoice.title().replace(['/', '\\'], "-")),
        content_type: "application/pdf".into(),
        storage_key: pdf.storage_key,
    };
    for (recipient, kind) in &recipients {
        let link = store::link(&tx, &cx.app, id, recipient).await?;
        let letter = letters::invoice(&invoice, &settings, recipient, &message, &link, cx.now());
        let delivery = Uuid::now_v7();
        store::insert(&tx, delivery, id, &recipient.email, kind, "invoice", actor(&tx)).await?;
        let party = Party::new(&recipient.name, &recipient.email);
        let brand = identity::brand(&cx.app, &settings);
        let mut mail = NewMail::new("invoices.sent", format!("invoice:{delivery}"), party, brand, letter);
        let answers_to = settings.email.clone().unwrap_or_else(|| cx.user().email.clone());
        mail.reply_to = Some(Party::new(&settings.name, answers_to));
        mail.client_id = Some(invoice.client_id.uuid());
        mail.attachments = vec![attached.clone()];
        rapport_outbox::send(&tx, &mail).await?;
    }
    invoices::set_sent(&tx, id).await?;
    tx.publish(&InvoiceSent {
        invoice_id: id.uuid(),
        invoice_number: invoice.title(),
        client_id: invoice.client_id.uuid(),
        project_id: invoice.project_id.map(ProjectId::uuid),
        total_cents: invoice.total_cents,
        currency: invoice.currency.to_string(),
        to: recipients.iter().map(|(recipient, _)| recipient.email.clone()).collect(),
    });
    clients::touch(&tx, invoice.client_id, tx.now()).await?;
    let sent = invoices::get(&tx, id).await?;
    tx.commit().await?;
    Ok(sent)
}

fn addresses(field: &str, typed: &[String]) -> Result<Vec<Email>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for (at, address) in typed.iter().enumerate().filter(|(_, address)| !address.trim().is_empty()) {
        match Email::try_new(address) {
            Some(email) if good.iter().any(|known: &Email| known.folded() == email.folded()) => {}
            Some(email) => good.push(email),
            None => {
                let message = format!("{address} is no e-mail address.");
                wrong.push(FieldError::new(format!("{field}.{at}"), "invalid", message));
            }
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(Refusal::invalid(wrong).into()) }
}

async fn recipients(
    tx: &TenantTx,
    invoice: &Invoice,
    to: &[Email],
    cc: &[Email],
) -> Result<Vec<(Recipient, &'static str)>> {
    let contacts = store::contacts(tx, invoice.id).await?;
    let known = |email: &Email| {
        contacts
            .iter()
            .find(|c| c.email.to_lowercase() == email.folded())
            .cloned()
            .unwrap_or_else(|| Recipient::stranger(email.as_str()))
    };
    let mut all: Vec<(Recipient, &'static str)> = to.iter().map(|email| (known(email), "to")).collect();
    if all.is_empty() {
        all = usual_recipients(contacts.clone()).into_iter().map(|r| (r, "to")).collect();
    }
    if all.is_empty() {
        let message =
            "This client has no contact with an e-mail address. Write one here, or add one to the client.";
        return Err(Refusal::field("to", "required", message).into());
    }
    for email in cc {
        if all.iter().all(|(r, _)| r.email.to_lowercase() != email.folded()) {
            all.push((known(email), "cc"));
        }
    }
    Ok(all)
}
