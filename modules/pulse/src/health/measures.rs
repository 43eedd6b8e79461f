//! Pure decisions: what each measure says, from the facts.

use super::{
    Evidence,
    facts::Facts,
    rules::{Finding, Measure},
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What every measure finds.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    vec![payment(facts), delivery(facts), communication(facts), engagement(facts), relationship(facts)]
}

/// 100 up to `good`, 0 from `bad` on, in a straight line between.
fn falling(value: i64, good: i64, bad: i64) -> i64 {
    if value <= good {
        100
    } else if value >= bad {
        0
    } else {
        100 - (value - good) * 100 / (bad - good)
    }
}

fn found(measure: Measure, score: i64, sentence: String, evidence: Vec<Evidence>) -> Finding {
    let score = i16::try_from(score.clamp(0, 100)).unwrap_or(100);
    Finding { measure, score: Some(score), sentence, evidence }
}

fn nothing(measure: Measure, sentence: &str) -> Finding {
    Finding { measure, score: None, sentence: sentence.into(), evidence: Vec::new() }
}

fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn days(count: i64) -> String {
    plural(count, "day", "days")
}

/// A length of time in the largest unit that says enough.
fn span(seconds: i64) -> String {
    match seconds {
        ..HOUR => plural((seconds / 60).max(1), "minute", "minutes"),
        HOUR..172_800 => plural(seconds / HOUR, "hour", "hours"),
        _ => days(seconds / DAY),
    }
}

/// Late days of the past year, and what is overdue now.
pub(crate) fn payment(facts: &Facts) -> Finding {
    let m = &facts.money;
    if m.paid + m.open == 0 {
        return nothing(Measure::Payment, "No invoice was issued in the past year.");
    }
    let habit = (m.late_days * 2).min(60);
    let now =
        if m.overdue > 0 { (10 + 5 * (m.overdue - 1) + m.oldest_overdue_days * 3 / 2).min(80) } else { 0 };
    let sentence = if m.overdue > 0 {
        let are = if m.overdue == 1 { "is" } else { "are" };
        let invoices = plural(m.overdue, "invoice", "invoices");
        format!("{invoices} {are} overdue, by {} at most.", days(m.oldest_overdue_days))
    } else if m.paid == 0 {
        "Nothing is overdue; no invoice was paid yet.".into()
    } else if m.late_days == 0 {
        "Pays on time.".into()
    } else {
        format!("Pays {} late on average; nothing is overdue now.", days(m.late_days))
    };
    let evidence = vec![
        Evidence::new("Invoices paid in the past year", m.paid),
        Evidence::new("Late on average", days(m.late_days)),
        Evidence::new("Open invoices", m.open),
        Evidence::new("Of these overdue", m.overdue),
        Evidence::new("Oldest overdue", days(m.oldest_overdue_days)),
    ];
    found(Measure::Payment, 100 - habit - now, sentence, evidence)
}

/// Overdue tasks and milestones, and budgets used up.
pub(crate) fn delivery(facts: &Facts) -> Finding {
    let w = &facts.work;
    if w.projects == 0 {
        return nothing(Measure::Delivery, "No project is under way.");
    }
    let tasks = if w.open_tasks == 0 {
        0
    } else {
        (w.overdue_tasks * 60 / w.open_tasks).max(4 * w.overdue_tasks).min(50)
    };
    let milestones = (15 * w.overdue_milestones).min(40);
    let used = w.money_percent.max(w.hours_percent);
    let budget = (used - 100).clamp(0, 40);
    let mut troubles = Vec::new();
    if w.overdue_milestones > 0 {
        troubles.push(plural(w.overdue_milestones, "milestone", "milestones") + " overdue");
    }
    if w.overdue_tasks > 0 {
        troubles.push(plural(w.overdue_tasks, "task", "tasks") + " overdue");
    }
    if used > 100 {
        troubles.push(format!("a budget used to {used}%"));
    }
    let sentence = match troubles.as_slice() {
        [] => "Everything is on schedule and within budget.".into(),
        [one] => format!("There is {one}."),
        [most @ .., last] => format!("There are {} and {last}.", most.join(", ")),
    };
    let evidence = vec![
        Evidence::new("Projects under way", w.projects),
        Evidence::new("Open tasks", w.open_tasks),
        Evidence::new("Of these overdue", w.overdue_tasks),
        Evidence::new("Overdue milestones", w.overdue_milestones),
        Evidence::new("Most used budget", format!("{used}%")),
    ];
    found(Measure::Delivery, 100 - tasks - milestones - budget, sentence, evidence)
}

