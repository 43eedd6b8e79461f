//! When an expense is handed in, those who may approve it hear of it.

use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::{Locale, money};
use timesheets::{EXPENSES_APPROVE, ExpenseSubmitted};

use crate::kinds;

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.expense_submitted_tell_approvers", &["expense.submitted"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let expense = event.read::<ExpenseSubmitted>()?.facts;
    let amount = money(expense.amount_cents, &expense.currency, Locale::default());
    let notice = NewNotice {
        to: To::PermissionBut(EXPENSES_APPROVE, Some(expense.member_id.into())),
        kind: kinds::EXPENSE_WAITS,
        title: format!("{} submitted an expense of {amount}", expense.member_name),
        body: format!("{} on {}.", expense.category, expense.project_name),
        href: format!("expenses/{}", expense.expense_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
