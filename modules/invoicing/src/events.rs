//! What happens to invoices and payments.

use jiff::civil::Date;
use rapport_db::{About, Event, EventInfo};
use rapport_ui::format::{Locale, money};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permissions::INVOICES_READ;

fn amount(cents: i64, currency: &str) -> String {
    money(cents, currency, Locale::default())
}

macro_rules! invoice_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $audited:literal, { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? }, $summary:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The invoice.
            pub invoice_id: Uuid,
            /// Its number; empty while it is a draft.
            pub invoice_number: String,
            /// The client.
            pub client_id: Uuid,
            /// The project, when it bills for one.
            pub project_id: Option<Uuid>,
            /// Its total.
            pub total_cents: i64,
            /// Its currency.
            pub currency: String,
            $($(#[$field_doc])* pub $field: $ty),*
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                let about = About::new("invoice", self.invoice_id).client(self.client_id);
                match self.project_id {
                    Some(project) => about.project(project),
                    None => about,
                }
            }
            fn summary(&self) -> String {
                let summary: fn(&Self) -> String = $summary;
                summary(self)
            }
        }
    };
}

invoice_event!(
    /// An invoice was drafted.
    InvoiceCreated, "invoice.created", true, {},
    |e| format!("drafted an invoice of {}", amount(e.total_cents, &e.currency))
);
invoice_event!(
    /// A draft changed.
    InvoiceUpdated, "invoice.updated", true, {},
    |e| format!("changed a draft invoice, now {}", amount(e.total_cents, &e.currency))
);
invoice_event!(
    /// A draft was deleted and what it billed set free.
    InvoiceDeleted, "invoice.deleted", true, {},
    |e| format!("deleted a draft invoice of {}", amount(e.total_cents, &e.currency))
);
invoice_event!(
    /// A draft got its number and cannot change any more.
    InvoiceIssued, "invoice.issued", true, {
        /// When it is due.
        due_date: Date,
    },
    |e| format!("issued invoice {} of {}", e.invoice_number, amount(e.total_cents, &e.currency))
);
invoice_event!(
    /// An invoice went out by mail.
    InvoiceSent, "invoice.sent", true, {
        /// To whom.
        to: Vec<String>,
    },
    |e| format!("sent invoice {} to {}", e.invoice_number, e.to.join(", "))
);
invoice_event!(
    /// The client looked at an invoice for the first time.
    InvoiceViewed, "invoice.viewed", false, {},
    |e| format!("viewed invoice {}", e.invoice_number)
);
invoice_event!(
    /// An invoice is settled.
    InvoicePaid, "invoice.paid", true, {
        /// The payment that settled it.
        payment_id: Option<Uuid>,
        /// When it was issued.
        issue_date: Date,
        /// When it was due.
        due_date: Date,
        /// When the last money came in.
        paid_on: Date,
    },
    |e| format!("settled invoice {} of {}", e.invoice_number, amount(e.total_cents, &e.currency))
);
invoice_event!(
    /// Part of an invoice was paid.
    InvoicePartiallyPaid, "invoice.partially_paid", true, {
        /// The payment.
        payment_id: Uuid,
        /// What is left.
        open_cents: i64,
    },
    |e| format!("paid part of invoice {}; {} is left", e.invoice_number, amount(e.open_cents, &e.currency))
);
invoice_event!(
    /// An invoice was taken back.
    InvoiceVoided, "invoice.voided", true, {
        /// Why.
        reason: String,
    },
    |e| format!("voided invoice {}: {}", e.invoice_number, e.reason)
);
invoice_event!(
    /// The due date of an open invoice passed.
    InvoiceOverdue, "invoice.overdue", false, {
        /// When it was due.
        due_date: Date,
        /// What is left.
        open_cents: i64,
    },
    |e| format!("noted that invoice {} is overdue with {}", e.invoice_number, amount(e.open_cents, &e.currency))
);

/// Money came in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentRecorded {
    /// The payment.
    pub payment_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// The invoice it pays first.
    pub invoice_id: Option<Uuid>,
    /// That invoice's number.
    pub invoice_number: Option<String>,
    /// How much.
    pub amount_cents: i64,
    /// What of it no invoice took.
    pub unapplied_cents: i64,
    /// Its currency.
    pub currency: String,
    /// How it came.
    pub method: String,
}

impl Event for PaymentRecorded {
    const KIND: &'static str = "payment.recorded";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("payment", self.payment_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        let whole = amount(self.amount_cents, &self.currency);
        match &self.invoice_number {
            Some(number) => format!("recorded a payment of {whole} for invoice {number}"),
            None => format!("recorded a payment of {whole}"),
        }
    }
}

/// Money went back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentRefunded {
    /// The payment.
    pub payment_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// How much went back.
    pub amount_cents: i64,
    /// Its currency.
    pub currency: String,
    /// Why.
    pub reason: String,
}

impl Event for PaymentRefunded {
    const KIND: &'static str = "payment.refunded";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("payment", self.payment_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        format!("refunded {}", amount(self.amount_cents, &self.currency))
    }
}

/// The bank took a payment back, or is asked to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentDisputed {
    /// The payment.
    pub payment_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// How much it was.
    pub amount_cents: i64,
    /// Its currency.
    pub currency: String,
}

impl Event for PaymentDisputed {
    const KIND: &'static str = "payment.disputed";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("payment", self.payment_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        format!("disputed the payment of {}", amount(self.amount_cents, &self.currency))
    }
}

pub(crate) fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<InvoiceCreated>("Invoice drafted", "file-plus", INVOICES_READ),
        EventInfo::of::<InvoiceUpdated>("Draft changed", "file-pen", INVOICES_READ),
        EventInfo::of::<InvoiceDeleted>("Draft deleted", "trash-2", INVOICES_READ),
        EventInfo::of::<InvoiceIssued>("Invoice issued", "receipt-text", INVOICES_READ),
        EventInfo::of::<InvoiceSent>("Invoice sent", "send", INVOICES_READ),
        EventInfo::of::<InvoiceViewed>("Invoice viewed", "eye", INVOICES_READ),
        EventInfo::of::<InvoicePaid>("Invoice paid", "circle-check", INVOICES_READ),
        EventInfo::of::<InvoicePartiallyPaid>("Invoice partly paid", "circle-dot", INVOICES_READ),
        EventInfo::of::<InvoiceVoided>("Invoice voided", "ban", INVOICES_READ),
        EventInfo::of::<InvoiceOverdue>("Invoice overdue", "clock-alert", INVOICES_READ),
        EventInfo::of::<PaymentRecorded>("Payment recorded", "banknote", INVOICES_READ),
        EventInfo::of::<PaymentRefunded>("Payment refunded", "undo-2", INVOICES_READ),
        EventInfo::of::<PaymentDisputed>("Payment disputed", "triangle-alert", INVOICES_READ),
    ]
}
