//! What people call their files, made safe to show and to send. Names never become paths.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const LONGEST: usize = 150;
const NAMELESS: &str = "file";

/// Characters that RFC 5987 lets stand in an extended value.
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A display name: the last path part, without control characters, invisible and direction
/// characters (which make `invoice<RLO>gpj.exe` look like a picture) or characters that some
/// system keeps for itself; never empty, never hidden, at most 150 characters with the extension
/// kept.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let spaced: String = last
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(|c| match c {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let tidy = spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let tidy = tidy.trim_matches(['.', ' ']);
    if tidy.is_empty() {
        return NAMELESS.to_owned();
    }
    shorten(tidy)
}

/// The extension in lower case, without the dot; empty when there is none.
pub fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 10 => {
            extension.to_ascii_lowercase()
        }
        _ => String::new(),
    }
}

/// A `Content-Disposition` header (RFC 6266) that any browser reads: plain text for old ones, UTF-8
/// for all others. The name is made safe first.
pub fn content_disposition(name: &str, inline: bool) -> String {
    let name = safe_name(name);
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    let extended = utf8_percent_encode(&name, EXTENDED);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let extension = extension(name);
    if extension.is_empty() {
        return name.chars().take(LONGEST).collect();
    }
    let stem: String = name.chars().take(LONGEST - extension.chars().count() - 1).collect();
    format!("{}.{extension}", stem.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_controls_and_direction_tricks_are_taken_out() {
        let table = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\me\plan.docx", "plan.docx"),
            ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
            ("invoice\u{202e}gpj.exe", "invoicegpj.exe"),
            ("zero\u{200b}width.txt", "zerowidth.txt"),
            ("  two   words .txt ", "two words .txt"),
            (".htaccess", "htaccess"),
            ("...", "file"),
            ("", "file"),
            ("/", "file"),
            ("\0", "file"),
            ("Größe 東京 😀.png", "Größe 東京 😀.png"),
            ("a\"b<c>.txt", "a_b_c_.txt"),
            ("trailing.", "trailing"),
        ];
        for (given, expected) in table {
            assert_eq!(safe_name(given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe_name(&format!("{}.pdf", "é".repeat(400)));
        assert_eq!(name.chars().count(), LONGEST);
        assert!(name.ends_with("é.pdf"));
    }

    #[test]
    fn the_header_is_plain_when_it_can_be_and_extended_when_it_must() {
        assert_eq!(content_disposition("a b.pdf", false), "attachment; filename=\"a b.pdf\"");
        assert_eq!(
            content_disposition("Größe €.pdf", true),
            "inline; filename=\"Gr__e _.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%82%AC.pdf"
        );
        assert_eq!(
            content_disposition("50% off.pdf", false),
            "attachment; filename=\"50_ off.pdf\"; filename*=UTF-8''50%25%20off.pdf"
        );
    }

    #[test]
    fn no_name_can_break_out_of_the_header() {
        for name in ["x\r\nEvil: 1", "\"; filename=evil.exe", "a\\\"b", "\u{2028}x"] {
            let header = content_disposition(name, false);
            assert!(header.is_ascii());
            assert!(!header.contains(['\r', '\n', '\\']));
            assert_eq!(header.matches('"').count(), 2, "{header}");
        }
    }

    #[test]
    fn extensions_are_lower_case_and_short() {
        assert_eq!(extension("A.PDF"), "pdf");
        assert_eq!(extension("archive.tar.gz"), "gz");
        assert_eq!(extension("none"), "");
        assert_eq!(extension(".hidden"), "");
    }
}
