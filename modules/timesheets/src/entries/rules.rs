//! What makes a time entry: lengths, spans over midnight, weeks, values. No I/O.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use rapport_base::{FieldError, Refusal, Result, money::round_half_up};
use rust_decimal::Decimal;

/// The longest one entry may be, in seconds.
pub const LONGEST: i64 = 12 * 3_600;

/// How much was worked: a length on a day, or from one instant to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So long on a day.
    Length {
        /// The day, in the member's zone.
        date: Date,
        /// How long.
        seconds: i64,
    },
    /// `[start, end)`, to the second.
    Span {
        /// First second.
        start: Timestamp,
        /// The second after the last.
        end: Timestamp,
    },
}

/// A part of the work on one day: what becomes an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The day, in the member's zone.
    pub date: Date,
    /// From when to when, if it is known.
    pub span: Option<(Timestamp, Timestamp)>,
    /// How long.
    pub seconds: i64,
}

/// An instant without what is smaller than a second.
#[must_use]
pub fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The first day of the week that a day lies in; weeks begin on the ISO weekday `first` (1 Monday … 7 Sunday).
#[must_use]
pub fn week_of(date: Date, first: i8) -> Date {
    let back = (date.weekday().to_monday_one_offset() - first).rem_euclid(7);
    plus_days(date, -i64::from(back))
}

