//! What an expense costs the client, and who may decide on it. No I/O.

use jiff::civil::Date;
use rapport_base::{Currency, FieldError, MemberId, Refusal, Result, money::round_half_up};
use rust_decimal::Decimal;

use super::{Expense, ExpenseStatus, NewExpense};

/// What the client pays: the amount with its mark-up, rounded half up; nothing when it is not billable.
#[must_use]
pub fn billable_cents(amount_cents: i64, markup_percent: Decimal, is_billable: bool) -> i64 {
    if !is_billable {
        return 0;
    }
    let factor = Decimal::ONE + markup_percent / Decimal::ONE_HUNDRED;
    Decimal::from(amount_cents).checked_mul(factor).and_then(round_half_up).unwrap_or(amount_cents)
}

/// What is wrong with an expense, beside its fields.
///
/// # Errors
/// Another currency than the project's, a day to come, more tax than was paid, a mark-up out of bounds.
pub fn check(input: &NewExpense, currency: Currency, today: Date) -> Result<()> {
    let mut errors = Vec::new();
    let mut say = |field: &str, code, message: String| errors.push(FieldError::new(field, code, message));
    if input.currency.is_some_and(|given| given != currency) {
        say(
            "currency",
            "other_currency",
            format!("The project is kept in {currency}. Enter what was paid in {currency}."),
        );
    }
    if input.date > today {
        say("date", "future", "This day is yet to come.".into());
    }
    if input.tax_cents > input.amount_cents {
        say("tax_cents", "too_large", "The tax is part of the amount and cannot be more.".into());
    }
    let markup = input.markup_percent.unwrap_or_default();
    if markup < Decimal::ZERO || markup > Decimal::from(999) || markup.normalize().scale() > 3 {
        say("markup_percent", "out_of_range", "Use 0 to 999 percent, with at most three decimals.".into());
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors).into()) }
}

/// Whether its member may change it.
///
/// # Errors
/// Conflict once it is handed in.
pub fn check_editable(status: ExpenseStatus) -> Result<()> {
    if status.is_editable() {
        return Ok(());
    }
    let message = format!("This expense is {} and cannot be changed.", status.label().to_lowercase());
    Err(Refusal::conflict("expenses.locked", message).into())
}

/// Whether someone may approve or reject it.
///
/// # Errors
/// Forbidden for one's own, unless one owns the workspace; conflict when it does not wait.
pub fn check_decide(expense: &Expense, by: MemberId, role: &str) -> Result<()> {
    if expense.member_id == by && role != "owner" {
        return Err(Refusal::new(
            rapport_base::Kind::Forbidden,
            "expenses.own",
            "Someone else approves your own expenses.",
        )
        .into());
    }
    if expense.status == ExpenseStatus::Submitted {
        return Ok(());
    }
    let by =
        expense.decided_by_name.as_deref().map(|name| format!(", decided by {name}")).unwrap_or_default();
    let message = format!(
        "This expense does not wait for approval: it is {}{by}.",
        expense.status.label().to_lowercase()
    );
    Err(Refusal::conflict("expenses.not_waiting", message).into())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_mark_up_is_added_and_rounded_half_up() {
        assert_eq!(billable_cents(10_000, Decimal::from(10), true), 11_000);
        assert_eq!(billable_cents(5, Decimal::from(10), true), 6);
        assert_eq!(billable_cents(10_000, Decimal::ZERO, true), 10_000);
        assert_eq!(billable_cents(10_000, Decimal::from(10), false), 0);
    }

    #[test]
    fn an_expense_is_in_the_currency_of_its_project() {
        let eur = Currency::try_new("EUR").unwrap();
        let expense = NewExpense {
            project_id: projects::ProjectId::new(),
            date: date(2026, 11, 20),
            category: "Travel".into(),
            merchant: String::new(),
            description: String::new(),
            amount_cents: 100,
            tax_cents: 0,
            currency: Currency::try_new("USD"),
            is_billable: None,
            markup_percent: None,
        };
        let today = date(2026, 11, 20);
        let codes = |input: &NewExpense| {
            check(input, eur, today)
                .err()
                .map(|e| e.refusal().unwrap().fields.iter().map(|f| f.field.clone()).collect::<Vec<_>>())
        };
        assert_eq!(codes(&expense), Some(vec!["currency".into()]));
        let right = NewExpense { currency: Some(eur), ..expense };
        assert_eq!(codes(&right), None);
        let wrong = NewExpense {
            date: date(2026, 11, 21),
            tax_cents: 101,
            markup_percent: Some(Decimal::from(-1)),
            ..right
        };
        assert_eq!(codes(&wrong), Some(vec!["date".into(), "tax_cents".into(), "markup_percent".into()]));
    }
}
