//! Money: integer minor units with an ISO 4217 currency, and the one rounding rule.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code in any case; `None` when ISO 4217 has none such.
    #[must_use]
    pub fn try_new(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&upper)?;
        upper.as_bytes().try_into().ok().map(Self)
    }
    /// What is paid with in a country, by its ISO 3166 code of two letters.
    #[must_use]
    pub fn of_country(code: &str) -> Option<Self> {
        let country: iso_currency::Country = code.to_ascii_uppercase().parse().ok()?;
        let used = iso_currency::Currency::from_country(country);
        used.into_iter().find(|currency| currency.flags().is_empty()).and_then(|c| Self::try_new(c.code()))
    }
    /// `EUR`.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of ASCII letters")
    }
    /// Digits after the decimal point: 0, 2 or 3.
    #[must_use]
    pub fn exponent(self) -> u32 {
        iso_currency::Currency::from_code(self.code()).and_then(|c| c.exponent()).map_or(2, u32::from)
    }
    /// Its sign where it has a common one: `€`.
    #[must_use]
    pub fn symbol(self) -> String {
        iso_currency::Currency::from_code(self.code())
            .map_or_else(|| self.code().into(), |c| c.symbol().symbol)
    }
    /// Its English name.
    #[must_use]
    pub fn name(self) -> String {
        iso_currency::Currency::from_code(self.code()).map_or_else(String::new, |c| c.name().to_owned())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::try_new(&text)
            .ok_or_else(|| serde::de::Error::custom("write a currency as three letters, such as EUR"))
    }
}
impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .examples([serde_json::json!("EUR")])
            .into()
    }
}
impl utoipa::ToSchema for Currency {}
impl postgres_types::ToSql for Currency {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.code().to_sql(ty, out)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::ToSql>::accepts(ty)
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Currency {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let code = <&str as postgres_types::FromSql>::from_sql(ty, raw)?;
        Self::try_new(code).ok_or_else(|| format!("{code:?} is not an ISO 4217 currency").into())
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        <&str as postgres_types::FromSql>::accepts(ty)
    }
}

/// An amount of one currency, in its minor units (cents, yen, fils).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Currency.
    pub currency: Currency,
}

impl Money {
    /// The largest amount the house takes, in minor units: far above any invoice,
    /// far below where sums of a workspace could overflow.
    pub const MAX_MINOR: i64 = 100_000_000_000_000;

    /// An amount.
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }
    /// Reads what a person typed: `1,234.50`, `1.234,50`, `1 234`, `$ 12`.
    /// The last separator is the decimal one when at most `exponent` digits follow it.
    #[must_use]
    pub fn parse(typed: &str, currency: Currency) -> Option<Self> {
        let exponent = currency.exponent() as usize;
        let typed = typed.trim().trim_start_matches(&currency.symbol()).trim();
        let typed = typed.trim_start_matches(currency.code()).trim_end_matches(currency.code());
        let typed: String =
            typed.trim().chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '\u{2019}')).collect();
        let (negative, digits) = match typed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, typed.as_str()),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
            return None;
        }
        let separators = |c: char| digits.matches(c).count();
        let (whole, fraction) = match digits.rfind(['.', ',']) {
            Some(at) => {
                let mark = digits[at..].chars().next()?;
                let after = &digits[at + 1..];
                let decimal = separators(mark) == 1 && after.len() <= exponent.max(1) && exponent > 0
                    || separators(mark) == 1
                        && separators(if mark == '.' { ',' } else { '.' }) > 0
                        && after.len() <= exponent;
                if decimal { (&digits[..at], after) } else { (digits, "") }
            }
            None => (digits, ""),
        };
        let groups: Vec<&str> = whole.split(['.', ',']).collect();
        if groups.len() > 1 && groups.iter().skip(1).any(|group| group.len() != 3)
            || groups[0].is_empty() && whole.len() > 1
        {
            return None;
        }
        let whole: String = groups.concat();
        let text = format!("{}{fraction:0<exponent$}", if whole.is_empty() { "0" } else { &whole });
        let minor: i64 = text.parse().ok().filter(|minor| *minor <= Self::MAX_MINOR)?;
        Some(Self::new(if negative { -minor } else { minor }, currency))
    }
    /// As a plain decimal for an input field: `1234.50`.
    #[must_use]
    pub fn plain(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent + 1);
        let (whole, fraction) = digits.split_at(digits.len() - exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

/// Rounds to whole minor units, halves away from zero: the house's one rounding rule.
/// `None` when it does not fit.
#[must_use]
pub fn round_half_up(amount: Decimal) -> Option<i64> {
    amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
}

/// Splits `total` in proportion to `weights` so that the parts add up to it exactly
/// (largest remainder; ties go to the earlier part).
#[must_use]
pub fn split(total: i64, weights: &[u64]) -> Vec<i64> {
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let magnitude = u128::from(total.unsigned_abs());
    let mut parts: Vec<(u128, u128)> = weights
        .iter()
        .map(|w| (magnitude * u128::from(*w) / sum, magnitude * u128::from(*w) % sum))
        .collect();
    let mut left = magnitude - parts.iter().map(|(part, _)| part).sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| parts[*b].1.cmp(&parts[*a].1).then(a.cmp(b)));
    for index in order {
        if left == 0 {
            break;
        }
        parts[index].0 += 1;
        left -= 1;
    }
    let sign = total.signum();
    parts.iter().map(|(part, _)| sign * i64::try_from(*part).expect("no part exceeds the total")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::try_new(code).unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_of_many_countries_type_them() {
        for (typed, code, minor) in [
            ("1234.5", "EUR", 123_450),
            ("1,234.50", "USD", 123_450),
            ("1.234,50", "EUR", 123_450),
            ("1 234,5", "EUR", 123_450),
            ("$12", "USD", 1_200),
            ("0,05", "EUR", 5),
            ("1,234", "USD", 123_400),
            ("1.234.567", "EUR", 123_456_700),
            ("1200", "JPY", 1_200),
            ("1,200", "JPY", 1_200),
            ("1.234", "KWD", 1_234),
            ("-12.00", "USD", -1_200),
            (".5", "USD", 50),
            ("1'000.00", "CHF", 100_000),
        ] {
            assert_eq!(Money::parse(typed, currency(code)).map(|m| m.minor), Some(minor), "{typed} {code}");
        }
        for bad in ["", "-", "abc", "1.2.3", "12..5", "1,23,456", "99999999999999999999", "1e5"] {
            assert_eq!(Money::parse(bad, currency("EUR")), None, "{bad}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (text, whole) in [("0.5", 1), ("1.5", 2), ("-0.5", -1), ("2.4999", 2)] {
            assert_eq!(round_half_up(text.parse().unwrap()), Some(whole), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_split_loses_no_cent(total in -1_000_000_000i64..1_000_000_000, weights in prop::collection::vec(0u64..10_000, 1..20)) {
            let parts = split(total, &weights);
            let whole = if weights.iter().all(|w| *w == 0) { 0 } else { total };
            prop_assert_eq!(parts.iter().sum::<i64>(), whole);
        }

        #[test]
        fn what_is_shown_in_a_field_reads_back_the_same(minor in -Money::MAX_MINOR..Money::MAX_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
            let money = Money::new(minor, currency(code));
            prop_assert_eq!(Money::parse(&money.plain(), money.currency), Some(money));
        }
    }
}
