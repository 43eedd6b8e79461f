//! Whole documents, looked at through the laid-out pages.

mod samples;

use crate::compile::lay_out;
use crate::*;
use samples::*;
use typst::layout::{Abs, Frame, FrameItem, Point};

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
    document.pages().iter().map(|page| read(&page.frame)).collect()
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
    let other = invoice(InvoiceDocument { number: "INV-2026-0118".into(), ..annexed() }).await.unwrap();
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
        "View and pay",
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
        assert!(lines == 0 || page.contains("Unit price"), "page {} has no head", at + 1);
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
    for text in ["#import \"x\" $x^2$", "*b* _i_ \\n `raw`", "#emph[x]", "$1$", "#0"] {
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
    let letter = InvoiceDocument { paper: Paper::Letter, ..annexed() };
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
        let page = pages(&InvoiceDocument { stamp: Some(stamp), ..sample() }).concat();
        assert!(!page.contains("View and pay") && !page.contains("IBAN"), "{stamp:?} asks for money");
    }
    let credit = pages(&InvoiceDocument { kind: Kind::CreditNote, ..sample() }).concat();
    assert!(credit.contains("Credit note number") && credit.contains("€18,109.04 credited"));
    assert!(!credit.contains("Amount due"));
}

#[test]
fn latin_greek_and_cyrillic_are_set_and_other_scripts_reported() {
    let text = "Ærøskøbing Łódź İstanbul Việt Nam Ἀθήνα Київ ₴ ₹ ₺ ₿ שלום";
    let mut doc = InvoiceDocument { notes: text.into(), ..sample() };
    let missing = |doc: &InvoiceDocument| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(invoice(doc.clone())).unwrap().missing
    };
    assert_eq!(missing(&doc), "");
    doc.notes = "東京".into();
    assert_eq!(missing(&doc), "京東");
}

#[test]
fn a_broken_logo_is_left_out_and_does_not_stop_the_invoice() {
    for bytes in [&b"not a picture"[..], b"<svg", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01broken"]
    {
        let mut doc = sample();
        doc.workspace.logo = Some(Logo { bytes: bytes.to_vec() });
        let (document, left_out) = lay_out(&doc).unwrap();
        assert!(left_out && document.pages().len() == 1);
    }
}

#[test]
fn a_document_beyond_the_limits_is_refused_with_its_field() {
    let error = lay_out(&with_lines(1_001)).unwrap_err();
    assert!(error.to_string().starts_with("lines is too long"), "{error}");
}

#[tokio::test]
async fn an_embedded_source_file_makes_an_archive_with_the_file_in_it() {
    let source = SourceFile {
        name: "factur-x.xml".into(),
        description: "Structured invoice".into(),
        media_type: "text/xml".into(),
        bytes: b"<rsm:CrossIndustryInvoice/>".to_vec(),
    };
    let rendered = invoice(InvoiceDocument { source_file: Some(source), ..sample() }).await.unwrap();
    let has = |needle: &[u8]| rendered.bytes.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"factur-x.xml"));
    assert!(has(b"pdfaid:part"));
}

/// Writes the samples for a look, with their times, when `PDF_SAMPLES` names a folder.
#[tokio::test]
async fn samples_are_written_where_asked() {
    let Some(folder) = std::env::var_os("PDF_SAMPLES") else {
        return;
    };
    let draft =
        InvoiceDocument { stamp: Some(Stamp::Draft), number: String::new(), issued_on: None, ..sample() };
    let dollars = InvoiceDocument { currency: "USD".into(), paper: Paper::Letter, ..sample() };
    for (name, doc) in [
        ("usual", sample()),
        ("usual-again", sample()),
        ("draft", draft),
        ("paid", InvoiceDocument { stamp: Some(Stamp::Paid), ..sample() }),
        ("void", InvoiceDocument { stamp: Some(Stamp::Void), ..sample() }),
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
        let memory = status.lines().find(|line| line.starts_with("RssAnon")).unwrap_or_default();
        println!(
            "{name}: {:?}, {} pages, {} bytes, {memory}",
            start.elapsed(),
            rendered.pages,
            rendered.bytes.len()
        );
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), rendered.bytes).unwrap();
    }
}
