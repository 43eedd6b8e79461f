//! Telling text from binary, and harmless text from text a browser would run.

/// What text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Plain,
    Html,
    Xml,
    Svg,
    Script,
}

/// Look at the head of a file; nothing when it is not text. A character cut off at the end of the
/// head is no fault.
pub(super) fn look(head: &[u8]) -> Option<Text> {
    let text = decode(head)?;
    let start = skip_prolog(&text);
    let lower = start.get(..64).unwrap_or(start).to_ascii_lowercase();
    if text.starts_with("#!") || lower.starts_with("<?php") || lower.starts_with("<%") {
        return Some(Text::Script);
    }
    let html = ["<html", "<head", "<body", "<script", "<iframe", "<!doctype html", "<title"];
    if html.iter().any(|tag| lower.starts_with(tag)) {
        return Some(Text::Html);
    }
    if is_svg(start) {
        return Some(Text::Svg);
    }
    if text.trim_start().starts_with("<?xml") {
        return Some(Text::Xml);
    }
    Some(Text::Plain)
}

/// Whether markup carries something a browser would run or fetch.
pub(super) fn is_active(head: &[u8]) -> bool {
    let Some(text) = decode(head) else {
        return true;
    };
    let lower = text.to_ascii_lowercase();
    let marks = ["<script", "javascript:", "<foreignobject", "<!entity", "<iframe", "<handler"];
    marks.iter().any(|mark| lower.contains(mark)) || has_event_attribute(&lower)
}

/// `onload=`, `onclick =` and their kin, after white space, a slash or a quote.
fn has_event_attribute(lower: &str) -> bool {
    let bytes = lower.as_bytes();
    lower.match_indices("on").any(|(at, _)| {
        let before = at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'"' | b'\'');
        let name = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let rest = lower[at + name..].trim_start();
        before && name > 3 && rest.starts_with('=')
    })
}

/// The text behind declarations, comments and white space: where the first element begins.
fn skip_prolog(text: &str) -> &str {
    let mut rest = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    loop {
        let end = if rest.starts_with("<?xml") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else {
            None
        };
        match end {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest,
        }
    }
}

fn is_svg(start: &str) -> bool {
    let mut rest = start;
    if rest.get(..13).is_some_and(|text| text.eq_ignore_ascii_case("<!doctype svg")) {
        let internal = rest.find('[').filter(|open| rest.find('>').is_some_and(|close| *open < close));
        let end = match internal {
            Some(_) => rest.find("]>").map(|at| at + 2),
            None => rest.find('>').map(|at| at + 1),
        };
        rest = skip_prolog(&rest[end.unwrap_or(rest.len())..]);
    }
    let Some(tag) = rest.strip_prefix('<') else {
        return false;
    };
    let name: &str = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or("");
    name.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case("svg"))
}

fn decode(head: &[u8]) -> Option<String> {
    if let Some(rest) = head.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = head.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    if head.iter().any(|b| is_binary(*b)) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok().map(str::to_owned)
        }
        Err(_) => Some(head.iter().map(|b| char::from(*b)).collect()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let binary = text.chars().any(|c| u8::try_from(c).is_ok_and(is_binary));
    (!binary).then_some(text)
}

fn is_binary(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)) || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_markup_and_from_bytes() {
        let table: [(&[u8], Option<Text>); 18] = [
            (b"hello", Some(Text::Plain)),
            (b"a;b\n1;2\n", Some(Text::Plain)),
            ("Gr\u{f6}\u{df}e".as_bytes(), Some(Text::Plain)),
            (b"Gr\xf6\xdfe in Latin-1", Some(Text::Plain)),
            (b"cut off at the end \xc3", Some(Text::Plain)),
            (b"\xff\xfeh\0i\0", Some(Text::Plain)),
            (b"\xff\xfe<\0h\0t\0m\0l\0", Some(Text::Html)),
            (b" \n<!DOCTYPE HTML><p>", Some(Text::Html)),
            (b"<!-- x --><Script>alert(1)</script>", Some(Text::Html)),
            (b"<?xml version='1.0'?><!-- a --><svg:svg/>", Some(Text::Svg)),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", Some(Text::Svg)),
            (b"<!DOCTYPE svg PUBLIC 'x' 'y'><svg>", Some(Text::Svg)),
            (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", Some(Text::Svg)),
            (b"<?xml version='1.0'?><Document/>", Some(Text::Xml)),
            (b"<?xml version='1.0'?><html/>", Some(Text::Html)),
            (b"#!/bin/sh\n", Some(Text::Script)),
            (b"<?php echo 1;", Some(Text::Script)),
            (b"a\0b", None),
        ];
        for (head, expected) in table {
            assert_eq!(look(head), expected, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn active_markup_is_noticed() {
        for bad in [
            "<svg><script>1</script></svg>",
            "<svg onload=alert(1)>",
            "<svg/onload = 'x'>",
            "<svg><a href='JavaScript:x'>",
            "<svg><foreignObject/></svg>",
        ] {
            assert!(is_active(bad.as_bytes()), "{bad}");
        }
        assert!(!is_active(b"<svg><text>turn on = yes</text><path d='M0 0'/></svg>"));
    }
}
