//! Text from people: cleaned, and folded for search.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Trims, folds line ends, and drops control characters except new lines and tabs.
/// `None` when nothing is left.
#[must_use]
pub fn clean(text: &str) -> Option<String> {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .nfc()
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Cleaned text on one line.
#[must_use]
pub fn clean_line(text: &str) -> Option<String> {
    let seen: String = text.chars().filter(|c| c.is_whitespace() || !c.is_control()).nfc().collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// Whether a spreadsheet would take a cell with this text for a formula: also behind white space,
/// quotes and marks that cannot be seen, and with the wide signs of East Asian keyboards. A plain
/// number is none.
#[must_use]
pub fn reads_as_formula(text: &str) -> bool {
    let unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let skipped = |c: char| c.is_whitespace() || c.is_control() || unseen(c) || matches!(c, '"' | '\'');
    let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start_matches(skipped).starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠'])
            && !number
}

/// Text for a cell of a spreadsheet: an apostrophe stands before what would be a formula.
#[must_use]
pub fn as_cell(text: &str) -> Cow<'_, str> {
    if reads_as_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// Lower case without accents: `Ångström` → `angstrom`. For search and sorting.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .flat_map(|c| match c {
            'ß' => vec!['s', 's'],
            'æ' => vec!['a', 'e'],
            'ø' => vec!['o'],
            'œ' => vec!['o', 'e'],
            'ł' => vec!['l'],
            'đ' => vec!['d'],
            c => vec![c],
        })
        .collect()
}

/// What comes right after every text that begins so, in byte order: `term >= 'har' and term < end`
/// finds them by an index, whatever plan the database has kept.
#[must_use]
pub fn prefix_end(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// The distinct folded words of some texts, each at most 64 bytes, at most `limit` of them.
pub fn terms<'a>(texts: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    for text in texts {
        let folded = fold(text);
        let words = folded.split(|c: char| !c.is_alphanumeric() && c != '@' && c != '.' && c != '+');
        for word in words.map(|w| w.trim_matches('.')).filter(|w| !w.is_empty()) {
            if seen.len() >= limit {
                return seen.into_iter().collect();
            }
            let end = (0..=word.len().min(64)).rev().find(|&i| word.is_char_boundary(i)).unwrap_or(0);
            seen.insert(word[..end].to_owned());
        }
    }
    seen.into_iter().collect()
}

/// A piece of a web address from a name: `Northlight Studio` → `northlight-studio`.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "workspace".into() } else { slug.into() }
}

/// Up to two initials for an avatar.
#[must_use]
pub fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let first = words.first().and_then(|w| w.chars().next());
    let last = (words.len() > 1).then(|| words.last().and_then(|w| w.chars().next())).flatten();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_known_behind_whatever_it_hides() {
        for formula in [
            "=1+1",
            "+cmd",
            "-2+3",
            "@SUM(A1)",
            "|x",
            "\t=1",
            "\r=1",
            "\n=1",
            "\tplain",
            " =1",
            "  \u{a0}=1",
            "\"=1",
            "'=1",
            "\u{feff}=1",
            "\u{200b}@x",
            "\u{2060}=1",
            "\u{202e}\u{ad}-1+2",
            "＝1",
            "－1",
            "+",
            "-",
            "+1 2",
            "\u{0}=1",
        ] {
            assert!(reads_as_formula(formula), "{formula:?}");
            assert_eq!(as_cell(formula), format!("'{formula}"));
        }
        for plain in ["", "Acme", "a=b", "1-2", "+442071838750", "-12", "12", "Acme & Co", "(=)", "#1"] {
            assert!(!reads_as_formula(plain), "{plain:?}");
            assert_eq!(as_cell(plain), plain);
        }
    }

    #[test]
    fn folding_makes_accents_and_case_no_matter() {
        assert_eq!(fold("Ångström GROẞ Łódź"), "angstrom gross lodz");
        assert_eq!(slug("  Café & Søn, Ltd. "), "cafe-son-ltd");
        assert_eq!(slug("株式会社"), "workspace");
    }

    #[test]
    fn terms_are_distinct_words_that_keep_addresses_whole() {
        assert_eq!(terms(["Ada Morel", "ada@x.co ada"], 9), ["ada", "ada@x.co", "morel"]);
    }

    #[test]
    fn cleaning_drops_what_cannot_be_seen() {
        assert_eq!(clean("  a\0b\r\nc\u{7} ").as_deref(), Some("ab\nc"));
        assert_eq!(clean(" \n "), None);
        assert_eq!(clean_line("a \n  b").as_deref(), Some("a b"));
        assert_eq!(clean_line("a \u{7} b\u{85}c").as_deref(), Some("a b c"));
        assert_eq!(clean_line(" \u{7} "), None);
    }
}
