//! Invoices, from unbilled work to money in the bank: drafts, issue, documents, mail, the page
//! a client pays on, payments with credit and refunds, and what Stripe tells of them.
//!
//! Modules above show a client its invoices with [`guest_invoices`], [`guest_invoice`],
//! [`guest_pdf`] and [`guest_pay_link`], and read figures from the views `invoicing.v_*`.

mod checkout;
mod deliveries;
mod documents;
mod erase;
mod events;
mod figures;
mod guests;
mod invoices;
mod jobs;
mod parts;
mod payments;
mod permissions;
mod personal;
mod routes;
mod sources;
mod stripe_events;
mod tax_rates;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod views;
mod words;

use futures::FutureExt;
use rapport_base::Secret;
use rapport_web::{Module, NavEntry};

pub use erase::clients_with_issued;
pub use events::{
    InvoiceCreated, InvoiceDeleted, InvoiceIssued, InvoiceOverdue, InvoicePaid, InvoicePartiallyPaid,
    InvoiceSent, InvoiceUpdated, InvoiceViewed, InvoiceVoided, PaymentDisputed, PaymentRecorded,
    PaymentRefunded,
};
pub use guests::{
    GuestInvoice, GuestInvoiceDetails, GuestLine, GuestTax, guest_invoice, guest_invoices, guest_pay_link,
    guest_pdf,
};
pub use invoices::{Invoice, InvoiceDetails, InvoiceId, InvoiceShown, LineId, NewInvoice, Status};
pub use payments::{Method, Payment, PaymentId};
pub use permissions::{
    INVOICES_CREATE, INVOICES_READ, INVOICES_SEND, INVOICES_VOID, PAYMENTS_RECORD, PAYMENTS_REFUND,
    REPORTS_FINANCIAL, TAXES_MANAGE,
};
pub use stripe_events::actions::replay_stripe_event;
pub use tax_rates::{TaxRate, TaxRateId};
pub use views::actions::note_guest_view_in;

/// What proves that a webhook is Stripe's; two while one is replaced. One of the parts.
#[derive(Clone, Debug)]
pub struct WebhookSecrets(pub Vec<Secret>);

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    let nav = |label, icon, path, key, position| NavEntry {
        section: "Money",
        label,
        icon,
        path,
        permission: Some(INVOICES_READ),
        key,
        position,
        primary: false,
    };
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        nav: vec![
            nav("Invoices", "receipt-text", "invoices", Some('v'), 210),
            nav("Payments", "banknote", "payments", None, 220),
        ],
        shell: vec![|cx, tx| parts::shell(cx, tx).boxed()],
        search: vec![|cx, tx, typed| parts::search(cx, tx, typed).boxed()],
        parts: Some(parts::put),
        checks: parts::checks(),
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        settings: vec![rapport_web::SettingsPage {
            label: "Taxes",
            path: "invoices",
            permission: permissions::TAXES_MANAGE,
            position: 25,
        }],
        personal: personal::TABLES.to_vec(),
        ..Module::new("invoicing")
    }
}
