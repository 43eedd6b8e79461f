//! Pure decisions on projects.

use jiff::civil::Date;
use rapport_base::{FieldError, Money, Refusal, Result};

use super::{Project, ProjectChange};

/// How the burning of a budget looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    /// Used.
    pub used: i64,
    /// Of that much; nothing without a budget.
    pub budget: Option<i64>,
    /// Used of it, in percent; may pass 100.
    pub percent: i64,
}

impl Burn {
    /// From what was used of what.
    #[must_use]
    pub fn new(used: i64, budget: Option<i64>) -> Self {
        let percent = match budget {
            Some(budget) if budget > 0 => {
                i64::try_from(i128::from(used) * 100 / i128::from(budget)).unwrap_or(i64::MAX)
            }
            Some(_) if used > 0 => 100,
            _ => 0,
        };
        Self { used, budget, percent }
    }
    /// Green below four fifths, amber to the budget, red beyond it.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self.percent {
            _ if self.budget.is_none() => "neutral",
            ..80 => "green",
            80..=100 => "amber",
            _ => "red",
        }
    }
    /// In a word, for those who do not see colours.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self.percent {
            _ if self.budget.is_none() => "No budget",
            ..80 => "On budget",
            80..=100 => "Nearly used up",
            _ => "Over budget",
        }
    }
}

/// Refuses a deadline before the start.
///
/// # Errors
/// Invalid, beside the deadline.
pub fn dates_in_order(start: Option<Date>, deadline: Option<Date>) -> Result<()> {
    match (start, deadline) {
        (Some(start), Some(deadline)) if deadline < start => Err(Refusal::invalid(vec![FieldError::new(
            "deadline",
            "before_start",
            "The deadline lies before the start.",
        )])
        .into()),
        _ => Ok(()),
    }
}

/// The names of the fields a change really alters.
#[must_use]
pub fn altered(before: &Project, change: &ProjectChange) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut note = |name, differs: bool| {
        if differs {
            fields.push(name);
        }
    };
    note("name", change.name.as_ref().is_some_and(|name| *name != before.name));
    note("description", change.description.as_ref().is_some_and(|text| *text != before.description));
    note("status", change.status.is_some_and(|status| status != before.status));
    note("billing_type", change.billing_type.is_some_and(|kind| kind != before.billing_type));
    note("budget_cents", change.budget_cents.is_some_and(|value| value != before.budget_cents));
    note("budget_seconds", change.budget_seconds.is_some_and(|value| value != before.budget_seconds));
    note(
        "hourly_rate_cents",
        change.hourly_rate_cents.is_some_and(|value| value != before.hourly_rate_cents),
    );
    note("start_date", change.start_date.is_some_and(|value| value != before.start_date));
    note("deadline", change.deadline.is_some_and(|value| value != before.deadline));
    fields
}

/// Shares a value among milestones by thousandths of a percent. What the shares leave over stays out;
/// shares of exactly 100 % add up to the value to the cent.
#[must_use]
pub fn shares(value_cents: i64, thousandths: &[Option<i64>]) -> Vec<Option<i64>> {
    let mut weights: Vec<u64> =
        thousandths.iter().map(|share| u64::try_from(share.unwrap_or(0)).unwrap_or(0)).collect();
    let given: u64 = weights.iter().sum();
    weights.push(100_000u64.saturating_sub(given));
    let parts = rapport_base::money::split(value_cents.clamp(0, Money::MAX_MINOR), &weights);
    thousandths.iter().zip(parts).map(|(share, part)| share.map(|_| part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burn_warns_before_the_budget_is_gone_and_counts_on_beyond_it() {
        assert_eq!(
            (
                Burn::new(79, Some(100)).tone(),
                Burn::new(80, Some(100)).tone(),
                Burn::new(101, Some(100)).tone()
            ),
            ("green", "amber", "red")
        );
        assert_eq!(Burn::new(250, Some(100)).percent, 250);
        assert_eq!(Burn::new(5, None).word(), "No budget");
        assert_eq!(Burn::new(5, Some(0)).percent, 100);
    }

    #[test]
    fn shares_of_a_whole_lose_no_cent() {
        assert_eq!(
            shares(100_01, &[Some(33_333), Some(33_333), Some(33_334)]).into_iter().flatten().sum::<i64>(),
            100_01
        );
        assert_eq!(shares(1_000, &[Some(30_000), None, Some(40_000)]), vec![Some(300), None, Some(400)]);
    }

    #[test]
    fn a_deadline_before_the_start_is_refused() {
        let day = |d| Some(jiff::civil::date(2026, 11, d));
        assert!(dates_in_order(day(2), day(1)).is_err());
        assert!(dates_in_order(day(1), day(1)).is_ok());
        assert!(dates_in_order(None, day(1)).is_ok());
    }
}
