//! Pure rules: clean text, readable colours, bank codes.

/// The text without control and direction-override characters, with chances to
/// break words longer than `longest` characters, so that nothing can overflow.
pub fn clean(text: &str, longest: usize) -> String {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' => Some(c),
            '\t' | '\r' => Some(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| c.is_whitespace() && c != '\u{a0}') {
        if word.chars().count() <= longest {
            out.push_str(word);
            continue;
        }
        let step = (longest / 3).max(4);
        for (index, c) in word.chars().enumerate() {
            if index > 0 && index % step == 0 && !joins_to_previous(c) {
                out.push('\u{200b}');
            }
            out.push(c);
        }
    }
    out.trim_end().to_owned()
}

/// Combining marks, joiners and variation selectors stay with what they follow.
fn joins_to_previous(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
        || c.is_whitespace()
}

type Rgb = [u8; 3];

fn parse_hex(colour: &str) -> Option<Rgb> {
    let hex = colour.trim().strip_prefix('#')?;
    if !hex.is_ascii() {
        return None;
    }
    let byte = |text: &str| u8::from_str_radix(text, 16).ok();
    match hex.len() {
        6 => Some([byte(&hex[0..2])?, byte(&hex[2..4])?, byte(&hex[4..6])?]),
        3 => {
            let nibble = |at: usize| byte(&hex[at..=at]).map(|n| n * 17);
            Some([nibble(0)?, nibble(1)?, nibble(2)?])
        }
        _ => None,
    }
}

fn to_hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn contrast([r, g, b]: Rgb) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    1.05 / (0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05)
}

/// WCAG contrast of a `#rrggbb` or `#rgb` colour on white, or `None` if it is no colour.
pub fn contrast_on_white(colour: &str) -> Option<f64> {
    parse_hex(colour).map(contrast)
}

/// Colour used where the workspace has not chosen one.
pub const DEFAULT_BRAND: &str = "#334155";

/// The colour itself as `#rrggbb`, or the default if it is none.
pub fn brand(colour: &str) -> String {
    parse_hex(colour).map_or_else(|| DEFAULT_BRAND.to_owned(), to_hex)
}

/// The colour darkened until text in it reads well on white (4.5 : 1).
pub fn readable_on_white(colour: &str) -> String {
    let mut rgb = parse_hex(colour).or_else(|| parse_hex(DEFAULT_BRAND)).unwrap_or_default();
    while contrast(rgb) < 4.5 {
        rgb = rgb.map(|channel| (u16::from(channel) * 24 / 25) as u8);
    }
    to_hex(rgb)
}

/// Whether the text is an IBAN whose check digits hold.
pub fn valid_iban(iban: &str) -> bool {
    let iban = compact(iban);
    let shape = (15..=34).contains(&iban.len())
        && iban.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && iban.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && iban.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    shape
        && iban.bytes().cycle().skip(4).take(iban.len()).fold(0u32, |rest, b| {
            if b.is_ascii_digit() {
                (rest * 10 + u32::from(b - b'0')) % 97
            } else {
                (rest * 100 + u32::from(b - b'A') + 10) % 97
            }
        }) == 1
}

/// An account number or bank identifier without spaces, in capitals.
pub fn compact(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}

/// An IBAN in groups of four.
pub fn grouped_iban(iban: &str) -> String {
    let characters: Vec<char> = compact(iban).chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The European bank transfer code (EPC069-12 version 002), or `None` where a
/// bank would refuse it: no holder, no valid IBAN, an amount outside its limits.
pub fn epc(holder: &str, iban: &str, bic: &str, cents: i64, reference: &str) -> Option<String> {
    let holder: String = one_line(holder, 70);
    if holder.is_empty() || !valid_iban(iban) || !(1..=99_999_999_999).contains(&cents) {
        return None;
    }
    let code = format!(
        "BCD\n002\n1\nSCT\n{}\n{holder}\n{}\nEUR{}.{:02}\n\n\n{}",
        compact(bic),
        compact(iban),
        cents / 100,
        cents % 100,
        one_line(reference, 140),
    );
    (code.len() <= 331).then_some(code)
}

fn one_line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(longest).collect()
}

