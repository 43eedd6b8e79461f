//! Sorting sums of open deals into months and members.

use jiff::{ToSpan, civil::Date};

use super::{
    Bucket, Recent,
    store::{OpenRow, RecentRow},
};
use crate::StageKind;

/// Months that stand by themselves, this one included.
const MONTHS: i64 = 6;

fn add(bucket: &mut Bucket, row: &OpenRow) {
    bucket.count += row.count;
    bucket.value_cents = bucket.value_cents.saturating_add(row.value_cents);
    bucket.weighted_cents = bucket.weighted_cents.saturating_add(row.weighted_cents);
}

fn bucket(key: impl Into<String>, label: impl Into<String>) -> Bucket {
    Bucket { key: key.into(), label: label.into(), ..Bucket::default() }
}

/// Overdue months, this month and the next five, what comes later, and what has no date.
/// The months always stand there; the others only when deals fall into them.
#[must_use]
pub fn months(rows: &[OpenRow], today: Date) -> Vec<Bucket> {
    let first = today.first_of_month();
    let months: Vec<Date> = (0..MONTHS).map(|n| first.saturating_add(n.months())).collect();
    let mut overdue = bucket("overdue", "Overdue");
    let mut known: Vec<Bucket> = months
        .iter()
        .map(|month| bucket(month.strftime("%Y-%m").to_string(), month.strftime("%b %Y").to_string()))
        .collect();
    let mut later = bucket("later", "Later");
    let mut none = bucket("none", "No date");
    for row in rows {
        let place = match row.month {
            None => &mut none,
            Some(month) if month < first => &mut overdue,
            Some(month) => match months.iter().position(|known| *known == month) {
                Some(at) => &mut known[at],
                None => &mut later,
            },
        };
        add(place, row);
    }
    let filled = |bucket: &Bucket| bucket.count > 0;
    let mut all: Vec<Bucket> = Some(overdue).filter(filled).into_iter().collect();
    all.extend(known);
    all.extend([later, none].into_iter().filter(filled));
    all
}

/// By member, those with the most to win first.
#[must_use]
pub fn owners(rows: &[OpenRow]) -> Vec<Bucket> {
    let mut all: Vec<Bucket> = Vec::new();
    for row in rows {
        let key = row.assigned_to.map(|id| id.to_string()).unwrap_or_default();
        match all.iter_mut().find(|bucket| bucket.key == key) {
            Some(bucket) => add(bucket, row),
            None => {
                let mut new = bucket(key, row.assigned_name.clone().unwrap_or_else(|| "Nobody yet".into()));
                add(&mut new, row);
                all.push(new);
            }
        }
    }
    all.sort_by_key(|bucket| std::cmp::Reverse(bucket.weighted_cents));
    all
}

/// How deals ended.
#[must_use]
pub fn recent(rows: &[RecentRow]) -> Recent {
    let of = |kind| rows.iter().find(|row| row.kind == kind);
    let (won, lost) = (of(StageKind::Won), of(StageKind::Lost));
    let (wins, losses) = (won.map_or(0, |row| row.count), lost.map_or(0, |row| row.count));
    Recent {
        won: wins,
        lost: losses,
        won_cents: won.map_or(0, |row| row.value_cents),
        win_rate_percent: (wins + losses > 0).then(|| (wins * 100 + (wins + losses) / 2) / (wins + losses)),
        cycle_days: won.map(|row| row.cycle_seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rapport_base::Currency;

    fn row(month: Option<Date>, value_cents: i64) -> OpenRow {
        OpenRow {
            month,
            currency: Currency::try_new("EUR").unwrap(),
            assigned_to: None,
            assigned_name: None,
            count: 1,
            value_cents,
            weighted_cents: value_cents / 2,
        }
    }

    #[test]
    fn open_deals_fall_into_their_month_or_are_overdue_later_or_without_a_date() {
        let rows = [
            row(Some(date(2026, 9, 1)), 100),
            row(Some(date(2026, 11, 1)), 200),
            row(Some(date(2027, 4, 1)), 400),
            row(Some(date(2027, 5, 1)), 800),
            row(None, 1_600),
        ];
        let months = months(&rows, date(2026, 11, 20));
        let told: Vec<(&str, i64)> = months.iter().map(|b| (b.key.as_str(), b.value_cents)).collect();
        let wanted = [
            ("overdue", 100),
            ("2026-11", 200),
            ("2026-12", 0),
            ("2027-01", 0),
            ("2027-02", 0),
            ("2027-03", 0),
            ("2027-04", 400),
            ("later", 800),
            ("none", 1_600),
        ];
        assert_eq!(told, wanted);
        assert_eq!(owners(&rows)[0].value_cents, 3_100);
    }

    #[test]
    fn the_win_rate_counts_closed_deals_only() {
        let ended = |kind, count| RecentRow { kind, count, value_cents: 5, cycle_seconds: 10 * 86_400 };
        let recent_ = recent(&[ended(StageKind::Won, 2), ended(StageKind::Lost, 1)]);
        assert_eq!((recent_.win_rate_percent, recent_.cycle_days), (Some(67), Some(10)));
        assert_eq!(recent(&[]).win_rate_percent, None);
    }
}
