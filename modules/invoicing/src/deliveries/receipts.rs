//! Receipts: thanks for a payment, in its own transaction.

use rapport_base::Result;
use rapport_db::{App, TenantTx};
use rapport_mail::Party;
use rapport_outbox::NewMail;
use uuid::Uuid;

use super::{
    actions::usual_recipients,
    letters,
    store::{self, Recipient},
};
use crate::invoices::Invoice;

/// Thanks those who got the invoice, else the ones who get invoices at the client; at most five.
pub(crate) async fn send(tx: &TenantTx, app: &App, invoice: &Invoice, paid_cents: i64) -> Result<()> {
    let (settings, went_to, contacts) = futures::join!(
        identity::workspaces::get(tx),
        store::addresses(tx, invoice.id),
        store::contacts(tx, invoice.id),
    );
    let (settings, went_to, contacts) = (settings?, went_to?, contacts?);
    let known = |email: &String| {
        contacts
            .iter()
            .find(|c| c.email.eq_ignore_ascii_case(email))
            .cloned()
            .unwrap_or_else(|| Recipient::stranger(email))
    };
    let mut to: Vec<Recipient> = went_to.iter().map(known).collect();
    if to.is_empty() {
        to = usual_recipients(contacts);
    }
    for recipient in to.iter().take(5) {
        let link = store::link(tx, app, invoice.id, recipient).await?;
        let letter = letters::receipt(invoice, &settings, recipient, paid_cents, &link, tx.now());
        let delivery = Uuid::now_v7();
        store::insert(tx, delivery, invoice.id, &recipient.email, "to", "receipt", None).await?;
        let party = Party::new(&recipient.name, &recipient.email);
        let mut mail = NewMail::new(
            "invoices.receipt",
            format!("invoice-receipt:{delivery}"),
            party,
            identity::brand(app, &settings),
            letter,
        );
        mail.client_id = Some(invoice.client_id.uuid());
        mail.reply_to = settings.email.as_ref().map(|email| Party::new(&settings.name, email));
        rapport_outbox::send(tx, &mail).await?;
    }
    Ok(())
}