/// Whether the text is a web address that may be linked.
pub fn web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && link.len() <= 2000
        && link.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

/// The language code as the engine takes it, English where it is none.
pub fn language(code: &str) -> &str {
    let primary = code.split(['-', '_']).next().unwrap_or_default();
    let fits = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
    if fits { primary } else { "en" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_keeps_lines_and_drops_control_and_direction_characters() {
        assert_eq!(clean("a\r\nb\tc\u{0}\u{202e}d\u{7}\n", 20), "a\nb cd");
    }

    #[test]
    fn long_words_get_break_chances_and_short_ones_none() {
        assert_eq!(clean("short words", 20), "short words");
        assert_eq!(clean("abcdefghijkl", 6), "abcd\u{200b}efgh\u{200b}ijkl");
        assert_eq!(clean("abcde\u{301}fghij", 6), "abcd\u{200b}e\u{301}fg\u{200b}hij");
    }

    #[test]
    fn a_pale_brand_is_darkened_for_text_and_a_dark_one_kept() {
        assert_eq!(readable_on_white("#1d4ed8"), "#1d4ed8");
        for pale in ["#ffffff", "#ffee00", "#0f0", "#ffc0cb", "nonsense", "", "#€€"] {
            assert!(contrast_on_white(&readable_on_white(pale)).unwrap() >= 4.5, "{pale}");
        }
        assert_eq!(brand("#0f0"), "#00ff00");
        assert_eq!(brand("red"), DEFAULT_BRAND);
    }

    #[test]
    fn an_iban_is_checked_by_its_digits() {
        assert!(valid_iban("DE89 3704 0044 0532 0130 00"));
        assert!(valid_iban("gb29nwbk60161331926819"));
        assert!(!valid_iban("DE89 3704 0044 0532 0130 01"));
        assert!(!valid_iban(""));
        assert!(!valid_iban("ÄÖ89370400440532013000"));
        assert_eq!(grouped_iban("de89370400440532013000"), "DE89 3704 0044 0532 0130 00");
    }

    #[test]
    fn the_bank_code_follows_the_guideline_line_by_line() {
        let code = epc("Studio  Nord\nGmbH", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", 123_405, "INV-7")
            .unwrap();
        let expected = [
            "BCD",
            "002",
            "1",
            "SCT",
            "COBADEFFXXX",
            "Studio Nord GmbH",
            "DE89370400440532013000",
            "EUR1234.05",
            "",
            "",
            "INV-7",
        ];
        assert_eq!(code.split('\n').collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_bank_code_is_made_that_a_bank_would_refuse() {
        let iban = "DE89370400440532013000";
        assert_eq!(epc("Studio", "DE00", "", 100, ""), None);
        assert_eq!(epc("", iban, "", 100, ""), None);
        assert_eq!(epc("Studio", iban, "", 0, ""), None);
        assert_eq!(epc("Studio", iban, "", 100_000_000_000, ""), None);
        assert_eq!(epc("Ж".repeat(70).as_str(), iban, "", 100, &"Ж".repeat(140)), None);
    }

    #[test]
    fn only_web_addresses_are_linked() {
        assert!(web_address("https://pay.example.test/i/1?a=b"));
        assert!(!web_address("javascript:alert(1)"));
        assert!(!web_address("https://a b"));
        assert!(!web_address("https://"));
    }

    #[test]
    fn a_language_is_its_primary_code_or_english() {
        assert_eq!(language("de-AT"), "de");
        assert_eq!(language("pt_BR"), "pt");
        assert_eq!(language("\"x"), "en");
        assert_eq!(language(""), "en");
    }
}
