//! What deals may be, and what a move means.

use jiff::{SignedDuration, Timestamp};
use rapport_base::{FieldError, Refusal, Result, text};

use super::{Deal, DealChange, NewDeal, ProjectChoice};
use crate::StageKind;

/// How likely a deal is won: certain or hopeless once closed, else its own figure or the stage's.
#[must_use]
pub fn probability(kind: StageKind, own: Option<i16>, of_stage: i16) -> i16 {
    match kind {
        StageKind::Won => 100,
        StageKind::Lost => 0,
        StageKind::Open => own.unwrap_or(of_stage),
    }
}

/// A value weighed by its probability, rounded half up.
#[must_use]
pub fn weighted(value_cents: i64, probability: i16) -> i64 {
    i64::try_from((i128::from(value_cents) * i128::from(probability) + 50).div_euclid(100))
        .unwrap_or(i64::MAX)
}

/// Whether an open deal has been in its stage for as long as the stage allows.
#[must_use]
pub fn is_stale(kind: StageKind, rot_days: Option<i16>, since: Timestamp, now: Timestamp) -> bool {
    let Some(days) = rot_days.filter(|_| kind == StageKind::Open) else { return false };
    now.duration_since(since) >= SignedDuration::from_hours(24 * i64::from(days))
}

/// What leaving one kind of stage for another means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Still open, or closed as before.
    Along,
    /// Won.
    Won,
    /// Lost, for a reason.
    Lost(String),
    /// Open again.
    Reopened,
}

