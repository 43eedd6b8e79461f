//! Sums of columns.

use rapport_base::Currency;
use rapport_ui::Format;

use super::store::Sum;

/// A sum over several currencies, shortly: `€12.4k + $3k`; nothing when there is nothing.
#[must_use]
pub fn money(fmt: &Format, sums: &[(Currency, i64)]) -> String {
    let told: Vec<String> = sums
        .iter()
        .filter(|(_, cents)| *cents != 0)
        .map(|(currency, cents)| fmt.money_short(*cents, currency))
        .collect();
    told.join(" + ")
}

/// The head of a column: `€12.4k, weighted €5k`; weighing says nothing of closed deals.
#[must_use]
pub fn total(fmt: &Format, sums: &[&Sum], is_open: bool) -> String {
    let pick = |cents: fn(&Sum) -> i64| -> Vec<(Currency, i64)> {
        sums.iter().map(|sum| (sum.currency, cents(sum))).collect()
    };
    let plain = money(fmt, &pick(|sum| sum.value_cents));
    let weighted = money(fmt, &pick(|sum| sum.weighted_cents));
    match (plain.is_empty(), is_open && !weighted.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("{plain} ({weighted} weighted)"),
        (false, false) => plain,
    }
}

/// Sums of the same currency added up, in the order they come.
#[must_use]
pub fn added(sums: impl IntoIterator<Item = (Currency, i64)>) -> Vec<(Currency, i64)> {
    let mut all: Vec<(Currency, i64)> = Vec::new();
    for (currency, cents) in sums {
        match all.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, sum)) => *sum = sum.saturating_add(cents),
            None => all.push((currency, cents)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StageId;

    #[test]
    fn a_column_s_head_tells_each_currency_by_itself() {
        let fmt =
            Format::new("en-GB", jiff::tz::TimeZone::UTC, "2026-11-20T10:00:00Z".parse().unwrap(), "EUR");
        let sum = |code: &str, value_cents, weighted_cents| Sum {
            stage_id: StageId::new(),
            currency: Currency::try_new(code).unwrap(),
            count: 1,
            value_cents,
            weighted_cents,
        };
        let (eur, usd) = (sum("EUR", 1_200_000, 480_000), sum("USD", 50_000, 5_000));
        let told = total(&fmt, &[&eur, &usd], true);
        assert!(told.contains("€12k") && told.contains(" + ") && told.contains("weighted"), "{told}");
        assert!(!total(&fmt, &[&eur], false).contains("weighted"));
        assert_eq!(total(&fmt, &[&sum("EUR", 0, 0)], true), "");
        assert_eq!(
            added([(eur.currency, 1), (usd.currency, 2), (eur.currency, 3)]),
            [(eur.currency, 4), (usd.currency, 2)]
        );
    }
}
