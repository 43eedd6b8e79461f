//! What follows from an invoice's facts.

use jiff::{ToSpan, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

use super::Invoice;

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InvoiceStatus)]
pub enum Status {
    /// Can still change.
    Draft,
    /// Issued, and not looked at.
    Sent,
    /// The client looked at it.
    Viewed,
    /// Paid in part.
    PartiallyPaid,
    /// Settled.
    Paid,
    /// Due and not settled.
    Overdue,
    /// Taken back.
    Void,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Viewed => "viewed",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::Overdue => "overdue",
            Self::Void => "void",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Sent => "Sent",
            Self::Viewed => "Viewed",
            Self::PartiallyPaid => "Partly paid",
            Self::Paid => "Paid",
            Self::Overdue => "Overdue",
            Self::Void => "Void",
        }
    }
    /// The colour of its badge.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Draft | Self::Void => "neutral",
            Self::Sent => "blue",
            Self::Viewed => "violet",
            Self::PartiallyPaid => "amber",
            Self::Paid => "green",
            Self::Overdue => "red",
        }
    }
}

/// Where an invoice stands on a day.
pub(crate) fn status(invoice: &Invoice, today: Date) -> Status {
    match invoice.state.as_str() {
        "draft" => Status::Draft,
        "void" => Status::Void,
        _ if invoice.open_cents() == 0 => Status::Paid,
        _ if invoice.due_date.is_some_and(|due| due < today) => Status::Overdue,
        _ if invoice.paid_cents > 0 => Status::PartiallyPaid,
        _ if invoice.viewed_at.is_some() => Status::Viewed,
        _ => Status::Sent,
    }
}

/// A number as printed: the prefix and at least four digits.
pub(crate) fn number(prefix: &str, sequence: i64) -> String {
    format!("{prefix}{sequence:04}")
}

/// The day an invoice of a day is due.
pub(crate) fn due(issued: Date, terms_days: i32) -> Date {
    issued.checked_add(terms_days.clamp(0, 3650).days()).unwrap_or(issued)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};
    use rapport_base::Currency;

    use super::*;
    use crate::invoices::InvoiceId;

    fn invoice(state: &str) -> Invoice {
        Invoice {
            id: InvoiceId::new(),
            invoice_number: None,
            client_id: clients::ClientId::new(),
            client_name: String::new(),
            project_id: None,
            project_name: None,
            about: None,
            state: state.into(),
            currency: Currency::try_new("EUR").unwrap(),
            exchange_rate: None,
            prices_include_tax: false,
            tax_rounding: "line".into(),
            subtotal_cents: 1_000,
            discount_cents: 0,
            tax_cents: 0,
            total_cents: 1_000,
            paid_cents: 0,
            credited_cents: 0,
            issue_date: None,
            due_date: Some(date(2026, 12, 5)),
            period_from: None,
            period_to: None,
            purchase_order: String::new(),
            notes: String::new(),
            terms: String::new(),
            shows_timesheet: false,
            issued_at: None,
            sent_at: None,
            viewed_at: None,
            paid_at: None,
            voided_at: None,
            void_reason: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn a_status_follows_from_what_happened_and_from_the_day() {
        let (before, on, after) = (date(2026, 12, 1), date(2026, 12, 5), date(2026, 12, 6));
        assert_eq!(invoice("draft").status(after), Status::Draft);
        assert_eq!(invoice("void").status(after), Status::Void);
        assert_eq!(invoice("issued").status(before), Status::Sent);
        assert_eq!(invoice("issued").status(on), Status::Sent);
        assert_eq!(invoice("issued").status(after), Status::Overdue);
        let viewed = Invoice { viewed_at: Some(Timestamp::UNIX_EPOCH), ..invoice("issued") };
        assert_eq!(viewed.status(before), Status::Viewed);
        let part = Invoice { paid_cents: 400, ..viewed };
        assert_eq!(
            (part.status(before), part.status(after), part.open_cents()),
            (Status::PartiallyPaid, Status::Overdue, 600)
        );
        let settled = Invoice { credited_cents: 600, ..part };
        assert_eq!(settled.status(after), Status::Paid);
    }

    #[test]
    fn numbers_have_at_least_four_digits() {
        assert_eq!(number("INV-", 42), "INV-0042");
        assert_eq!(number("2026/", 12_345), "2026/12345");
    }

    #[test]
    fn an_invoice_is_due_so_many_days_after_its_issue() {
        assert_eq!(due(date(2026, 2, 20), 14), date(2026, 3, 6));
        assert_eq!(due(date(2026, 2, 20), 0), date(2026, 2, 20));
    }
}
