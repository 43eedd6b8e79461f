//! Decisions of the queue, apart from any I/O.

use std::time::Duration;

use rapport_base::{Error, Kind};

use crate::Outcome;

const FIRST: u64 = 5_000;
const LONGEST: u64 = 4 * 3_600_000;

/// How long to wait after attempt number `attempt` of job `id` failed:
/// 5 s, 10 s, 20 s … 4 h, each spread by a quarter up or down so that jobs
/// that failed together do not come back together.
pub(crate) fn back_off(id: i64, attempt: i16) -> Duration {
    let doublings = u32::from(attempt.clamp(1, 20).unsigned_abs()) - 1;
    let middle = (FIRST << doublings).min(LONGEST);
    let spread = scatter(id.unsigned_abs() ^ (u64::from(doublings) << 48)) % (middle / 2 + 1);
    Duration::from_millis(middle - middle / 4 + spread)
}

/// A number's bits, well mixed (the finaliser of SplitMix64).
fn scatter(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    Again { after: Duration, error: Option<String> },
    Dead(String),
}

/// What becomes of a job after an attempt.
pub(crate) fn judge(id: i64, attempt: i16, max_attempts: i16, result: Result<Outcome, Error>) -> Ended {
    let (after, error) = match result {
        Ok(Outcome::Done) => return Ended::Done,
        Ok(Outcome::GiveUp(reason)) => return Ended::Dead(reason),
        Ok(Outcome::Retry(after)) => (after, None),
        Err(Error::Refusal(refusal)) => match refusal.kind {
            Kind::Busy | Kind::Limit | Kind::StorageFull => (
                refusal.retry_after.unwrap_or_else(|| back_off(id, attempt)),
                Some(refusal.message.into_owned()),
            ),
            _ => return Ended::Dead(format!("{}: {}", refusal.code, refusal.message)),
        },
        Err(bug @ Error::Bug(_)) => (back_off(id, attempt), Some(bug.to_string())),
    };
    if attempt >= max_attempts {
        return Ended::Dead(error.unwrap_or_else(|| "put off as often as it may be".into()));
    }
    Ended::Again { after, error }
}

/// Whether a listener's pattern means that kind of event.
pub(crate) fn hears(pattern: &str, kind: &str) -> bool {
    pattern == "*" || pattern == kind || (pattern.ends_with('.') && kind.starts_with(pattern))
}

#[cfg(test)]
mod tests {
    use rapport_base::Refusal;

    use super::*;

    #[test]
    fn the_wait_doubles_and_stays_within_a_quarter_of_its_middle() {
        for id in 0..1_000 {
            for (attempt, middle) in [(1, 5), (2, 10), (5, 80), (12, 10_240), (30, 14_400)] {
                let wait = back_off(id, attempt).as_secs_f64();
                assert!(
                    wait >= f64::from(middle) * 0.749 && wait <= f64::from(middle) * 1.251,
                    "{id} {attempt} {wait}"
                );
            }
        }
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let waits: std::collections::HashSet<_> = (0..100).map(|id| back_off(id, 3).as_millis()).collect();
        assert!(waits.len() > 90);
    }

    #[test]
    fn a_refusal_gives_up_and_a_bug_is_tried_again() {
        let no = Refusal::conflict("invoices.already_issued", "It is issued already.");
        assert_eq!(
            judge(1, 1, 12, Err(no.into())),
            Ended::Dead("invoices.already_issued: It is issued already.".into())
        );
        assert!(
            matches!(judge(1, 1, 12, Err(Error::message("boom"))), Ended::Again { error: Some(e), .. } if e == "boom")
        );
        assert_eq!(judge(1, 12, 12, Err(Error::message("boom"))), Ended::Dead("boom".into()));
    }

    #[test]
    fn a_busy_system_is_no_reason_to_give_up() {
        let busy = Refusal::new(Kind::Busy, "busy", "Busy.").retry_after(Duration::from_secs(2));
        assert_eq!(
            judge(1, 1, 12, Err(busy.into())),
            Ended::Again { after: Duration::from_secs(2), error: Some("Busy.".into()) }
        );
    }

    #[test]
    fn a_pattern_means_its_kind_its_family_or_everything() {
        assert!(hears("deal.won", "deal.won") && !hears("deal.won", "deal.won_back"));
        assert!(hears("deal.", "deal.won") && !hears("deal.", "deals.won"));
        assert!(hears("*", "anything.at_all"));
    }
}
