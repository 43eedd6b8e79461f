//! What a workspace may be called, and what its settings may hold.

use rapport_base::Currency;
use rapport_ui::Choice;

/// Pieces of addresses that would be mistaken for pages of the product.
pub(crate) fn is_reserved(slug: &str) -> bool {
    matches!(
        slug,
        "new"
            | "api"
            | "app"
            | "admin"
            | "assets"
            | "account"
            | "portal"
            | "operator"
            | "settings"
            | "workspaces"
    )
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
        && pieces
            .all(|piece| (1..=8).contains(&piece.len()) && piece.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// What a piece of the address looks like.
pub(crate) const SLUG: &str = "Use 2 to 40 small letters, figures and hyphens, such as northlight-studio.";

/// Whether text can be a workspace's piece of the address.
pub(crate) fn is_slug(slug: &str) -> bool {
    (2..=40).contains(&slug.len())
        && slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !is_reserved(slug)
}

/// A web address as it is kept: with its scheme, and never one a browser would run.
pub(crate) fn website(typed: &str) -> Option<String> {
    let address = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = url::Url::parse(&address).ok()?;
    let named = url.host_str().is_some_and(|host| host.contains('.'));
    (matches!(url.scheme(), "http" | "https") && named && url.username().is_empty()).then(|| url.to_string())
}

/// Currencies to choose from, by code.
pub(crate) fn currencies() -> Vec<Choice> {
    const COMMON: &[&str] = &[
        "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR",
        "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "MAD", "MXN", "MYR",
        "NGN", "NOK", "NZD", "PEN", "PHP", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TND",
        "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR",
    ];
    let known = COMMON.iter().filter_map(|code| Currency::try_new(code));
    known.map(|currency| Choice::new(currency, format!("{currency} · {}", currency.name()))).collect()
}

/// Time zones to choose from, by name.
pub(crate) fn timezones() -> Vec<Choice> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| {
            name.contains('/')
                && !name.starts_with("Etc/")
                && !name.starts_with("posix")
                && !name.starts_with("right")
        })
        .collect();
    names.push("UTC".into());
    names.sort_unstable();
    names.iter().map(|name| Choice::new(name, name.replace('_', " "))).collect()
}

/// Languages that figures and dates are written in, with their names.
pub(crate) const LOCALES: [(&str, &str); 4] = [
    ("en-GB", "English (United Kingdom)"),
    ("en-US", "English (United States)"),
    ("de", "Deutsch"),
    ("fr", "Français"),
];

/// Languages to choose from.
pub(crate) fn locales() -> Vec<Choice> {
    LOCALES.map(|(tag, name)| Choice::new(tag, name)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_address_is_one_a_browser_opens_and_does_not_run() {
        assert_eq!(website("northlight.example").as_deref(), Some("https://northlight.example/"));
        for bad in ["javascript://x.y/%0aalert(1)", "ftp://x.example", "https://a@b.example", "nodot", ""] {
            assert_eq!(website(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_piece_of_the_address_is_plain_and_not_a_page_of_ours() {
        for good in ["nord", "north-light2"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "x", "-nord", "nord-", "Nord", "no rd", "new", "api", "nörd"] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn time_zones_and_languages_are_known_by_name() {
        assert!(is_timezone("Europe/Berlin") && is_timezone("UTC") && !is_timezone("Mars/Olympus"));
        assert!(
            is_locale("en-GB")
                && is_locale("de")
                && !is_locale("English")
                && !is_locale("e")
                && !is_locale("en_GB")
        );
    }
}
