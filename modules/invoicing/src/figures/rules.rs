//! Months in a row.

use jiff::{ToSpan, civil::Date};

/// The first days of the twelve months up to a day's month.
pub(crate) fn months(today: Date) -> Vec<Date> {
    let this = today.first_of_month();
    (0..12).rev().map(|back| this.checked_sub(back.months()).unwrap_or(this)).collect()
}

/// The values of those months, nothing where there is none.
pub(crate) fn by_month(months: &[Date], found: &[(Date, i64)]) -> Vec<i64> {
    months
        .iter()
        .map(|month| found.iter().find(|(known, _)| known == month).map_or(0, |(_, value)| *value))
        .collect()
}

/// The change from one figure to the next in whole percent; nothing when there is nothing to compare.
pub(crate) fn change(before: i64, now: i64) -> Option<i64> {
    (before > 0).then(|| (now - before) * 100 / before)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn twelve_months_end_with_the_present_one() {
        let months = months(date(2026, 3, 31));
        assert_eq!((months.len(), months[0], months[11]), (12, date(2025, 4, 1), date(2026, 3, 1)));
        assert_eq!(by_month(&months[10..], &[(date(2026, 3, 1), 7)]), [0, 7]);
    }

    #[test]
    fn a_change_needs_something_to_compare_with() {
        assert_eq!(change(200, 250), Some(25));
        assert_eq!(change(200, 150), Some(-25));
        assert_eq!(change(0, 150), None);
    }
}
