//! Whatever is written in Markdown, what comes out is the tags of formatting and links, closed as they
//! were opened, with no attribute but a link's address and its `rel`, and no address that runs anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

const TAGS: &str =
    "a blockquote code del em h1 h2 h3 h4 h5 h6 li ol p pre strong table tbody td th thead tr ul";
/// Tags that hold nothing and are not closed.
const EMPTY: &str = "br hr";
const SCHEMES: &str = "http https mailto tel";
const REL: &str = "noopener noreferrer nofollow";

fn is_among(list: &str, name: &str) -> bool {
    list.split(' ').any(|known| known == name)
}

/// What a browser makes of the signs in an attribute's value.
fn unescaped(value: &str) -> String {
    value
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// Where an address leads, as a browser reads it: tabs and new lines count nowhere, and neither does what
/// cannot be seen at its beginning. None for one within this site.
fn scheme(address: &str) -> Option<String> {
    let bare: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let (scheme, _) = bare.trim_start_matches(|c: char| c <= ' ').split_once(':')?;
    let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let goes_on = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (begins && goes_on).then(|| scheme.to_ascii_lowercase())
}

/// The names and values between a tag's name and its end, written as ` name="value"`; what follows the tag.
fn attributes(mut rest: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let mut found = Vec::new();
    while let Some(one) = rest.strip_prefix(' ') {
        let (name, after) = one.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        found.push((name, value));
        rest = after;
    }
    Some((found, rest.strip_prefix('>')?))
}

/// Reads one tag behind its `<`; what follows it, or none when it is not among those that may be.
fn tag<'a>(text: &'a str, open: &mut Vec<&'a str>) -> Option<&'a str> {
    if let Some(closing) = text.strip_prefix('/') {
        let (name, rest) = closing.split_once('>')?;
        return (open.pop()? == name).then_some(rest);
    }
    let (name, rest) = text.split_at(text.find([' ', '>'])?);
    let (attributes, rest) = attributes(rest)?;
    if is_among(TAGS, name) {
        open.push(name);
    } else if !is_among(EMPTY, name) {
        return None;
    }
    let may_be = |&(attribute, value): &(&str, &str)| match (name, attribute) {
        ("a", "rel") => value == REL,
        ("a", "href") => scheme(&unescaped(value)).is_none_or(|scheme| is_among(SCHEMES, &scheme)),
        _ => false,
    };
    attributes.iter().all(may_be).then_some(rest)
}

fuzz_target!(|text: &str| {
    let html = projects::markdown(text).to_string();
    let mut open = Vec::new();
    let mut rest = html.as_str();
    while let Some((before, behind)) = rest.split_once('<') {
        assert!(!before.contains('>'), "{before:?} in {html}");
        rest = tag(behind, &mut open).unwrap_or_else(|| panic!("<{behind:?} in {html}"));
    }
    assert!(!rest.contains('>') && open.is_empty(), "{open:?} in {html}");
});
