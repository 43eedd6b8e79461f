//! Whole documents, looked at through the laid-out pages.

use crate::compile::lay_out;
use crate::*;
use jiff::civil::date;
use typst::layout::{Abs, Frame, FrameItem, Point};

fn row(label: &str, value: &str) -> Row {
    Row {
        label: label.into(),
        value: value.into(),
    }
}

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn line(description: &str, quantity: &str, unit: &str, price: &str, total: &str) -> Line {
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

fn sample() -> InvoiceDocument {
    InvoiceDocument {
        language: "en".into(),
        workspace: Workspace {
            party: Party {
                name: "Studio Nord GmbH".into(),
                address: texts(&["Große Elbstraße 14", "22767 Hamburg", "Germany", "billing@studio-nord.example"]),
                tax_id: "VAT DE123456789".into(),
            },
            brand_colour: "#0f766e".into(),
            logo: Some(Logo { bytes: LOGO.as_bytes().to_vec() }),
            footer: "Studio Nord GmbH  ·  Amtsgericht Hamburg HRB 123456  ·  Managing director: Łucja Ångström".into(),
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
            line("Brand site: design sprint\nWireframes, three rounds, hand-over in Figma", "42.5", "h", "€110.00", "€4,675.00"),
            line("Frontend development", "61.25", "h", "€120.00", "€7,350.00"),
            Line { discount: "−€120.00 (10 %)".into(), ..line("Photography, two half days on location in Reims, including travel, post-production of forty pictures and the licence for web and print", "2", "days", "€600.00", "€1,080.00") },
            Line { tax_label: "7 %".into(), ..line("Printed brand book", "25", "pcs", "€18.40", "€460.00") },
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

fn with_lines(count: usize) -> InvoiceDocument {
    let kinds = [
        "Review of the landing page",
        "Weekly call and notes",
        "Fixes after the accessibility audit, with a note on every page that was touched and why",
    ];
    let lines = (0..count)
        .map(|at| line(kinds[at % 3], "1.5", "h", "€120.00", "€180.00"))
        .collect();
    InvoiceDocument { lines, ..sample() }
}

fn annexed() -> InvoiceDocument {
    let rows = (0..60)
        .map(|at| AnnexRow {
            date: format!("Oct {}, 2026", at % 28 + 1),
            member: ["Łucja Ångström", "Maximiliane von Hohenstein"][at % 2].into(),
            task: ["Brand site · Design", "Brand site · Frontend development"][at % 2].into(),
            description:
                "Navigation on phones, keyboard order and focus, checked with a screen reader"
                    .into(),
            hours: "1:45".into(),
        })
        .collect();
    InvoiceDocument {
        annex: Some(Annex {
            rows,
            total_hours: "105:00".into(),
        }),
        ..sample()
    }
}

fn long_word() -> String {
    "Donaudampfschifffahrtsgesellschaft".repeat(6)
}

fn hostile(word: &str) -> InvoiceDocument {
    let text =
        "#import \"x\" $x^2$ *b* _i_ \\n `raw` <label> @ref [c] = h // c \"quoted\" #panic()";
    let word = word.to_owned();
    let mut doc = sample();
    doc.workspace.party.name = word.clone();
    doc.client = Party {
        name: text.into(),
        address: vec![word.clone(), text.into()],
        tax_id: word.clone(),
    };
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

fn lengthy() -> InvoiceDocument {
    let story = "Audit and rebuild of the shop, step by step, with notes. ".repeat(150);
    InvoiceDocument {
        lines: vec![
            line(&story, "1", "", "€9,000.00", "€9,000.00"),
            line("Launch", "1", "", "€1.00", "€1.00"),
        ],
        ..sample()
    }
}

/// Calls `see` for each run of text with its place on the page.
fn walk(frame: &Frame, at: Point, see: &mut impl FnMut(&str, Point, Abs)) {
    for (offset, item) in frame.items() {
        match item {
            // The rotated watermark lies behind the text on purpose.
            FrameItem::Group(group) if group.transform.kx.get() == 0.0 => {
                let moved = Point::new(group.transform.tx, group.transform.ty);
                walk(&group.frame, at + *offset + moved, see);
            }
            FrameItem::Text(text) => see(&text.text, at + *offset, text.width()),
            _ => {}
        }
    }
}

fn pages(doc: &InvoiceDocument) -> Vec<String> {
    let (document, _) = lay_out(doc).unwrap();
    let read = |frame: &Frame| {
        let mut text = String::new();
        walk(frame, Point::zero(), &mut |run, _, _| {
            text.push_str(&run.replace('\u{200b}', ""));
            text.push('|');
        });
        text
    };
    document
        .pages()
        .iter()
        .map(|page| read(&page.frame))
        .collect()
}

/// Runs of text that leave the margins of their page.
fn overflowing(doc: &InvoiceDocument) -> Vec<String> {
    let (document, _) = lay_out(doc).unwrap();
    let mut found = Vec::new();
    for page in document.pages() {
        let right = page.frame.width() - Abs::mm(19.5);
        let height = page.frame.height();
        // Between the text and the foot of the page nothing may stand.
        let gap = height - Abs::mm(19.5)..height - Abs::mm(15.0);
        let (top, bottom) = (Abs::mm(5.0), height - Abs::mm(5.0));
        walk(&page.frame, Point::zero(), &mut |run, at, width| {
            let beside = at.x < Abs::mm(19.5) || at.x + width > right;
            if beside || at.y < top || at.y > bottom || gap.contains(&at.y) {
                found.push(run.to_owned());
            }
        });
    }
    found
}

#[tokio::test]
async fn the_same_invoice_gives_the_same_bytes_and_another_one_others() {
    let first = invoice(annexed()).await.unwrap();
    let second = invoice(annexed()).await.unwrap();
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(first.bytes, second.bytes);
    let other = invoice(InvoiceDocument {
        number: "INV-2026-0118".into(),
        ..annexed()
    })
    .await
    .unwrap();
    assert_ne!(first.sha256, other.sha256);
    assert!(first.bytes.starts_with(b"%PDF-1.7"));
    assert_eq!((first.missing.as_str(), first.logo_left_out), ("", false));
}

#[test]
fn a_usual_invoice_fits_one_page_and_shows_every_figure() {
    let pages = pages(&sample());
    assert_eq!(pages.len(), 1);
    for text in [
        "INV-2026-0117",
        "November 21, 2026",
        "€13,109.04 due December 5, 2026",
        "PO-88412",
        "Château Lumière S.A.",
        "VAT FR40303265045",
        "Discount −€120.00 (10 %)",
        "VAT 19 % on €14,824.75",
        "€2,816.70",
        "Total EUR",
        "€18,109.04",
        "−€5,000.00",
        "DE89 3704 0044 0532 0130 00",
        "Scan with your banking app",
        "Pay online",
        "Page 1 of 1",
    ] {
        assert!(pages[0].contains(text), "{text} is missing in {}", pages[0]);
    }
}

#[test]
fn two_hundred_lines_repeat_the_head_of_the_table_on_each_page() {
    let pages = pages(&with_lines(200));
    assert!((7..=11).contains(&pages.len()), "{} pages", pages.len());
    let count = pages.len();
    for (at, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("Page {} of {count}", at + 1)));
        let lines = page.matches("€180.00").count();
        assert!(
            lines == 0 || page.contains("Unit price"),
            "page {} has no head",
            at + 1
        );
    }
    assert_eq!(pages.concat().matches("€180.00").count(), 200);
}

#[test]
fn the_timesheet_starts_on_a_page_of_its_own_with_its_sum() {
    let pages = pages(&annexed());
    assert!(pages.len() >= 3);
    assert!(!pages[0].contains("Timesheet"));
    assert!(pages[1].contains("Timesheet"));
    assert!(pages.last().unwrap().contains("105:00"));
}

#[test]
fn hostile_text_stays_text() {
    let all = pages(&hostile(&long_word())).concat();
    for text in [
        "#import \"x\" $x^2$",
        "*b* _i_ \\n `raw`",
        "#emph[x]",
        "$1$",
        "#0",
    ] {
        assert!(all.contains(text), "{text} is missing in {all}");
    }
}

#[test]
fn nothing_leaves_the_margins_however_long_a_word_is() {
    let word = long_word();
    for length in [12, 20, 22, 30, 40, word.len()] {
        let left = overflowing(&hostile(&word[..length]));
        assert_eq!(left, Vec::<String>::new(), "words of {length}");
    }
    assert_eq!(overflowing(&sample()), Vec::<String>::new());
    let letter = InvoiceDocument {
        paper: Paper::Letter,
        ..annexed()
    };
    assert_eq!(overflowing(&letter), Vec::<String>::new());
}

#[test]
fn a_description_longer_than_a_page_goes_on_over_the_next_ones() {
    let doc = lengthy();
    let pages = pages(&doc);
    assert!((3..=5).contains(&pages.len()), "{} pages", pages.len());
    assert_eq!(pages.concat().matches("rebuild").count(), 150);
    assert_eq!(overflowing(&doc), Vec::<String>::new());
    assert!(pages[0].contains("rebuild"), "the first page is left empty");
}

#[test]
fn a_font_folder_that_is_not_there_is_an_error() {
    assert!(add_font_folder(std::path::Path::new("/there/is/no/such/folder")).is_err());
}

#[test]
fn an_empty_document_and_each_stamp_and_kind_can_be_set() {
    assert_eq!(pages(&InvoiceDocument::default()).len(), 1);
    for stamp in [Stamp::Draft, Stamp::Paid, Stamp::Void] {
        let page = pages(&InvoiceDocument {
            stamp: Some(stamp),
            ..sample()
        })
        .concat();
        assert!(
            !page.contains("Pay online") && !page.contains("IBAN"),
            "{stamp:?} asks for money"
        );
    }
    let credit = pages(&InvoiceDocument {
        kind: Kind::CreditNote,
        ..sample()
    })
    .concat();
    assert!(credit.contains("Credit note number") && credit.contains("€18,109.04 credited"));
    assert!(!credit.contains("Amount due"));
}

#[test]
fn latin_greek_and_cyrillic_are_set_and_other_scripts_reported() {
    let text = "Ærøskøbing Łódź İstanbul Việt Nam Ἀθήνα Київ ₴ ₹ ₺ ₿ שלום";
    let mut doc = InvoiceDocument {
        notes: text.into(),
        ..sample()
    };
    let missing = |doc: &InvoiceDocument| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(invoice(doc.clone())).unwrap().missing
    };
    assert_eq!(missing(&doc), "");
    doc.notes = "東京".into();
    assert_eq!(missing(&doc), "京東");
}

#[test]
fn a_broken_logo_is_left_out_and_does_not_stop_the_invoice() {
    for bytes in [
        &b"not a picture"[..],
        b"<svg",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01broken",
    ] {
        let mut doc = sample();
        doc.workspace.logo = Some(Logo {
            bytes: bytes.to_vec(),
        });
        let (document, left_out) = lay_out(&doc).unwrap();
        assert!(left_out && document.pages().len() == 1);
    }
}

#[test]
fn a_document_beyond_the_limits_is_refused_with_its_field() {
    let error = lay_out(&with_lines(2_001)).unwrap_err();
    assert!(
        error.to_string().starts_with("lines is too long"),
        "{error}"
    );
}

#[tokio::test]
async fn an_embedded_source_file_makes_an_archive_with_the_file_in_it() {
    let source = SourceFile {
        name: "factur-x.xml".into(),
        description: "Structured invoice".into(),
        media_type: "text/xml".into(),
        bytes: b"<rsm:CrossIndustryInvoice/>".to_vec(),
    };
    let rendered = invoice(InvoiceDocument {
        source_file: Some(source),
        ..sample()
    })
    .await
    .unwrap();
    let has = |needle: &[u8]| {
        rendered
            .bytes
            .windows(needle.len())
            .any(|window| window == needle)
    };
    assert!(has(b"factur-x.xml"));
    assert!(has(b"pdfaid:part"));
}

/// Writes the samples for a look, with their times, when `PDF_SAMPLES` names a folder.
#[tokio::test]
async fn samples_are_written_where_asked() {
    let Some(folder) = std::env::var_os("PDF_SAMPLES") else {
        return;
    };
    let draft = InvoiceDocument {
        stamp: Some(Stamp::Draft),
        number: String::new(),
        issued_on: None,
        ..sample()
    };
    let dollars = InvoiceDocument {
        currency: "USD".into(),
        paper: Paper::Letter,
        ..sample()
    };
    for (name, doc) in [
        ("usual", sample()),
        ("usual-again", sample()),
        ("draft", draft),
        (
            "paid",
            InvoiceDocument {
                stamp: Some(Stamp::Paid),
                ..sample()
            },
        ),
        (
            "void",
            InvoiceDocument {
                stamp: Some(Stamp::Void),
                ..sample()
            },
        ),
        ("letter", dollars),
        ("annex", annexed()),
        ("hostile", hostile(&long_word())),
        ("lengthy", lengthy()),
        ("lines-200", with_lines(200)),
        ("lines-500", with_lines(500)),
    ] {
        let start = std::time::Instant::now();
        let rendered = invoice(doc).await.unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status
            .lines()
            .find(|line| line.starts_with("RssAnon"))
            .unwrap_or_default();
        println!(
            "{name}: {:?}, {} pages, {} bytes, {memory}",
            start.elapsed(),
            rendered.pages,
            rendered.bytes.len()
        );
        std::fs::write(
            std::path::Path::new(&folder).join(format!("{name}.pdf")),
            rendered.bytes,
        )
        .unwrap();
    }
}
