//! What the template reads: the document as JSON, cleaned and within limits,
//! with the colours, codes and payment block worked out.

use crate::document::{Bank, InvoiceDocument, PaymentCode, Stamp};
use crate::{Error, Result, qr, rules};
use serde_json::{Value, json};

/// Longest word before it may be broken, by the width of the field's column.
/// A broken word cannot be searched or copied whole, so it is the last resort.
const WIDE: usize = 40;
const NARROW: [(&str, usize); 11] = [
    ("description", 30),
    ("discount", 30),
    ("value", 22),
    ("number", 22),
    ("purchase_order", 22),
    ("label", 20),
    ("task", 20),
    ("member", 14),
    ("date", 12),
    ("unit", 10),
    ("tax_label", 8),
];
const ACCOUNT: usize = 30;

const TEXT: usize = 10_000;
const AMOUNT: usize = 32;
const LINES: usize = 1_000;
const ANNEX_ROWS: usize = 3_000;
const ADDRESS_LINES: usize = 12;
const LOGO_BYTES: usize = 2 * 1024 * 1024;
const LOGO_PIXELS: usize = 16_000_000;

/// Checks the sizes that would make a page useless or a run endless.
pub fn check(doc: &InvoiceDocument) -> Result<()> {
    let within = |field, found, limit| {
        if found > limit { Err(Error::TooLong { field, found, limit }) } else { Ok(()) }
    };
    let characters = |text: &str| text.chars().count();
    within("lines", doc.lines.len(), LINES)?;
    within("workspace.address", doc.workspace.party.address.len(), ADDRESS_LINES)?;
    within("client.address", doc.client.address.len(), ADDRESS_LINES)?;
    within("annex.rows", doc.annex.as_ref().map_or(0, |annex| annex.rows.len()), ANNEX_ROWS)?;
    for line in &doc.lines {
        within("line.description", characters(&line.description), TEXT)?;
        within("line.unit_price", characters(&line.unit_price), AMOUNT)?;
        within("line.total", characters(&line.total), AMOUNT)?;
        within("line.quantity", characters(&line.quantity), AMOUNT)?;
    }
    for amount in [&doc.subtotal, &doc.total, &doc.paid, &doc.balance, &doc.rounding] {
        within("amount", characters(amount), AMOUNT)?;
    }
    within("notes", characters(&doc.notes), TEXT)?;
    within("terms", characters(&doc.terms), TEXT)?;
    Ok(())
}

/// The data of the template.
pub fn view(doc: &InvoiceDocument, logo: Option<&str>) -> Value {
    let mut data = serde_json::to_value(doc).unwrap_or_default();
    tidy(&mut data, WIDE);
    let payable = !matches!(doc.stamp, Some(Stamp::Draft | Stamp::Paid | Stamp::Void));
    let link = (payable && rules::web_address(&doc.pay_link)).then_some(doc.pay_link.as_str());
    data["language"] = json!(rules::language(&doc.language));
    data["issued_on"] =
        json!(doc.issued_on.map(|day| [i32::from(day.year()), day.month().into(), day.day().into()]));
    data["brand"] = json!(rules::brand(&doc.workspace.brand_colour));
    data["accent"] = json!(rules::readable_on_white(&doc.workspace.brand_colour));
    data["logo"] = json!(logo);
    data["pay_link"] = json!(link);
    data["account"] = if payable { account(doc) } else { Value::Null };
    data["code"] = if payable { code(doc, link) } else { Value::Null };
    data
}

/// Cleans every text of the tree.
fn tidy(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) => *text = rules::clean(text, longest),
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, longest)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let narrow = NARROW.iter().find(|(narrow, _)| field.is_string() && name == narrow);
                tidy(field, narrow.map_or(longest, |(_, most)| *most));
            }
        }
        _ => {}
    }
}

/// The bank details as rows of label and text.
fn account(doc: &InvoiceDocument) -> Value {
    let Some(bank) = &doc.bank else {
        return Value::Null;
    };
    let labels = &doc.labels;
    let mut rows = vec![(labels.account_holder.as_str(), holder(doc, bank).to_owned())];
    rows.push((&labels.bank, bank.name.clone()));
    rows.push((&labels.iban, rules::grouped_iban(&bank.iban)));
    rows.push((&labels.bic, rules::compact(&bank.bic)));
    rows.extend(bank.details.iter().map(|row| (row.label.as_str(), row.value.clone())));
    rows.push((&labels.reference, reference(doc, bank).to_owned()));
    rows.retain(|(_, text)| !text.trim().is_empty());
    let mut rows = json!(rows);
    tidy(&mut rows, ACCOUNT);
    rows
}

