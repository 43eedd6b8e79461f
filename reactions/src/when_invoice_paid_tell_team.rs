//! When an invoice is paid, those who look after the money hear of it.

use invoicing::{INVOICES_READ, InvoicePaid};
use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::{Locale, money};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.invoice_paid_tell_team", &["invoice.paid"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let paid: InvoicePaid = event.read()?;
    let client = clients::find(tx, paid.client_id.into()).await?.map(|client| client.company_name);
    let amount = money(paid.total_cents, &paid.currency, Locale::default());
    let notice = NewNotice {
        to: To::PermissionBut(INVOICES_READ, people::actor(&event)),
        kind: kinds::PAID,
        title: format!("Invoice {} is paid", paid.invoice_number),
        body: client.map_or_else(|| amount.clone(), |client| format!("{amount} from {client}")),
        href: format!("invoices/{}", paid.invoice_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
