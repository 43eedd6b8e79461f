//! Money: whole minor units in, text out.

use super::Locale;

/// Decimals of a currency by ISO 4217.
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

fn symbol(currency: &str, locale: Locale) -> String {
    match (currency, locale) {
        ("USD", Locale::EnUs) => "$".into(),
        ("USD", Locale::EnGb) => "US$".into(),
        ("USD", _) => "$".into(),
        ("EUR", _) => "€".into(),
        ("GBP", _) => "£".into(),
        ("JPY", _) => "¥".into(),
        ("INR", _) => "₹".into(),
        ("KRW", _) => "₩".into(),
        ("CAD", Locale::EnUs | Locale::EnGb) => "CA$".into(),
        ("AUD", Locale::EnUs | Locale::EnGb) => "A$".into(),
        ("NZD", Locale::EnUs | Locale::EnGb) => "NZ$".into(),
        (code, locale) if locale.currency_first() => format!("{code}\u{a0}"),
        (code, _) => code.into(),
    }
}

/// An amount of minor units: `€1,234.50`, `1.234,50 €`.
pub fn money(minor: i64, currency: &str, locale: Locale) -> String {
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let amount = unsigned(minor.unsigned_abs(), decimals(currency), locale);
    placed(sign, &amount, &symbol(currency, locale), locale)
}

/// An amount with three figures and a magnitude: `€12.4k`, `€1.2M`; small amounts in whole units.
pub fn money_short(minor: i64, currency: &str, locale: Locale) -> String {
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let unit = 10_u64.pow(decimals(currency));
    let whole = (minor.unsigned_abs() + unit / 2) / unit;
    let amount = match whole {
        0..10_000 => unsigned(whole, 0, locale),
        10_000..999_950 => magnitude(whole, 1_000, "k", locale),
        999_950..999_950_000 => magnitude(whole, 1_000_000, "M", locale),
        _ => magnitude(whole, 1_000_000_000, "B", locale),
    };
    placed(sign, &amount, &symbol(currency, locale), locale)
}

fn magnitude(whole: u64, unit: u64, suffix: &str, locale: Locale) -> String {
    let tenths = (whole + unit / 20) / (unit / 10);
    if tenths >= 1_000 || tenths.is_multiple_of(10) {
        format!("{}{suffix}", unsigned((tenths + 5 * u64::from(tenths >= 1_000)) / 10, 0, locale))
    } else {
        format!("{}{suffix}", unsigned(tenths, 1, locale))
    }
}

fn placed(sign: &str, amount: &str, symbol: &str, locale: Locale) -> String {
    if locale.currency_first() {
        format!("{sign}{symbol}{amount}")
    } else {
        format!("{sign}{amount}\u{a0}{symbol}")
    }
}

/// A number with so many decimals, from its smallest unit.
pub(super) fn fixed(n: i64, decimals: u32, locale: Locale) -> String {
    let sign = if n < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", unsigned(n.unsigned_abs(), decimals, locale))
}

fn unsigned(n: u64, decimals: u32, locale: Locale) -> String {
    let unit = 10_u64.pow(decimals);
    let digits = (n / unit).to_string();
    let mut out = String::with_capacity(digits.len() * 2 + 4);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(locale.group());
        }
        out.push(digit);
    }
    if decimals > 0 {
        out.push(locale.decimal());
        out.push_str(&format!("{:0width$}", n % unit, width = decimals as usize));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Locale::{De, EnGb, EnUs, Fr};

    #[test]
    fn money_is_written_as_the_reader_writes_it() {
        assert_eq!(money(123_450, "USD", EnUs), "$1,234.50");
        assert_eq!(money(123_450, "USD", EnGb), "US$1,234.50");
        assert_eq!(money(123_450, "GBP", EnGb), "£1,234.50");
        assert_eq!(money(123_450, "EUR", De), "1.234,50\u{a0}€");
        assert_eq!(money(123_450_000, "EUR", Fr), "1\u{202f}234\u{202f}500,00\u{a0}€");
        assert_eq!(money(-5, "CHF", EnGb), "\u{2212}CHF\u{a0}0.05");
    }

    #[test]
    fn currencies_have_none_two_or_three_decimals() {
        assert_eq!(money(123_450, "JPY", EnUs), "¥123,450");
        assert_eq!(money(123_450, "KWD", EnUs), "KWD\u{a0}123.450");
        assert_eq!(money(i64::MIN, "JPY", EnUs), "\u{2212}¥9,223,372,036,854,775,808");
    }

    #[test]
    fn short_money_keeps_one_decimal_where_it_says_something() {
        assert_eq!(money_short(99_949, "USD", EnUs), "$999");
        assert_eq!(money_short(1_240_000, "USD", EnUs), "$12.4k");
        assert_eq!(money_short(4_200_000, "USD", EnUs), "$42k");
        assert_eq!(money_short(11_240_000, "USD", EnUs), "$112k");
        assert_eq!(money_short(123_456_789, "EUR", De), "1,2M\u{a0}€");
        assert_eq!(money_short(99_999_999, "USD", EnUs), "$1M");
    }
}
