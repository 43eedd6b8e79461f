//! A cell of an export that a spreadsheet might take for a formula is marked as text, and only then.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rapport_base::text::as_cell;

/// What begins a formula, also as written with the keyboards of East Asia.
const SIGNS: [char; 9] = ['=', '+', '-', '@', '|', '＝', '＋', '－', '＠'];

/// Quotes, blanks, and what takes no room on a screen.
fn is_passed_over(c: char) -> bool {
    let unseen = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    );
    unseen || c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'')
}

/// Whether a spreadsheet might reckon with it. A sign and digits are a number, which is what it says.
fn reckons(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let mut seen = text.chars();
    let is_number = matches!(seen.next(), Some('+' | '-'))
        && !seen.as_str().is_empty()
        && seen.all(|c| c.is_ascii_digit());
    let first = text.chars().find(|&c| !is_passed_over(c));
    !is_number && first.is_some_and(|first| SIGNS.contains(&first))
}

fuzz_target!(|text: &str| {
    let written = as_cell(text);
    if reckons(text) {
        assert_eq!(written.strip_prefix('\''), Some(text), "{text:?} goes out as {written:?}");
    } else {
        assert_eq!(written, text);
    }
});
