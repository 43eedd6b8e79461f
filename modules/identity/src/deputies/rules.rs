//! In which days someone may have a deputy, and who may be one.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rapport_base::FieldError;

/// The days of a deputy, and the span of time they are in the workspace's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub from: Date,
    pub until: Date,
    pub starts_at: Timestamp,
    /// The first instant after the last day.
    pub ends_at: Timestamp,
}

/// The days as typed, turned into instants; nothing is looked up in a zone later.
pub(crate) fn days(from: Date, until: Date, today: Date, zone: &TimeZone) -> Result<Days, Vec<FieldError>> {
    let mut errors = Vec::new();
    let latest = |day: Date| day.saturating_add(1.year());
    if from < today {
        errors.push(FieldError::new("from", "past", "Choose today or a day to come."));
    } else if from > latest(today) {
        errors.push(FieldError::new("from", "too_far", "Choose a day within a year."));
    }
    if until < from {
        errors.push(FieldError::new("until", "before_start", "The last day comes before the first."));
    } else if errors.is_empty() && until > latest(from) {
        errors.push(FieldError::new("until", "too_long", "A deputy stands in for a year at most."));
    }
    let begin = |day: Date| day.to_zoned(zone.clone()).map(|at| at.timestamp());
    let after = until.tomorrow().ok().and_then(|day| begin(day).ok());
    match (begin(from), after) {
        (Ok(starts_at), Some(ends_at)) if errors.is_empty() => Ok(Days { from, until, starts_at, ends_at }),
        _ => Err(errors),
    }
}

/// A member, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person<'a> {
    pub role: &'a str,
    pub is_active: bool,
}

/// Whether one member may decide in the place of another. `lends`: the role of the one who is away
/// approves something.
pub(crate) fn check_people(
    lender: Option<Person<'_>>,
    lends: bool,
    deputy: Option<Person<'_>>,
    same: bool,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match lender.filter(|person| person.is_active) {
        None => errors.push(FieldError::new("member_id", "unknown", "Choose someone of the team.")),
        Some(_) if !lends => {
            errors.push(FieldError::new("member_id", "approves_nothing", "This person approves nothing."));
        }
        Some(_) => {}
    }
    let wrong = match deputy {
        _ if same => Some(("same", "Choose someone else: nobody is their own deputy.")),
        None => Some(("unknown", "Choose someone of the team.")),
        Some(person) if !person.is_active => Some(("inactive", "This person does not come in any more.")),
        Some(person) if person.role == "viewer" => {
            Some(("viewer", "Viewers only read. Choose someone who works here."))
        }
        Some(_) => None,
    };
    errors.extend(wrong.map(|(code, message)| FieldError::new("deputy_id", code, message)));
    errors
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn codes(from: Date, until: Date) -> Vec<String> {
        let wrong = days(from, until, TODAY, &TimeZone::UTC).unwrap_err();
        wrong.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect()
    }

    #[test]
    fn days_last_from_midnight_to_midnight_where_the_workspace_is() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let away = days(date(2026, 11, 23), date(2026, 11, 27), TODAY, &zone).unwrap();
        assert_eq!(away.starts_at.to_string(), "2026-11-23T05:00:00Z");
        assert_eq!(away.ends_at.to_string(), "2026-11-28T05:00:00Z");
        let spring = days(date(2027, 3, 14), date(2027, 3, 14), TODAY, &zone).unwrap();
        assert_eq!(spring.ends_at.duration_since(spring.starts_at).as_hours(), 23);
    }

    #[test]
    fn days_are_to_come_in_order_and_a_year_at_most() {
        assert!(days(TODAY, TODAY, TODAY, &TimeZone::UTC).is_ok());
        assert!(days(TODAY, date(2027, 11, 20), TODAY, &TimeZone::UTC).is_ok());
        assert_eq!(codes(date(2026, 11, 19), TODAY), ["from past"]);
        assert_eq!(codes(date(2026, 11, 25), date(2026, 11, 24)), ["until before_start"]);
        assert_eq!(codes(TODAY, date(2027, 11, 21)), ["until too_long"]);
        assert_eq!(codes(Date::MAX, Date::MAX), ["from too_far"]);
        assert_eq!(codes(Date::MIN, Date::MAX), ["from past"]);
    }

    #[test]
    fn only_someone_else_who_is_active_and_works_here_decides_for_someone_who_approves() {
        let person = |role| Some(Person { role, is_active: true });
        let gone = Some(Person { role: "member", is_active: false });
        let wrong = |lender, lends, deputy, same| -> Vec<String> {
            let wrong = check_people(lender, lends, deputy, same);
            wrong.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect()
        };
        assert!(wrong(person("manager"), true, person("member"), false).is_empty());
        assert_eq!(wrong(person("manager"), true, person("manager"), true), ["deputy_id same"]);
        assert_eq!(wrong(person("manager"), true, gone, false), ["deputy_id inactive"]);
        assert_eq!(wrong(person("manager"), true, person("viewer"), false), ["deputy_id viewer"]);
        assert_eq!(
            wrong(person("member"), false, None, false),
            ["member_id approves_nothing", "deputy_id unknown"]
        );
        assert_eq!(wrong(gone, false, person("member"), false), ["member_id unknown"]);
    }
}
