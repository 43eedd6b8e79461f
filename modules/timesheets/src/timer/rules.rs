//! When a timer looks forgotten, and when it may have ended. No I/O.

use jiff::{SignedDuration, Timestamp};
use rapport_base::{Refusal, Result};

use crate::entries::rules::whole_second;

/// After this long someone is asked whether the timer was forgotten.
pub const FORGOTTEN: SignedDuration = SignedDuration::from_hours(8);

/// Whether a timer has run for so long that it may have been forgotten.
#[must_use]
pub fn is_forgotten(started_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(started_at) > FORGOTTEN
}

/// The second at which a timer ends: now, or when the member says that the work ended.
///
/// # Errors
/// Beside the field: before the start, or yet to come.
pub fn end(started_at: Timestamp, said: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    let Some(end) = said else { return Ok(whole_second(now).max(started_at)) };
    if end < started_at {
        return Err(Refusal::field("ended_at", "before_start", "The timer started after that.").into());
    }
    if end > now {
        return Err(Refusal::field("ended_at", "future", "This end is yet to come.").into());
    }
    Ok(whole_second(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_timer_is_taken_for_forgotten_after_eight_hours() {
        let start = at("2026-11-20T08:00:00Z");
        assert!(!is_forgotten(start, at("2026-11-20T16:00:00Z")));
        assert!(is_forgotten(start, at("2026-11-20T16:00:01Z")));
    }

    #[test]
    fn a_timer_ends_between_its_start_and_now() {
        let (start, now) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T10:00:00.9Z"));
        assert_eq!(end(start, None, now).unwrap(), at("2026-11-20T10:00:00Z"));
        assert_eq!(end(start, Some(at("2026-11-20T09:00:00Z")), now).unwrap(), at("2026-11-20T09:00:00Z"));
        assert!(end(start, Some(at("2026-11-20T07:59:59Z")), now).is_err());
        assert!(end(start, Some(at("2026-11-20T10:00:01Z")), now).is_err());
    }
}
