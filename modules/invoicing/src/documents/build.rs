//! What is printed on an invoice.

use jiff::tz::TimeZone;
use rapport_base::clock;
use rapport_pdf::{
    Annex, AnnexRow, InvoiceDocument, Kind, Line, Logo, Paper, Party, PaymentCode, Row, Stamp, TaxRow,
    Workspace,
};
use rapport_ui::Format;

use super::bank;
use crate::{
    invoices::{InvoiceDetails, LineShown, issue::Printed},
    words,
};

/// An invoice ready to be set. `pay_link` is empty on drafts.
pub(crate) fn document(
    details: &InvoiceDetails,
    seller: &Printed,
    buyer: &Printed,
    logo: Option<Vec<u8>>,
    pay_link: String,
    now: jiff::Timestamp,
) -> InvoiceDocument {
    let invoice = details.invoice();
    let currency = invoice.currency.to_string();
    let fmt = Format::new(&seller.locale, TimeZone::UTC, now, &currency);
    let money = |cents: i64| fmt.money(cents, &currency);
    let draft = invoice.is_draft();
    InvoiceDocument {
        kind: Kind::Invoice,
        paper: if seller.locale == "en-US" { Paper::Letter } else { Paper::A4 },
        language: seller.locale.clone(),
        workspace: Workspace {
            party: party(seller, true),
            brand_colour: seller.brand_color.clone(),
            logo: logo.map(|bytes| Logo { bytes }),
            footer: seller.footer.clone(),
        },
        client: party(buyer, false),
        number: invoice.invoice_number.clone().unwrap_or_default(),
        stamp: draft.then_some(Stamp::Draft),
        issued_on: invoice.issue_date,
        issue_date: invoice.issue_date.map(|d| fmt.date(d).to_string()).unwrap_or_default(),
        due_date: invoice.due_date.map(|d| fmt.date(d).to_string()).unwrap_or_default(),
        details: facts(details, &fmt),
        purchase_order: invoice.purchase_order.clone(),
        currency: currency.clone(),
        lines: details.lines.iter().map(|line| printed(line, &money)).collect(),
        subtotal: money(invoice.subtotal_cents),
        discounts: discount(invoice.discount_cents, &money),
        taxes: details
            .taxes
            .iter()
            .map(|tax| TaxRow {
                label: tax.label(),
                base: money(tax.base_cents),
                amount: money(tax.tax_cents),
            })
            .collect(),
        total: money(invoice.total_cents),
        balance: money(invoice.total_cents),
        balance_minor: invoice.total_cents,
        remarks: remarks(details),
        notes: invoice.notes.clone(),
        terms: invoice.terms.clone(),
        bank: bank::read(&seller.bank, &seller.name),
        pay_link,
        payment_code: if draft { PaymentCode::Off } else { PaymentCode::Auto },
        annex: invoice.shows_timesheet.then(|| annex(details, &fmt)).flatten(),
        ..InvoiceDocument::default()
    }
}

fn party(printed: &Printed, with_contact: bool) -> Party {
    let mut address = printed.address.clone();
    if with_contact {
        address.extend([&printed.email, &printed.phone].into_iter().filter(|line| !line.is_empty()).cloned());
    }
    Party { name: printed.name.clone(), address, tax_id: printed.tax_id.clone() }
}

fn facts(details: &InvoiceDetails, fmt: &Format) -> Vec<Row> {
    let invoice = details.invoice();
    let mut rows = Vec::new();
    if let (Some(from), Some(to)) = (invoice.period_from, invoice.period_to) {
        rows.push(Row { label: "Period".into(), value: format!("{} – {}", fmt.date(from), fmt.date(to)) });
    }
    if let Some(project) = &invoice.project_name {
        rows.push(Row { label: "Project".into(), value: project.clone() });
    }
    rows
}

fn printed(line: &LineShown, money: &impl Fn(i64) -> String) -> Line {
    let (line, taxes) = (&line.line, &line.taxes);
    let names: Vec<String> = taxes.iter().map(|tax| format!("{} %", tax.percent.normalize())).collect();
    let description = if line.detail.is_empty() {
        line.description.clone()
    } else {
        format!("{}\n{}", line.description, line.detail)
    };
    Line {
        description,
        quantity: words::quantity(line.quantity, &line.unit),
        unit: line.unit.clone(),
        unit_price: money(line.unit_price_cents),
        discount: if line.discount_cents == 0 {
            String::new()
        } else {
            format!("{} % ({})", line.discount_percent.normalize(), money(-line.discount_cents))
        },
        tax_label: names.join(" + "),
        total: money(line.amount_cents),
    }
}

fn discount(cents: i64, money: &impl Fn(i64) -> String) -> Vec<Row> {
    if cents == 0 { Vec::new() } else { vec![Row { label: "Discount".into(), value: money(-cents) }] }
}

fn remarks(details: &InvoiceDetails) -> Vec<String> {
    let mut remarks: Vec<String> =
        details.taxes.iter().filter_map(|tax| tax.exemption_reason.clone()).collect();
    if details.invoice().prices_include_tax && details.invoice().tax_cents > 0 {
        remarks.push("Prices include tax.".into());
    }
    remarks
}

fn annex(details: &InvoiceDetails, fmt: &Format) -> Option<Annex> {
    let time = || {
        let sources =
            details.lines.iter().filter_map(|line| line.source.as_ref().map(|source| (line, source)));
        sources
            .filter(|(_, source)| source.kind == "time")
            .flat_map(|(line, source)| source.items.iter().map(move |item| (line, item)))
    };
    let rows: Vec<AnnexRow> = time()
        .take(3_000)
        .map(|(line, entry)| AnnexRow {
            date: entry.date.map(|d| fmt.date(d).to_string()).unwrap_or_default(),
            member: entry.member_name.clone().unwrap_or_default(),
            task: line.line.description.clone(),
            description: entry.description.clone(),
            hours: fmt.duration(entry.seconds.unwrap_or_default()),
        })
        .collect();
    let total: i64 = time().filter_map(|(_, entry)| entry.seconds).sum();
    (!rows.is_empty()).then(|| Annex { rows, total_hours: fmt.duration(total) })
}

/// The clock's zone of a workspace, for dates that are printed.
pub(crate) fn today(app: &rapport_db::App, timezone: &str) -> jiff::civil::Date {
    app.clock.today(&clock::zone(timezone))
}