fn holder<'a>(doc: &'a InvoiceDocument, bank: &'a Bank) -> &'a str {
    if bank.holder.is_empty() { &doc.workspace.party.name } else { &bank.holder }
}

fn reference<'a>(doc: &'a InvoiceDocument, bank: &'a Bank) -> &'a str {
    if bank.reference.is_empty() { &doc.number } else { &bank.reference }
}

/// The payment QR code with the words under it.
fn code(doc: &InvoiceDocument, link: Option<&str>) -> Value {
    let bank = || {
        let bank = doc.bank.as_ref().filter(|_| doc.currency == "EUR")?;
        let text =
            rules::epc(holder(doc, bank), &bank.iban, &bank.bic, doc.balance_minor, reference(doc, bank))?;
        Some((text, &doc.labels.scan_bank))
    };
    let page = || link.map(|link| (link.to_owned(), &doc.labels.scan_link));
    let chosen = match doc.payment_code {
        PaymentCode::Auto => bank().or_else(page),
        PaymentCode::Epc => bank(),
        PaymentCode::Link => page(),
        PaymentCode::Off => None,
    };
    chosen
        .and_then(|(text, caption)| Some(json!({ "matrix": qr::matrix(&text)?, "caption": caption })))
        .unwrap_or(Value::Null)
}

/// The file name under which a logo is read, or `None` if it is no picture of a
/// kind and size that may be printed.
pub fn logo_name(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() || bytes.len() > LOGO_BYTES {
        return None;
    }
    let name = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "logo.png"
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        "logo.jpg"
    } else {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
        return start.contains("<svg").then_some("logo.svg");
    };
    let size = imagesize::blob_size(bytes).ok()?;
    let pixels = size.width.checked_mul(size.height)?;
    (pixels > 0 && pixels <= LOGO_PIXELS).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payable() -> InvoiceDocument {
        InvoiceDocument {
            number: "INV-7".into(),
            currency: "EUR".into(),
            balance_minor: 100,
            pay_link: "https://pay.example.test/7".into(),
            bank: Some(Bank {
                holder: "Nord".into(),
                iban: "DE89370400440532013000".into(),
                ..Bank::default()
            }),
            ..InvoiceDocument::default()
        }
    }

    #[test]
    fn euros_with_an_iban_get_the_banks_code_and_others_the_link() {
        let mut doc = payable();
        assert_eq!(view(&doc, None)["code"]["caption"], doc.labels.scan_bank);
        doc.currency = "USD".into();
        assert_eq!(view(&doc, None)["code"]["caption"], doc.labels.scan_link);
        doc.payment_code = PaymentCode::Epc;
        assert!(view(&doc, None)["code"].is_null());
    }

    #[test]
    fn nothing_asks_for_money_on_a_draft_a_paid_or_a_void_document() {
        for stamp in [Stamp::Draft, Stamp::Paid, Stamp::Void] {
            let view = view(&InvoiceDocument { stamp: Some(stamp), ..payable() }, None);
            assert!(view["code"].is_null() && view["pay_link"].is_null() && view["account"].is_null());
        }
    }

    #[test]
    fn a_link_that_is_no_web_address_is_dropped() {
        let view = view(&InvoiceDocument { pay_link: "javascript:alert(1)".into(), ..payable() }, None);
        assert!(view["pay_link"].is_null());
    }

    #[test]
    fn a_logo_is_told_by_its_content_and_refused_when_huge_or_unknown() {
        assert_eq!(logo_name(b"<?xml version='1.0'?><svg/>"), Some("logo.svg"));
        assert_eq!(logo_name(b"GIF89a"), None);
        assert_eq!(logo_name(b""), None);
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 0x80, 0, 0, 0, 0x80, 0, 8, 6, 0, 0, 0]);
        assert_eq!(logo_name(&png), None);
    }
}
