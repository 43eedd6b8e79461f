//! What libraries say about a value, put into words a person understands.

use jiff::civil::Date;

/// Said of a day outside [`plausible`].
pub(crate) const OUTSIDE_CALENDAR: &str = "Write a date between 1900 and 2999.";
const DATE: &str = "Write a date, such as 2026-11-21.";
const INSTANT: &str = "Write a date and time with its zone, such as 2026-11-21T09:30:00Z.";
const WHOLE: &str = "Write a whole number, such as 1500.";
const NUMBER: &str = "Write a number, such as 1.5.";
const ID: &str = "Write an id as this API gave it.";

/// Whether a day can be meant, and computed and stored with.
#[must_use]
pub(crate) fn plausible(day: Date) -> bool {
    (1900..=2999).contains(&day.year())
}

/// Whether a text is a date or instant that no person can mean.
#[must_use]
pub(crate) fn beyond_the_calendar(text: &str) -> bool {
    // No date is shorter or longer than these; most text ends here.
    if !(10..=40).contains(&text.len()) || !text.ends_with(|c: char| c.is_ascii_digit() || c == 'Z') {
        return false;
    }
    let day = text
        .parse::<Date>()
        .or_else(|_| text.parse::<jiff::Timestamp>().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date()));
    day.is_ok_and(|day| !plausible(day))
}

/// Why a value is not of its field's type.
#[must_use]
pub(crate) fn of_type(path: &str, reason: &str) -> String {
    if reason.starts_with("duplicate field") {
        return "This field is given twice.".into();
    }
    if let Some((_, choices)) =
        reason.strip_prefix("unknown variant ").and_then(|rest| rest.split_once("expected "))
    {
        return format!("Choose one of: {}.", quoted(choices).join(", "));
    }
    if let Some((found, expected)) = reason
        .strip_prefix("invalid type: ")
        .or_else(|| reason.strip_prefix("invalid value: "))
        .or_else(|| reason.strip_prefix("invalid length "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        return of_expected(path, found, expected);
    }
    let lower = reason.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["uuid"]) {
        ID.into()
    } else if says(&["in string", "target type", "integer from empty"]) && !says(&["year", "month"]) {
        WHOLE.into()
    } else if says(&["`true` or `false`"]) {
        "Write true or false.".into()
    } else if says(&["unsupported value"]) {
        "This field takes one value.".into()
    } else if says(&["decimal"]) {
        NUMBER.into()
    } else if says(&["digit", "parse", "civil", "datetime", "timestamp", "date"]) {
        day_or_instant(path).into()
    } else {
        sentence(reason)
    }
}

fn of_expected(path: &str, found: &str, expected: &str) -> String {
    let whole = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "isize"];
    let known = match expected {
        "a string" | "a borrowed string" => "Write text.",
        "a boolean" => "Write true or false.",
        "a known word" => "Write one of the words this field knows.",
        "a sequence" => "Write a list.",
        "a map" => "Write an object with named fields.",
        "a date string" => DATE,
        "a timestamp string" => INSTANT,
        "a time string" => "Write a time, such as 09:30.",
        "f32" | "f64" => NUMBER,
        _ if whole.contains(&expected) && found.starts_with("integer") => "This number is out of range.",
        _ if whole.contains(&expected) => WHOLE,
        _ if expected.contains("Decimal") => NUMBER,
        _ if expected.contains("UUID") => ID,
        _ if expected.starts_with("struct ") => "Write an object with named fields.",
        _ if path.ends_with("_id") => ID,
        _ => "This is not what belongs here.",
    };
    if found == "null" { format!("This field may not be null. {known}") } else { known.into() }
}

fn day_or_instant(path: &str) -> &'static str {
    if path.ends_with("_at") { INSTANT } else { DATE }
}

