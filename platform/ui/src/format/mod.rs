//! Numbers, money, dates and durations as the reader writes them. No floats.

mod locale;
mod money;
mod time;

use std::fmt::Display;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use locale::Locale;
pub use money::{decimals, money, money_short};

use crate::arg::Arg;

/// The reader's way of writing, their clock, and the workspace's currency.
#[derive(Clone, Debug)]
pub struct Format {
    /// How numbers and dates are written.
    pub locale: Locale,
    /// The zone instants are shown in.
    pub zone: TimeZone,
    /// The moment the page is made.
    pub now: Timestamp,
    /// The workspace's currency.
    pub currency: String,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            locale: Locale::default(),
            zone: TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
            currency: "USD".into(),
        }
    }
}

impl Format {
    /// A format for a locale tag, a zone, the present and a currency.
    pub fn new(locale: &str, zone: TimeZone, now: Timestamp, currency: impl Display) -> Self {
        Self { locale: Locale::parse(locale), zone, now, currency: currency.to_string() }
    }

    /// `€1,234.50`.
    pub fn money(&self, minor: impl Arg<i64>, currency: impl Display) -> String {
        money(minor.value(), &currency.to_string(), self.locale)
    }

    /// `€12.4k`, for tiles and boards.
    pub fn money_short(&self, minor: impl Arg<i64>, currency: impl Display) -> String {
        money_short(minor.value(), &currency.to_string(), self.locale)
    }

    /// `12,345`.
    pub fn number(&self, n: impl Arg<i64>) -> String {
        number(n.value(), self.locale)
    }

    /// `78%`.
    pub fn percent(&self, n: impl Arg<i64>) -> String {
        format!("{}{}", number(n.value(), self.locale), self.locale.percent())
    }

    /// Hundredths of a percent: `12.5%`.
    pub fn basis_points(&self, points: impl Arg<i64>) -> String {
        let text = money::fixed(points.value(), 2, self.locale);
        let text = text.trim_end_matches('0').trim_end_matches(self.locale.decimal());
        format!("{text}{}", self.locale.percent())
    }

    /// `7:05` from seconds.
    pub fn duration(&self, seconds: impl Arg<i64>) -> String {
        duration(seconds.value())
    }

    /// `7.1 h` from seconds.
    pub fn hours(&self, seconds: impl Arg<i64>) -> String {
        let tenths = (seconds.value() + 180).div_euclid(360);
        format!("{}\u{a0}h", money::fixed(tenths, 1, self.locale))
    }

    /// `4.2 MB`.
    pub fn size(&self, bytes: impl Arg<i64>) -> String {
        let bytes = bytes.value().max(0);
        let (unit, name) = match bytes {
            0..1_000 => return format!("{bytes}\u{a0}B"),
            1_000..1_000_000 => (1_000, "kB"),
            1_000_000..1_000_000_000 => (1_000_000, "MB"),
            _ => (1_000_000_000, "GB"),
        };
        let tenths = bytes / (unit / 10);
        let text = if tenths >= 100 {
            number(tenths / 10, self.locale)
        } else {
            money::fixed(tenths, 1, self.locale)
        };
        format!("{text}\u{a0}{name}")
    }

    /// A phone number, grouped for reading.
    pub fn phone(&self, text: impl Display) -> String {
        phone(&text.to_string())
    }

    /// `1 task`, `3 tasks`.
    pub fn plural(&self, n: impl Arg<i64>, one: impl Display, many: impl Display) -> String {
        plural(n.value(), one, many, self.locale)
    }

    /// `AM` from `Ada Morel`.
    pub fn initials(&self, name: impl Display) -> String {
        initials(&name.to_string())
    }
}

/// A whole number with the locale's grouping.
pub fn number(n: i64, locale: Locale) -> String {
    money::fixed(n, 0, locale)
}

/// `h:mm` from seconds; the sign goes in front.
pub fn duration(seconds: i64) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    let sign = if seconds < 0 && minutes > 0 { "\u{2212}" } else { "" };
    format!("{sign}{}:{:02}", minutes / 60, minutes % 60)
}

/// A number with its noun.
pub fn plural(n: i64, one: impl Display, many: impl Display, locale: Locale) -> String {
    let single = n == 1 || (n == 0 && locale == Locale::Fr);
    if single {
        format!("{}\u{a0}{one}", number(n, locale))
    } else {
        format!("{}\u{a0}{many}", number(n, locale))
    }
}

/// The first letters of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Groups the digits of an international number; anything else stays as typed.
pub fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !text.starts_with('+') || digits.len() < 8 {
        return text.to_owned();
    }
    if let Some(rest) = digits.strip_prefix('1').filter(|rest| rest.len() == 10) {
        return format!("+1 {} {} {}", &rest[..3], &rest[3..6], &rest[6..]);
    }
    let (code, rest) = digits.split_at(if digits.starts_with('7') { 1 } else { 2 });
    let mut out = format!("+{code}");
    let mut rest = rest;
    while !rest.is_empty() {
        let take = if rest.len() <= 4 { rest.len() } else { 3 };
        out.push(' ');
        out.push_str(&rest[..take]);
        rest = &rest[take..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_locale(tag: &str) -> Format {
        Format { locale: Locale::parse(tag), ..Format::default() }
    }

    #[test]
    fn durations_are_hours_and_two_digits_of_minutes() {
        assert_eq!(duration(0), "0:00");
        assert_eq!(duration(59), "0:00");
        assert_eq!(duration(25_500), "7:05");
        assert_eq!(duration(-5_400), "\u{2212}1:30");
        assert_eq!(in_locale("de").hours(25_500_i64), "7,1\u{a0}h");
    }

    #[test]
    fn initials_come_from_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Morel"), "AM");
        assert_eq!(initials("Jean-Luc van der Berg"), "JB");
        assert_eq!(initials("élan"), "É");
        assert_eq!(initials("  "), "");
    }

    #[test]
    fn sizes_percents_and_plurals_follow_the_locale() {
        assert_eq!(in_locale("en-GB").size(4_210_000_i64), "4.2\u{a0}MB");
        assert_eq!(in_locale("fr").size(999_i64), "999\u{a0}B");
        assert_eq!(in_locale("de").basis_points(1_250_i64), "12,5\u{a0}%");
        assert_eq!(in_locale("en-US").basis_points(2_000_i64), "20%");
        assert_eq!(in_locale("en-US").plural(1_i64, "task", "tasks"), "1\u{a0}task");
        assert_eq!(in_locale("de").plural(12_345_i64, "Ding", "Dinge"), "12.345\u{a0}Dinge");
    }

    #[test]
    fn phones_are_grouped_only_when_international() {
        assert_eq!(phone("+14155550132"), "+1 415 555 0132");
        assert_eq!(phone("+442079460958"), "+44 207 946 0958");
        assert_eq!(phone("030 123"), "030 123");
    }
}
