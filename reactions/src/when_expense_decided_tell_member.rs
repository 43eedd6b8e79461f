//! When an expense is approved or rejected, the one who claimed it hears of it.

use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::{Locale, money};
use timesheets::ExpenseApproved;

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.expense_decided_tell_member", &["expense.approved", "expense.rejected"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    // Both carry the same facts.
    let expense = event.read::<ExpenseApproved>()?.facts;
    let member = expense.member_id.into();
    if people::actor(&event) == Some(member) {
        return Ok(());
    }
    let verb = event.kind.rsplit('.').next().unwrap_or_default();
    let amount = money(expense.amount_cents, &expense.currency, Locale::default());
    let notice = NewNotice {
        to: To::Member(member),
        kind: kinds::EXPENSE_DECIDED,
        title: format!("Your expense of {amount} was {verb}"),
        body: expense.comment,
        href: format!("expenses/{}", expense.expense_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
