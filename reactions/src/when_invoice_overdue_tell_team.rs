//! When an invoice's due date passes, those who send invoices hear of it.

use invoicing::{INVOICES_SEND, InvoiceOverdue};
use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::{Locale, money};

use crate::kinds;

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.invoice_overdue_tell_team", &["invoice.overdue"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let late: InvoiceOverdue = event.read()?;
    let client = clients::find(tx, late.client_id.into()).await?.map(|client| client.company_name);
    let open = money(late.open_cents, &late.currency, Locale::default());
    let notice = NewNotice {
        to: To::Permission(INVOICES_SEND),
        kind: kinds::OVERDUE,
        title: format!("Invoice {} is overdue", late.invoice_number),
        body: client.map_or_else(|| format!("{open} open"), |client| format!("{open} open from {client}")),
        href: format!("invoices/{}", late.invoice_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