/// Which bound of its field a value breaks.
#[must_use]
pub(crate) fn of_bounds(path: &str, reason: &str) -> String {
    let last = path.rsplit('.').find(|piece| piece.parse::<usize>().is_err()).unwrap_or_default();
    let number = |prefix: &str| reason.strip_prefix(prefix).map(grouped);
    if let Some(least) = number("length is lower than ") {
        return if least == "1" {
            "This may not be empty.".into()
        } else {
            format!("This is too short: at least {least}.")
        };
    }
    if let Some(most) = number("length is greater than ") {
        return format!("This is too long: at most {most}.");
    }
    let (money, time) = (last.ends_with("_cents"), last.ends_with("_seconds"));
    if let Some(least) = number("lower than ") {
        return match (money, least.as_str()) {
            (true, "0") => "An amount may not be less than zero.".into(),
            (true, _) => "This amount is too small.".into(),
            (false, "0") => "This may not be less than zero.".into(),
            (false, least) => format!("This is too small: at least {least}."),
        };
    }
    if let Some(most) = number("greater than ") {
        return match (money, time) {
            (true, _) => "This amount is too large.".into(),
            (_, true) => "This is too long a time.".into(),
            _ => format!("This is too large: at most {most}."),
        };
    }
    sentence(reason)
}

/// `20000` as `20,000`.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{sign}{digits}");
    }
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// As a sentence: a capital at the front, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_libraries_say_reaches_nobody() {
        for (path, reason, told) in [
            (
                "roles",
                "unknown variant `x`, expected one of `billing`, `other`",
                "Choose one of: billing, other.",
            ),
            ("on", "unknown variant `x`, expected `a` or `b`", "Choose one of: a, b."),
            ("due_date", "invalid type: integer `5`, expected a date string", DATE),
            (
                "due_date",
                "expected four digit year (or leading sign for six digit year), but found end of input",
                DATE,
            ),
            (
                "started_at",
                "failed to find offset component, which is required for parsing a timestamp",
                INSTANT,
            ),
            ("cents", "invalid type: string \"1\", expected i64", WHOLE),
            (
                "cents",
                "invalid value: integer `9223372036854775808`, expected i64",
                "This number is out of range.",
            ),
            ("limit", "invalid digit found in string", WHOLE),
            ("limit", "number too large to fit in target type", WHOLE),
            ("owner_id", "UUID parsing failed: invalid character: found `x` at 0", ID),
            ("title", "invalid type: null, expected a string", "This field may not be null. Write text."),
            (
                "",
                "invalid length 0, expected struct NewTask with 13 elements",
                "Write an object with named fields.",
            ),
            (
                "quantity",
                "invalid value: string \"x\", expected a Decimal type representing a fixed-point number",
                NUMBER,
            ),
            ("status", "choose one of: todo, done", "Choose one of: todo, done."),
        ] {
            assert_eq!(of_type(path, reason), told, "{reason}");
        }
    }

    #[test]
    fn a_broken_bound_is_told_in_the_words_of_its_field() {
        for (path, reason, told) in [
            ("title", "length is lower than 1", "This may not be empty."),
            ("notes", "length is greater than 20000", "This is too long: at most 20,000."),
            ("lines.0.unit_price_cents", "lower than 0", "An amount may not be less than zero."),
            ("value_cents", "greater than 100000000000", "This amount is too large."),
            ("estimated_seconds", "greater than 36000000", "This is too long a time."),
            ("probability", "greater than 100", "This is too large: at most 100."),
            ("days", "lower than 0", "This may not be less than zero."),
        ] {
            assert_eq!(of_bounds(path, reason), told, "{reason}");
        }
    }

    #[test]
    fn only_days_no_person_means_are_beyond_the_calendar() {
        for text in [
            "0001-01-01",
            "-009999-01-01",
            "9999-12-31",
            "3000-01-01",
            "1899-12-31",
            "0001-01-01T00:00:00Z",
            "9999-12-30T22:00:00Z",
        ] {
            assert!(beyond_the_calendar(text), "{text}");
        }
        for text in [
            "1900-01-01",
            "2999-12-31",
            "2026-11-21T09:30:00Z",
            "2026-11-21",
            "Ada",
            "",
            "0123456789",
            "1066 and all that",
        ] {
            assert!(!beyond_the_calendar(text), "{text}");
        }
    }
}
