//! What a workspace may be called.

/// Pieces of addresses that would be mistaken for pages of the product.
pub(crate) fn is_reserved(slug: &str) -> bool {
    matches!(slug, "new" | "api" | "app" | "admin" | "assets" | "account" | "portal" | "operator" | "settings" | "workspaces")
}

/// Whether time zone data knows the name.
pub(crate) fn is_timezone(name: &str) -> bool {
    name == "UTC" || jiff::tz::TimeZone::get(name).is_ok()
}

/// Whether text has the shape of a language tag: `en`, `de-AT`.
pub(crate) fn is_locale(tag: &str) -> bool {
    let mut pieces = tag.split('-');
    let language = pieces.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_lowercase())
        && tag.len() <= 35
        && pieces.all(|piece| (1..=8).contains(&piece.len()) && piece.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_and_languages_are_known_by_name() {
        assert!(is_timezone("Europe/Berlin") && is_timezone("UTC") && !is_timezone("Mars/Olympus"));
        assert!(is_locale("en-GB") && is_locale("de") && !is_locale("English") && !is_locale("e") && !is_locale("en_GB"));
    }
}
