//! Pure decisions on tasks.

use jiff::civil::Date;
use rapport_base::{FieldError, Refusal, Result};

use super::{Task, TaskChange};

/// Distance between two neighbours of a column, with room to drop cards in between.
pub const GAP: i64 = 1 << 20;

/// Where a card comes to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this position.
    At(i64),
    /// No room: the others take these positions, in their order, and the card takes the last value.
    Respaced(Vec<i64>, i64),
}

/// The place of a card dropped at `index` among the others' positions, which ascend.
#[must_use]
pub fn place(others: &[i64], index: usize) -> Place {
    let index = index.min(others.len());
    let before = index.checked_sub(1).map(|i| others[i]);
    match (before, others.get(index).copied()) {
        (None, None) => Place::At(0),
        (Some(before), None) => Place::At(before.saturating_add(GAP)),
        (None, Some(after)) => Place::At(after.saturating_sub(GAP)),
        (Some(before), Some(after)) if after - before > 1 => Place::At(before + (after - before) / 2),
        (Some(_), Some(_)) => {
            let step = |i: usize| i64::try_from(i).unwrap_or(i64::MAX / GAP) * GAP;
            let spaced = (0..others.len()).map(|i| step(if i < index { i } else { i + 1 })).collect();
            Place::Respaced(spaced, step(index))
        }
    }
}

/// Refuses a due date before the start.
///
/// # Errors
/// Invalid, beside the due date.
pub fn dates_in_order(start: Option<Date>, due: Option<Date>) -> Result<()> {
    match (start, due) {
        (Some(start), Some(due)) if due < start => Err(Refusal::invalid(vec![FieldError::new(
            "due_date",
            "before_start",
            "The due date lies before the start.",
        )])
        .into()),
        _ => Ok(()),
    }
}

/// The names of the fields a change really alters.
#[must_use]
pub fn altered(before: &Task, change: &TaskChange) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut note = |name, differs: bool| {
        if differs {
            fields.push(name);
        }
    };
    note("title", change.title.as_ref().is_some_and(|title| *title != before.title));
    note("description", change.description.as_ref().is_some_and(|text| *text != before.description));
    note("status", change.status.is_some_and(|status| status != before.status));
    note("priority", change.priority.is_some_and(|priority| priority != before.priority));
    note("milestone_id", change.milestone_id.is_some_and(|value| value != before.milestone_id));
    note("assigned_to", change.assigned_to.is_some_and(|value| value != before.assigned_to));
    note("start_date", change.start_date.is_some_and(|value| value != before.start_date));
    note("due_date", change.due_date.is_some_and(|value| value != before.due_date));
    note(
        "estimated_seconds",
        change.estimated_seconds.is_some_and(|value| value != before.estimated_seconds),
    );
    note(
        "hourly_rate_cents",
        change.hourly_rate_cents.is_some_and(|value| value != before.hourly_rate_cents),
    );
    note(
        "is_client_visible",
        change.is_client_visible.is_some_and(|value| value != before.is_client_visible),
    );
    note("labels", change.labels.as_ref().is_some_and(|labels| *labels != before.labels));
    note("position", change.position.is_some_and(|value| value != before.position));
    fields
}

/// When a task is due, seen from a day: the groups of "my work".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Should be done already.
    Overdue,
    /// Due that day.
    Today,
    /// Due later in that week.
    ThisWeek,
    /// Due after that week.
    Later,
    /// Without a date.
    Someday,
}

impl When {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Overdue, Self::Today, Self::ThisWeek, Self::Later, Self::Someday];

    /// The group of a due date, in weeks that begin on an ISO weekday (1 Monday to 7 Sunday).
    #[must_use]
    pub fn of(due: Option<Date>, today: Date, week_start: i8) -> Self {
        let Some(due) = due else { return Self::Someday };
        if due < today {
            return Self::Overdue;
        }
        if due == today {
            return Self::Today;
        }
        let into_week = (today.weekday().to_monday_one_offset() - week_start).rem_euclid(7);
        let left = i64::from(6 - into_week);
        if (due - today).get_days() <= i32::try_from(left).unwrap_or(0) {
            Self::ThisWeek
        } else {
            Self::Later
        }
    }
    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Today => "Today",
            Self::ThisWeek => "This week",
            Self::Later => "Later",
            Self::Someday => "No date",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_card_lands_between_its_neighbours() {
        assert_eq!(place(&[], 0), Place::At(0));
        assert_eq!(place(&[10, 20], 0), Place::At(10 - GAP));
        assert_eq!(place(&[10, 20], 1), Place::At(15));
        assert_eq!(place(&[10, 20], 2), Place::At(20 + GAP));
        assert_eq!(place(&[10, 20], 99), Place::At(20 + GAP));
    }

    #[test]
    fn a_column_without_room_is_spaced_out_in_the_same_order() {
        let Place::Respaced(others, card) = place(&[5, 5, 6], 2) else {
            panic!("there is no room between 5 and 6")
        };
        assert!(others[0] < others[1] && others[1] < card && card < others[2], "{others:?} {card}");
    }

    #[test]
    fn work_is_grouped_by_the_weeks_of_the_workspace() {
        let friday = date(2026, 11, 20);
        let when = |d, start| When::of(Some(date(2026, 11, d)), friday, start);
        assert_eq!(when(19, 1), When::Overdue);
        assert_eq!(when(20, 1), When::Today);
        assert_eq!(when(22, 1), When::ThisWeek);
        assert_eq!(when(23, 1), When::Later);
        assert_eq!(when(21, 7), When::ThisWeek);
        assert_eq!(when(22, 7), When::Later);
        assert_eq!(When::of(None, friday, 1), When::Someday);
    }
}