/// Decides on a move: losing needs a reason, and leaving won says what becomes of the project.
pub fn turn(
    from: StageKind,
    to: StageKind,
    lost_reason: Option<&str>,
    has_project: bool,
    project: Option<ProjectChoice>,
) -> Result<Turn> {
    if from == to {
        return Ok(Turn::Along);
    }
    let mut faults = Vec::new();
    let reason = lost_reason.and_then(text::clean_line);
    if to == StageKind::Lost && reason.is_none() {
        faults.push(FieldError::new("lost_reason", "required", "Say why the deal was lost."));
    }
    if from == StageKind::Won && has_project && project.is_none() {
        let message = "This deal was won into a project. Say whether it keeps the project (keep) or lets it go on by itself (unlink).";
        faults.push(FieldError::new("project", "required", message));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    Ok(match (to, reason) {
        (StageKind::Won, _) => Turn::Won,
        (StageKind::Lost, reason) => Turn::Lost(reason.unwrap_or_default()),
        (StageKind::Open, _) => Turn::Reopened,
    })
}

/// A new deal, cleaned.
pub fn new(mut input: NewDeal) -> Result<NewDeal> {
    let mut faults = Vec::new();
    match text::clean_line(&input.title) {
        Some(title) => input.title = title,
        None => faults.push(FieldError::new("title", "required", "Give the deal a title.")),
    }
    match (input.client_id.is_some(), input.client.is_some()) {
        (false, false) => {
            faults.push(FieldError::new("client_id", "required", "Choose a client, or add a new one."))
        }
        (true, true) => {
            faults.push(FieldError::new("client", "ambiguous", "Choose a client or add a new one, not both."))
        }
        _ => {}
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    input.description = input.description.as_deref().and_then(text::clean);
    input.source = input.source.as_deref().and_then(text::clean_line);
    input.tags = tags(&input.tags);
    Ok(input)
}

/// Distinct cleaned tags in the order they were given.
#[must_use]
pub fn tags(typed: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in typed.iter().filter_map(|tag| text::clean_line(tag)) {
        if !tags.iter().any(|known| text::fold(known) == text::fold(&tag)) {
            tags.push(tag);
        }
    }
    tags
}

/// The deal after a change.
pub fn changed(was: &Deal, change: &DealChange) -> Result<Deal> {
    let mut now = was.clone();
    let mut faults = Vec::new();
    if let Some(title) = &change.title {
        match text::clean_line(title) {
            Some(title) => now.title = title,
            None => faults.push(FieldError::new("title", "required", "Give the deal a title.")),
        }
    }
    if let Some(client) = change.client_id.filter(|client| *client != was.client_id) {
        if was.project_id.is_some() {
            faults.push(FieldError::new(
                "client_id",
                "has_project",
                "The project of this deal is for its client: it cannot change.",
            ));
        }
        now.client_id = client;
        now.contact_ids = Vec::new();
    }
    if let Some(typed) = &change.lost_reason {
        match (was.stage.kind, text::clean_line(typed)) {
            (StageKind::Lost, Some(reason)) => now.lost_reason = Some(reason),
            (StageKind::Lost, None) => {
                faults.push(FieldError::new("lost_reason", "required", "Say why the deal was lost."))
            }
            _ => faults.push(FieldError::new("lost_reason", "not_lost", "Only a lost deal has a reason.")),
        }
    }
    if let Some(description) = &change.description {
        now.description = description.as_deref().and_then(text::clean);
    }
    if let Some(source) = &change.source {
        now.source = source.as_deref().and_then(text::clean_line);
    }
    if let Some(value) = change.value_cents {
        now.value_cents = Some(value);
    }
    now.currency = change.currency.unwrap_or(was.currency);
    if let Some(own) = change.probability {
        now.probability_is_own = own.is_some();
        now.probability = own.unwrap_or(was.probability);
    }
    now.expected_close_date = change.expected_close_date.unwrap_or(was.expected_close_date);
    now.assigned_to = change.assigned_to.unwrap_or(was.assigned_to);
    if let Some(typed) = &change.tags {
        now.tags = tags(typed);
    }
    if let Some(contacts) = &change.contact_ids {
        now.contact_ids = contacts.clone();
    }
    if faults.is_empty() { Ok(now) } else { Err(Refusal::invalid(faults).into()) }
}

/// The fields in which two states of a deal differ.
#[must_use]
pub fn differences(a: &Deal, b: &Deal) -> Vec<String> {
    let own = |deal: &Deal| deal.probability_is_own.then_some(deal.probability);
    let sorted = |deal: &Deal| {
        let mut ids = deal.contact_ids.clone();
        ids.sort();
        ids
    };
    [
        ("title", a.title != b.title),
        ("description", a.description != b.description),
        ("client_id", a.client_id != b.client_id),
        ("value_cents", a.value_cents != b.value_cents),
        ("currency", a.currency != b.currency),
        ("probability", own(a) != own(b)),
        ("expected_close_date", a.expected_close_date != b.expected_close_date),
        ("assigned_to", a.assigned_to != b.assigned_to),
        ("source", a.source != b.source),
        ("tags", a.tags != b.tags),
        ("contact_ids", sorted(a) != sorted(b)),
        ("lost_reason", a.lost_reason != b.lost_reason),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field.to_owned())
    .collect()
}

/// Fields as people call them: `title, value and currency`.
#[must_use]
pub fn field_words(fields: &[String]) -> String {
    let word = |field: &String| match field.as_str() {
        "client_id" => "client".to_owned(),
        "value_cents" => "value".to_owned(),
        "assigned_to" => "assignee".to_owned(),
        "contact_ids" => "contacts".to_owned(),
        other => other.replace('_', " "),
    };
    let words: Vec<String> = fields.iter().map(word).collect();
    match words.as_slice() {
        [] => "details".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The words a deal is found by.
#[must_use]
pub fn terms(title: &str, client: &str, tags: &[String], source: Option<&str>) -> Vec<String> {
    let texts = [title, client].into_iter().chain(tags.iter().map(String::as_str)).chain(source);
    text::terms(texts, 100)
}

/// The country of a locale, for phone numbers without one: `en-GB` → `GB`.
#[must_use]
pub fn country(locale: &str) -> Option<&str> {
    locale.split(['-', '_']).find(|piece| piece.len() == 2 && piece.chars().all(|c| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_weighed_by_its_probability_and_rounded_half_up() {
        assert_eq!(weighted(12_345, 10), 1_235);
        assert_eq!(weighted(i64::MAX, 100), i64::MAX);
        assert_eq!(weighted(999, 0), 0);
        assert_eq!(probability(StageKind::Won, Some(20), 50), 100);
        assert_eq!(probability(StageKind::Open, Some(20), 50), 20);
        assert_eq!(probability(StageKind::Open, None, 50), 50);
    }

    #[test]
    fn an_open_deal_is_stale_once_its_stage_s_days_are_over() {
        let since: Timestamp = "2026-11-01T10:00:00Z".parse().unwrap();
        let at = |day: &str| format!("2026-11-{day}T10:00:00Z").parse::<Timestamp>().unwrap();
        assert!(!is_stale(StageKind::Open, Some(7), since, at("07")));
        assert!(is_stale(StageKind::Open, Some(7), since, at("08")));
        assert!(!is_stale(StageKind::Won, Some(7), since, at("30")));
        assert!(!is_stale(StageKind::Open, None, since, at("30")));
    }

    #[test]
    fn losing_needs_a_reason_and_leaving_won_a_word_on_the_project() {
        use StageKind::{Lost, Open, Won};
        assert!(turn(Open, Lost, None, false, None).is_err());
        assert!(turn(Open, Lost, Some("  "), false, None).is_err());
        assert_eq!(turn(Open, Lost, Some(" Price "), false, None).unwrap(), Turn::Lost("Price".into()));
        assert_eq!(turn(Open, Won, None, false, None).unwrap(), Turn::Won);
        assert!(turn(Won, Open, None, true, None).is_err());
        assert_eq!(turn(Won, Open, None, false, None).unwrap(), Turn::Reopened);
        assert_eq!(turn(Won, Open, None, true, Some(ProjectChoice::Keep)).unwrap(), Turn::Reopened);
        assert_eq!(turn(Lost, Won, None, false, None).unwrap(), Turn::Won);
        assert_eq!(turn(Won, Won, None, true, None).unwrap(), Turn::Along);
    }

    #[test]
    fn tags_are_told_apart_without_accents_and_case() {
        assert_eq!(tags(&["Café".into(), " cafe ".into(), "VIP".into(), String::new()]), ["Café", "VIP"]);
    }

    #[test]
    fn changed_fields_are_named_as_people_call_them() {
        assert_eq!(
            field_words(&["title".into(), "value_cents".into(), "assigned_to".into()]),
            "title, value and assignee"
        );
        assert_eq!(country("en-GB"), Some("GB"));
        assert_eq!(country("de"), None);
    }
}