/// How recent the last contact is against the usual rhythm, and how fast messages are answered.
pub(crate) fn communication(facts: &Facts) -> Finding {
    let t = &facts.talk;
    let Some(silence) = t.silence_seconds else {
        return nothing(Measure::Communication, "Nobody was in contact yet.");
    };
    let rhythm = t.usual_gap_seconds.unwrap_or(14 * DAY).clamp(7 * DAY, 45 * DAY);
    let recency = falling(silence, 2 * rhythm, (6 * rhythm).max(90 * DAY));
    let waiting = t.waiting_seconds.map(|waiting| falling(waiting, 8 * HOUR, 7 * DAY));
    let speed = t.reply_seconds.map(|reply| falling(reply, 4 * HOUR, 5 * DAY));
    let replies = match (speed, waiting) {
        (Some(speed), Some(waiting)) => Some(speed.min(waiting)),
        (speed, waiting) => speed.or(waiting),
    };
    let score = replies.map_or(recency, |replies| (recency + replies) / 2);
    let sentence = match (t.waiting_seconds, t.reply_seconds) {
        (Some(waiting), _) if waiting > DAY => {
            format!("A message has waited {} for an answer.", span(waiting))
        }
        _ if recency < 100 => format!("No contact for {}, longer than usual.", span(silence)),
        (_, Some(reply)) => {
            format!("In touch {} ago; messages are answered within {}.", span(silence), span(reply))
        }
        _ => format!("In touch {} ago.", span(silence)),
    };
    let evidence = vec![
        Evidence::new("Last contact", format!("{} ago", span(silence))),
        Evidence::new("Usual rhythm", format!("every {}", span(rhythm))),
        Evidence::new("Messages in 180 days", t.messages),
        Evidence::new("Answered within, on average", t.reply_seconds.map_or("–".into(), span)),
        Evidence::new("Longest waiting for an answer", t.waiting_seconds.map_or("–".into(), span)),
    ];
    found(Measure::Communication, score, sentence, evidence)
}

/// Visits to the portal, and how fast the client decides.
pub(crate) fn engagement(facts: &Facts) -> Finding {
    let e = &facts.engagement;
    let visits =
        e.since_visit_seconds.or(e.since_link_seconds).map(|since| falling(since, 14 * DAY, 75 * DAY));
    let slow = match (e.decision_seconds, e.waiting_seconds) {
        (Some(decided), Some(waiting)) => Some(decided.max(waiting)),
        (decided, waiting) => decided.or(waiting),
    };
    let decisions = slow.map(|seconds| falling(seconds, 3 * DAY, 21 * DAY));
    let score = match (visits, decisions) {
        (Some(visits), Some(decisions)) => (visits + decisions) / 2,
        (Some(score), None) | (None, Some(score)) => score,
        (None, None) => {
            return nothing(Measure::Engagement, "There is no portal and nothing to approve yet.");
        }
    };
    let visited = match (e.since_visit_seconds, e.since_link_seconds) {
        (Some(since), _) => format!("Last visited the portal {} ago", span(since)),
        (None, Some(since)) => format!("Has not opened the portal since it was shared {} ago", span(since)),
        (None, None) => "Has no portal".into(),
    };
    let sentence = match (e.waiting_seconds, e.decision_seconds) {
        (Some(waiting), _) if waiting > 3 * DAY => {
            format!("{visited}; an approval has waited {}.", span(waiting))
        }
        (_, Some(decided)) => format!("{visited}; decides within {}.", span(decided)),
        _ => format!("{visited}."),
    };
    let evidence = vec![
        Evidence::new(
            "Last visit",
            e.since_visit_seconds.map_or("–".into(), |since| format!("{} ago", span(since))),
        ),
        Evidence::new("Visits in 30 days", e.visits),
        Evidence::new("Decides within, on average", e.decision_seconds.map_or("–".into(), span)),
        Evidence::new("Longest waiting for approval", e.waiting_seconds.map_or("–".into(), span)),
    ];
    found(Measure::Engagement, score, sentence, evidence)
}