/// A day some days later (or earlier).
#[must_use]
pub fn plus_days(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// The seven days of a week.
#[must_use]
pub fn days_of(week: Date) -> [Date; 7] {
    [0, 1, 2, 3, 4, 5, 6].map(|day| plus_days(week, day))
}

/// A span cut at the midnights of a zone, whatever the clocks do there.
#[must_use]
pub fn cut_at_midnight(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = start;
    while from < end {
        let date = from.to_zoned(zone.clone()).date();
        let to = midnight_after(date, from, zone).unwrap_or(end).min(end);
        pieces.push(Piece { date, span: Some((from, to)), seconds: to.as_second() - from.as_second() });
        from = to;
    }
    pieces
}

/// The end of a day as an instant after `from`; a midnight that comes twice counts when it comes after.
fn midnight_after(date: Date, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let civil = date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
    let first = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    if first > from {
        return Some(first);
    }
    zone.to_ambiguous_timestamp(civil).later().ok().filter(|later| *later > from)
}

/// The same pieces, none longer than an entry may be: what a forgotten timer is stored as.
#[must_use]
pub fn cut_to_length(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut short = Vec::new();
    for piece in pieces {
        let Some((mut from, end)) = piece.span else {
            short.push(piece);
            continue;
        };
        while from < end {
            let seconds = (end.as_second() - from.as_second()).min(LONGEST);
            let to = Timestamp::from_second(from.as_second() + seconds).unwrap_or(end);
            short.push(Piece { date: piece.date, span: Some((from, to)), seconds });
            from = to;
        }
    }
    short
}

/// What of a span lies outside of others, which are in order.
#[must_use]
pub fn uncovered(
    start: Timestamp,
    end: Timestamp,
    taken: &[(Timestamp, Timestamp)],
) -> Vec<(Timestamp, Timestamp)> {
    let mut free = Vec::new();
    let mut from = start;
    for &(taken_from, taken_to) in taken {
        if taken_from > from {
            free.push((from, taken_from.min(end)));
        }
        from = from.max(taken_to);
        if from >= end {
            break;
        }
    }
    if from < end {
        free.push((from, end));
    }
    free.retain(|(from, to)| from < to);
    free
}

/// What an extent is stored as, when a person may log it at that time.
///
/// # Errors
/// Beside the field: nothing worked, more than twelve hours in one entry, in the future.
pub fn pieces(extent: Extent, now: Timestamp, zone: &TimeZone) -> Result<Vec<Piece>> {
    let today = now.to_zoned(zone.clone()).date();
    let refuse = |field: &str, code, message: &str| {
        Err(Refusal::invalid(vec![FieldError::new(field, code, message)]).into())
    };
    match extent {
        Extent::Length { seconds, .. } if seconds <= 0 => {
            refuse("duration_seconds", "too_short", "Log more than nothing.")
        }
        Extent::Length { seconds, .. } if seconds > LONGEST => {
            refuse("duration_seconds", "too_long", "One entry holds at most 12 hours. Split it in two.")
        }
        Extent::Length { date, .. } if date > today => {
            refuse("date", "future", "This day is yet to come. Time is logged once it was worked.")
        }
        Extent::Length { date, seconds } => Ok(vec![Piece { date, span: None, seconds }]),
        Extent::Span { start, end } => {
            let (start, end) = (whole_second(start), whole_second(end));
            if end <= start {
                return refuse("ended_at", "too_short", "The end comes after the start.");
            }
            if end > now {
                return refuse(
                    "ended_at",
                    "future",
                    "This end is yet to come. Time is logged once it was worked.",
                );
            }
            // Nobody works for a week without a pause; it would be cut into many pieces before each is found too long.
            if end.as_second() - start.as_second() > 4 * LONGEST {
                return refuse("ended_at", "too_long", "One entry holds at most 12 hours. Split it in two.");
            }
            let pieces = cut_at_midnight(start, end, zone);
            if pieces.iter().any(|piece| piece.seconds > LONGEST) {
                return refuse("ended_at", "too_long", "One entry holds at most 12 hours. Split it in two.");
            }
            Ok(pieces)
        }
    }
}

/// The billable value of some seconds at an hourly rate, rounded half up to minor units.
#[must_use]
pub fn value_cents(rate_cents: i64, seconds: i64) -> i64 {
    Decimal::from(rate_cents)
        .checked_mul(seconds.into())
        .and_then(|product| round_half_up(product / Decimal::from(3_600)))
        .unwrap_or_default()
}

/// How far a period lock reaches on a day: it begins to hold once its days of grace are over.
#[must_use]
pub fn closed_until(locked_until: Option<Date>, grace_days: i16, today: Date) -> Option<Date> {
    locked_until.filter(|until| today > plus_days(*until, grace_days.into()))
}

/// Refuses days within a closed period.
///
/// # Errors
/// Conflict, naming the day up to which time is closed.
pub fn check_open(closed: Option<Date>, dates: impl IntoIterator<Item = Date>) -> Result<()> {
    match closed {
        Some(until) if dates.into_iter().any(|date| date <= until) => Err(Refusal::conflict(
            "timesheets.period_closed",
            format!("Time and expenses up to {until} are closed. Ask who closed the period."),
        )
        .into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const ZONES: &[&str] = &[
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Beirut",
        "Pacific/Apia",
        "Africa/Cairo",
    ];

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_begins_on_the_weekday_the_workspace_says() {
        assert_eq!(week_of(date(2026, 11, 21), 1), date(2026, 11, 16));
        assert_eq!(week_of(date(2026, 11, 21), 7), date(2026, 11, 15));
        assert_eq!(week_of(date(2026, 11, 22), 7), date(2026, 11, 22));
        assert_eq!(week_of(date(2026, 11, 16), 1), date(2026, 11, 16));
    }

    #[test]
    fn a_span_over_midnight_is_two_days_in_the_zone_of_the_member() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let pieces = cut_at_midnight(at("2026-11-18T21:00:00Z"), at("2026-11-19T01:00:00Z"), &berlin);
        let days: Vec<_> = pieces.iter().map(|piece| (piece.date, piece.seconds)).collect();
        assert_eq!(days, [(date(2026, 11, 18), 7_200), (date(2026, 11, 19), 7_200)]);
        assert_eq!(cut_at_midnight(at("2026-11-18T21:00:00Z"), at("2026-11-18T23:00:00Z"), &berlin).len(), 1);
    }

    #[test]
    fn the_hour_that_comes_twice_is_worked_twice() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let pieces = cut_at_midnight(at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z"), &berlin);
        assert_eq!(pieces.iter().map(|piece| piece.seconds).collect::<Vec<_>>(), [25 * 3_600]);
    }

    #[test]
    fn a_forgotten_timer_is_kept_in_pieces_of_twelve_hours() {
        let pieces = cut_to_length(cut_at_midnight(
            at("2026-11-18T08:00:00Z"),
            at("2026-11-19T14:00:00Z"),
            &TimeZone::UTC,
        ));
        let kept: Vec<_> = pieces.iter().map(|piece| (piece.date.day(), piece.seconds / 3_600)).collect();
        assert_eq!(kept, [(18, 12), (18, 4), (19, 12), (19, 2)]);
    }

    #[test]
    fn time_that_is_logged_already_is_not_logged_again() {
        let (t0, t9) = (at("2026-11-18T08:00:00Z"), at("2026-11-18T12:00:00Z"));
        let taken = [
            (at("2026-11-18T07:00:00Z"), at("2026-11-18T09:00:00Z")),
            (at("2026-11-18T10:00:00Z"), at("2026-11-18T10:30:00Z")),
        ];
        assert_eq!(
            uncovered(t0, t9, &taken),
            [(at("2026-11-18T09:00:00Z"), at("2026-11-18T10:00:00Z")), (at("2026-11-18T10:30:00Z"), t9)]
        );
        assert_eq!(uncovered(t0, t9, &[(t0, t9)]), []);
        assert_eq!(uncovered(t0, t9, &[]), [(t0, t9)]);
    }

    #[test]
    fn nothing_too_long_or_yet_to_come_can_be_logged() {
        let now = at("2026-11-20T10:00:00Z");
        let code = |extent| {
            pieces(extent, now, &TimeZone::UTC).unwrap_err().refusal().unwrap().fields[0]
                .code
                .clone()
                .into_owned()
        };
        let day = date(2026, 11, 20);
        assert_eq!(code(Extent::Length { date: day, seconds: 0 }), "too_short");
        assert_eq!(code(Extent::Length { date: day, seconds: LONGEST + 1 }), "too_long");
        assert_eq!(code(Extent::Length { date: date(2026, 11, 21), seconds: 60 }), "future");
        assert_eq!(code(Extent::Span { start: now, end: now }), "too_short");
        assert_eq!(
            code(Extent::Span { start: at("2026-11-20T09:00:00Z"), end: at("2026-11-20T10:00:01Z") }),
            "future"
        );
        assert_eq!(
            code(Extent::Span { start: at("2026-11-19T00:00:00Z"), end: at("2026-11-19T12:00:01Z") }),
            "too_long"
        );
        assert_eq!(
            pieces(Extent::Length { date: day, seconds: LONGEST }, now, &TimeZone::UTC).unwrap().len(),
            1
        );
    }

    #[test]
    fn value_rounds_half_up_to_the_minor_unit() {
        assert_eq!(value_cents(10_000, 5_400), 15_000);
        assert_eq!(value_cents(100, 18), 1);
        assert_eq!(value_cents(100, 17), 0);
        assert_eq!(value_cents(0, 3_600), 0);
    }

    #[test]
    fn a_period_closes_when_its_days_of_grace_are_over() {
        let until = Some(date(2026, 10, 31));
        assert_eq!(closed_until(until, 3, date(2026, 11, 3)), None);
        assert_eq!(closed_until(until, 3, date(2026, 11, 4)), until);
        assert!(check_open(until, [date(2026, 10, 31)]).is_err());
        assert!(check_open(until, [date(2026, 11, 1)]).is_ok());
    }

    proptest! {
        #[test]
        fn no_second_is_lost_or_doubled_at_midnight(
            start in 1_262_304_000i64..2_208_988_800, length in 1i64..200_000, zone in prop::sample::select(ZONES)
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let (from, to) = (Timestamp::from_second(start).unwrap(), Timestamp::from_second(start + length).unwrap());
            let pieces = cut_to_length(cut_at_midnight(from, to, &zone));
            prop_assert_eq!(pieces.iter().map(|piece| piece.seconds).sum::<i64>(), length);
            let mut at = from;
            for piece in pieces {
                let (begin, end) = piece.span.unwrap();
                prop_assert_eq!(begin, at);
                prop_assert!(piece.seconds > 0 && piece.seconds <= LONGEST);
                prop_assert_eq!(begin.to_zoned(zone.clone()).date(), piece.date);
                let last = Timestamp::from_second(end.as_second() - 1).unwrap();
                prop_assert_eq!(last.to_zoned(zone.clone()).date(), piece.date);
                at = end;
            }
            prop_assert_eq!(at, to);
        }

        #[test]
        fn what_is_free_and_what_is_taken_never_overlap(
            start in 0i64..1_000, length in 1i64..1_000, cuts in prop::collection::vec((0i64..2_000, 1i64..200), 0..6)
        ) {
            let second = |n: i64| Timestamp::from_second(n).unwrap();
            let mut taken: Vec<_> = cuts.into_iter().map(|(from, long)| (second(from), second(from + long))).collect();
            taken.sort_unstable();
            let free = uncovered(second(start), second(start + length), &taken);
            for instant in start..start + length {
                let within = |spans: &[(Timestamp, Timestamp)]| spans.iter().any(|(from, to)| *from <= second(instant) && second(instant) < *to);
                prop_assert_eq!(within(&free), !within(&taken), "second {}", instant);
            }
        }
    }
}
