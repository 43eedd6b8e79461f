//! What the mails say.

use identity::WorkspaceSettings;
use jiff::tz::TimeZone;
use rapport_mail::Letter;
use rapport_ui::Format;

use super::store::Recipient;
use crate::invoices::Invoice;

fn format(settings: &WorkspaceSettings, now: jiff::Timestamp) -> Format {
    Format::new(&settings.locale, TimeZone::UTC, now, settings.currency)
}

fn greeting(to: &Recipient) -> String {
    if to.name.is_empty() { "Hello,".into() } else { format!("Hello {},", to.name) }
}

fn footer(letter: Letter, settings: &WorkspaceSettings) -> Letter {
    let address = settings.address_lines().join(", ");
    if address.is_empty() { letter } else { letter.footer(address) }
}

/// The invoice itself.
pub(crate) fn invoice(
    invoice: &Invoice,
    settings: &WorkspaceSettings,
    to: &Recipient,
    message: &str,
    link: &str,
    now: jiff::Timestamp,
) -> Letter {
    let fmt = format(settings, now);
    let number = invoice.title();
    let amount = fmt.money(invoice.open_cents(), invoice.currency);
    let mut facts = vec![("Invoice".to_owned(), number.clone()), ("Amount due".to_owned(), amount.clone())];
    if let Some(due) = invoice.due_date {
        facts.push(("Due".into(), fmt.date(due)));
    }
    if !invoice.purchase_order.is_empty() {
        facts.push(("Purchase order".into(), invoice.purchase_order.clone()));
    }
    let words = if message.is_empty() {
        format!("Please find invoice {number} attached. Thank you for working with us.")
    } else {
        message.to_owned()
    };
    let letter = Letter::new(format!("Invoice {number} from {}: {amount}", settings.name))
        .language(&settings.locale)
        .greeting(greeting(to))
        .line(words)
        .facts(facts)
        .button("View and pay the invoice", link)
        .small("The invoice is attached as a PDF. Questions? Just answer this mail.");
    footer(letter, settings)
}

/// Thanks for a payment that settles an invoice.
pub(crate) fn receipt(
    invoice: &Invoice,
    settings: &WorkspaceSettings,
    to: &Recipient,
    paid_cents: i64,
    link: &str,
    now: jiff::Timestamp,
) -> Letter {
    let fmt = format(settings, now);
    let number = invoice.title();
    let letter = Letter::new(format!("Thank you: invoice {number} is paid"))
        .language(&settings.locale)
        .greeting(greeting(to))
        .line(format!("We received your payment. Invoice {number} is settled."))
        .facts([
            ("Received".to_owned(), fmt.money(paid_cents, invoice.currency)),
            ("Invoice total".to_owned(), fmt.money(invoice.total_cents, invoice.currency)),
        ])
        .button("View the invoice", link);
    footer(letter, settings)
}
