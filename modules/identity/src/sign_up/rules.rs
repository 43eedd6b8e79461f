//! Where a newcomer is at home, guessed from what the browser says. Everything guessed can be
//! changed in the settings.

use rapport_base::Currency;

use crate::workspaces::rules::{LOCALES, is_timezone};

/// The first settings of a workspace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Home {
    /// How figures and dates are written; one of those offered.
    pub locale: &'static str,
    /// What is paid with.
    pub currency: Currency,
    /// IANA name.
    pub timezone: String,
}

/// From the browser's languages (`de-AT,en;q=0.5`, RFC 9110 12.5.4) and its time zone; what it does
/// not say is British English, dollars and UTC.
pub(crate) fn home(languages: &str, timezone: &str) -> Home {
    let tags = || languages.split(',').filter_map(|part| part.split(';').next()).map(str::trim);
    let locale = tags().find_map(closest).unwrap_or("en-GB");
    let country = tags().find_map(|tag| tag.split('-').skip(1).find(|piece| piece.len() == 2));
    let currency = country.and_then(Currency::of_country).or_else(|| match locale {
        "de" | "fr" => Currency::try_new("EUR"),
        _ => None,
    });
    let timezone = if is_timezone(timezone) { timezone } else { "UTC" };
    Home {
        locale,
        currency: currency.or_else(|| Currency::try_new("USD")).expect("USD is a currency"),
        timezone: timezone.into(),
    }
}

/// The offered language nearest to a tag: itself, or one of the same language.
fn closest(tag: &str) -> Option<&'static str> {
    let language = tag.split('-').next().unwrap_or_default();
    let offered = || LOCALES.iter().map(|(offered, _)| *offered);
    offered().find(|offered| offered.eq_ignore_ascii_case(tag)).or_else(|| match language {
        // Most of those who say no country write as in the United States.
        "en" if tag == language => Some("en-US"),
        _ => offered().find(|offered| offered.split('-').next() == Some(language)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(languages: &str, timezone: &str) -> (&'static str, String, String) {
        let home = home(languages, timezone);
        (home.locale, home.currency.code().to_owned(), home.timezone)
    }

    #[test]
    fn a_browser_says_where_somebody_is_at_home() {
        let cases = [
            ("de-AT,en;q=0.5", "Europe/Vienna", ("de", "EUR", "Europe/Vienna")),
            ("de-CH, fr;q=0.8", "Europe/Zurich", ("de", "CHF", "Europe/Zurich")),
            ("en-GB", "Europe/London", ("en-GB", "GBP", "Europe/London")),
            ("en-AU,en", "Australia/Sydney", ("en-GB", "AUD", "Australia/Sydney")),
            ("en", "America/New_York", ("en-US", "USD", "America/New_York")),
            ("fr", "Europe/Paris", ("fr", "EUR", "Europe/Paris")),
            ("nl-NL,en;q=0.4", "Europe/Amsterdam", ("en-US", "EUR", "Europe/Amsterdam")),
        ];
        for (languages, timezone, (locale, currency, zone)) in cases {
            assert_eq!(told(languages, timezone), (locale, currency.into(), zone.into()), "{languages}");
        }
    }

    #[test]
    fn what_is_not_said_or_makes_no_sense_has_a_plain_default() {
        for languages in ["", "*", "-", "x-klingon-ZZ", "en-GB-oed;;,"] {
            assert!(matches!(told(languages, "Mars/Olympus").2.as_str(), "UTC"), "{languages}");
        }
        assert_eq!(told("", ""), ("en-GB", "USD".into(), "UTC".into()));
    }
}
