//! Documents to try the typesetting on.

use crate::*;
use jiff::civil::date;

pub fn row(label: &str, value: &str) -> Row {
    Row { label: label.into(), value: value.into() }
}

pub fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

pub fn line(description: &str, quantity: &str, unit: &str, price: &str, total: &str) -> Line {
    Line {
        description: description.into(),
        quantity: quantity.into(),
        unit: unit.into(),
        unit_price: price.into(),
        tax_label: "19 %".into(),
        total: total.into(),
        ..Line::default()
    }
}

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 48"><rect width="48" height="48" rx="12" fill="#0f766e"/><path d="M14 34V14l20 20V14" fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round" stroke-linecap="round"/><path d="M66 34V14l18 20V14M98 24a10 10 0 1 0 20 0a10 10 0 1 0-20 0M132 34V14h10a6 6 0 0 1 0 12h-10l14 8M160 14v20h6a10 10 0 0 0 0-20z" fill="none" stroke="#134e4a" stroke-width="4" stroke-linejoin="round"/></svg>"##;

pub fn sample() -> InvoiceDocument {
    InvoiceDocument {
        language: "en".into(),
        workspace: Workspace {
            party: Party {
                name: "Studio Nord GmbH".into(),
                address: texts(&[
                    "Große Elbstraße 14",
                    "22767 Hamburg",
                    "Germany",
                    "billing@studio-nord.example",
                ]),
                tax_id: "VAT DE123456789".into(),
            },
            brand_colour: "#0f766e".into(),
            logo: Some(Logo { bytes: LOGO.as_bytes().to_vec() }),
            footer:
                "Studio Nord GmbH  ·  Amtsgericht Hamburg HRB 123456  ·  Managing director: Łucja Ångström"
                    .into(),
        },
        client: Party {
            name: "Château Lumière S.A.".into(),
            address: texts(&["Attn. Accounts Payable", "12 rue de l’Église", "75011 Paris", "France"]),
            tax_id: "VAT FR40303265045".into(),
        },
        number: "INV-2026-0117".into(),
        issued_on: Some(date(2026, 11, 21)),
        issue_date: "November 21, 2026".into(),
        due_date: "December 5, 2026".into(),
        details: vec![row("Service period", "October 1 – 31, 2026")],
        purchase_order: "PO-88412".into(),
        currency: "EUR".into(),
        lines: vec![
            line(
                "Brand site: design sprint\nWireframes, three rounds, hand-over in Figma",
                "42.5",
                "h",
                "€110.00",
                "€4,675.00",
            ),
            line("Frontend development", "61.25", "h", "€120.00", "€7,350.00"),
            Line {
                discount: "−€120.00 (10 %)".into(),
                ..line(
                    "Photography, two half days on location in Reims, including travel, post-production of forty pictures and the licence for web and print",
                    "2",
                    "days",
                    "€600.00",
                    "€1,080.00",
                )
            },
            Line {
                tax_label: "7 %".into(), ..line("Printed brand book", "25", "pcs", "€18.40", "€460.00")
            },
            line("Milestone: launch", "1", "", "€2,500.00", "€2,500.00"),
        ],
        subtotal: "€16,065.00".into(),
        discounts: vec![row("Returning client 5 %", "−€803.25")],
        taxes: vec![
            TaxRow { label: "VAT 19 %".into(), base: "€14,824.75".into(), amount: "€2,816.70".into() },
            TaxRow { label: "VAT 7 %".into(), base: "€437.00".into(), amount: "€30.59".into() },
        ],
        total: "€18,109.04".into(),
        paid: "−€5,000.00".into(),
        balance: "€13,109.04".into(),
        balance_minor: 1_310_904,
        notes: "Thank you for the good work together. The source files are in your portal.".into(),
        terms: "Payable within 14 days without deduction. After that, statutory interest applies.".into(),
        bank: Some(Bank {
            name: "Hamburger Sparkasse".into(),
            iban: "DE89370400440532013000".into(),
            bic: "HASPDEHHXXX".into(),
            ..Bank::default()
        }),
        pay_link: "https://rapport.example/pay/4f7c1d0a".into(),
        ..InvoiceDocument::default()
    }
}

pub fn with_lines(count: usize) -> InvoiceDocument {
    let kinds = [
        "Review of the landing page",
        "Weekly call and notes",
        "Fixes after the accessibility audit, with a note on every page that was touched and why",
    ];
    let lines = (0..count).map(|at| line(kinds[at % 3], "1.5", "h", "€120.00", "€180.00")).collect();
    InvoiceDocument { lines, ..sample() }
}

pub fn annexed() -> InvoiceDocument {
    let rows = (0..60)
        .map(|at| AnnexRow {
            date: format!("Oct {}, 2026", at % 28 + 1),
            member: ["Łucja Ångström", "Maximiliane von Hohenstein"][at % 2].into(),
            task: ["Brand site · Design", "Brand site · Frontend development"][at % 2].into(),
            description: "Navigation on phones, keyboard order and focus, checked with a screen reader"
                .into(),
            hours: "1:45".into(),
        })
        .collect();
    InvoiceDocument { annex: Some(Annex { rows, total_hours: "105:00".into() }), ..sample() }
}

pub fn long_word() -> String {
    "Donaudampfschifffahrtsgesellschaft".repeat(6)
}

pub fn hostile(word: &str) -> InvoiceDocument {
    let text = "#import \"x\" $x^2$ *b* _i_ \\n `raw` <label> @ref [c] = h // c \"quoted\" #panic()";
    let word = word.to_owned();
    let mut doc = sample();
    doc.workspace.party.name = word.clone();
    doc.client = Party { name: text.into(), address: vec![word.clone(), text.into()], tax_id: word.clone() };
    doc.lines = vec![
        Line {
            description: format!("{text}\n{word}"),
            quantity: "1,000,000.125".into(),
            unit: "Kilowattstunden".into(),
            unit_price: "KWD 1,000,000,000.125".into(),
            tax_label: "Mehrwertsteuer§13b".into(),
            total: "KWD 999,000,000,000.125".into(),
            discount: word.clone(),
        },
        line("#emph[x]", "1", "#h", "$1$", "#0"),
    ];
    doc.number = word.clone();
    doc.purchase_order = word.clone();
    doc.details = vec![row(&word, &word)];
    doc.discounts = vec![row(&word, "−€1.00")];
    doc.remarks = vec![word.clone(), text.into()];
    doc.notes = format!("{text} {word}");
    doc.workspace.footer = word.clone();
    doc.bank = Some(Bank {
        name: word.clone(),
        reference: word.clone(),
        details: vec![row(&word, &word)],
        ..Bank::default()
    });
    doc.annex = Some(Annex {
        rows: vec![AnnexRow {
            date: word.clone(),
            member: word.clone(),
            task: word.clone(),
            description: text.into(),
            hours: "1:00".into(),
        }],
        total_hours: "1:00".into(),
    });
    doc.workspace.logo = None;
    doc
}

pub fn lengthy() -> InvoiceDocument {
    let story = "Audit and rebuild of the shop, step by step, with notes. ".repeat(150);
    InvoiceDocument {
        lines: vec![
            line(&story, "1", "", "€9,000.00", "€9,000.00"),
            line("Launch", "1", "", "€1.00", "€1.00"),
        ],
        ..sample()
    }
}
