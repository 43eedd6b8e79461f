//! A cell of an export that a spreadsheet might take for a formula is marked as text, and only then.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_base::text::reads_as_formula;

fuzz_target!(|text: &str| {
    let marked = format!("'{text}");
    if text.starts_with(['=', '@', '\t', '\r']) {
        assert!(reads_as_formula(text), "{text:?}");
    }
    if text.chars().all(|c| c.is_ascii_alphanumeric()) {
        assert!(!reads_as_formula(text), "{text:?}");
    }
    assert!(!marked.starts_with(['=', '+', '-', '@']));
});