/// How long and by how many people it is held.
pub(crate) fn relationship(facts: &Facts) -> Finding {
    let tenure = facts.tenure_days;
    let people = facts.contacts;
    let score =
        50 + (tenure.min(365) * 25 / 365) + [0, 10, 20, 25][usize::try_from(people.clamp(0, 3)).unwrap_or(0)];
    let known = plural(people, "person is", "people are");
    let sentence = match people {
        0 => format!("A client for {}; nobody is known by name.", days(tenure)),
        1 => format!("A client for {}; it all hangs on one person.", days(tenure)),
        _ => format!("A client for {}; {known} known.", days(tenure)),
    };
    let evidence = vec![Evidence::new("Client for", days(tenure)), Evidence::new("Contacts", people)];
    found(Measure::Relationship, score, sentence, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::facts::{Engagement, Money, Talk, Work};

    fn facts() -> Facts {
        Facts::default()
    }

    #[test]
    fn who_pays_on_time_has_full_points_and_who_is_overdue_loses_them() {
        let money = |paid, late_days, open, overdue, oldest| {
            let money = Money { paid, late_days, open, overdue, oldest_overdue_days: oldest };
            payment(&Facts { money, ..facts() })
        };
        assert_eq!(money(4, 0, 1, 0, 0).score, Some(100));
        assert_eq!(money(4, 10, 0, 0, 0).score, Some(80));
        assert_eq!(money(4, 0, 1, 1, 30).score, Some(45));
        assert_eq!(money(4, 30, 3, 3, 90).score, Some(0));
        assert_eq!(money(0, 0, 0, 0, 0).score, None);
        assert_eq!(money(4, 0, 2, 2, 12).sentence, "2 invoices are overdue, by 12 days at most.");
        assert_eq!(money(4, 10, 0, 0, 0).sentence, "Pays 10 days late on average; nothing is overdue now.");
    }

    #[test]
    fn overdue_work_and_a_blown_budget_cost_points() {
        let work = |open, overdue, milestones, used| {
            let work = Work {
                projects: 1,
                open_tasks: open,
                overdue_tasks: overdue,
                overdue_milestones: milestones,
                money_percent: used,
                hours_percent: 0,
            };
            delivery(&Facts { work, ..facts() })
        };
        assert_eq!(work(10, 0, 0, 99).score, Some(100));
        assert_eq!(work(10, 5, 0, 0).score, Some(70));
        assert_eq!(work(10, 0, 2, 0).score, Some(70));
        assert_eq!(work(10, 0, 0, 125).score, Some(75));
        assert_eq!(work(2, 2, 4, 200).score, Some(0));
        assert_eq!(work(10, 1, 1, 0).sentence, "There are 1 milestone overdue and 1 task overdue.");
        assert_eq!(delivery(&facts()).score, None);
    }

    #[test]
    fn silence_counts_against_the_usual_rhythm_of_that_client() {
        let talk = |silence_days: i64, gap_days: i64| {
            let talk = Talk {
                silence_seconds: Some(silence_days * DAY),
                usual_gap_seconds: Some(gap_days * DAY),
                ..Talk::default()
            };
            communication(&Facts { talk, ..facts() }).score.unwrap()
        };
        assert_eq!(talk(10, 7), 100);
        assert!(talk(40, 7) < 70);
        assert_eq!(talk(40, 30), 100);
        assert_eq!(talk(300, 7), 0);
        assert_eq!(communication(&facts()).score, None);
    }

    #[test]
    fn a_message_left_waiting_costs_points_and_is_named() {
        let talk = Talk {
            silence_seconds: Some(4 * DAY),
            waiting_seconds: Some(4 * DAY),
            reply_seconds: Some(2 * HOUR),
            ..Talk::default()
        };
        let finding = communication(&Facts { talk, ..facts() });
        assert!(finding.score.unwrap() < 80);
        assert_eq!(finding.sentence, "A message has waited 4 days for an answer.");
    }

    #[test]
    fn visits_and_quick_decisions_show_engagement() {
        let engagement = |visit: Option<i64>, decision: Option<i64>, waiting: Option<i64>| {
            let engagement = Engagement {
                since_visit_seconds: visit.map(|d| d * DAY),
                decision_seconds: decision.map(|d| d * DAY),
                waiting_seconds: waiting.map(|d| d * DAY),
                ..Engagement::default()
            };
            super::engagement(&Facts { engagement, ..facts() }).score
        };
        assert_eq!(engagement(Some(2), Some(1), None), Some(100));
        assert_eq!(engagement(Some(75), None, None), Some(0));
        assert_eq!(engagement(Some(2), None, Some(21)), Some(50));
        assert_eq!(engagement(None, None, None), None);
    }

    #[test]
    fn every_score_stays_within_0_to_100_whatever_the_facts() {
        for extreme in [0, 1, 59, 100_000, 10_000_000] {
            let facts = Facts {
                tenure_days: extreme,
                contacts: extreme,
                money: Money {
                    paid: extreme,
                    late_days: extreme,
                    open: extreme,
                    overdue: extreme,
                    oldest_overdue_days: extreme,
                },
                work: Work {
                    projects: extreme,
                    open_tasks: extreme,
                    overdue_tasks: extreme,
                    overdue_milestones: extreme,
                    money_percent: extreme,
                    hours_percent: extreme,
                },
                talk: Talk {
                    silence_seconds: Some(extreme),
                    usual_gap_seconds: Some(extreme),
                    messages: extreme,
                    reply_seconds: Some(extreme),
                    waiting_seconds: Some(extreme),
                },
                engagement: Engagement {
                    since_visit_seconds: Some(extreme),
                    since_link_seconds: Some(extreme),
                    visits: extreme,
                    decision_seconds: Some(extreme),
                    waiting_seconds: Some(extreme),
                },
            };
            for finding in findings(&facts) {
                assert!(finding.score.is_none_or(|score| (0..=100).contains(&score)), "{finding:?}");
            }
        }
    }
}
