//! What was worked and what was spent on it: the timer, time entries, timesheets and expenses.
//!
//! Invoicing, above, reads the views `timesheets.v_billable_time` and `v_billable_expenses`
//! and takes what it bills with [`reserve_time_in`], [`reserve_expenses_in`],
//! [`mark_invoiced_in`] and [`release_in`].

mod check;
mod entries;
mod erase;
mod events;
mod expenses;
mod grid;
mod jobs;
mod permissions;
mod personal;
mod routes;
mod sheets;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timer;
mod words;

use futures::FutureExt;
use rapport_web::{Module, NavEntry};

pub use entries::{
    NewTimeEntry, TimeEntry, TimeEntryChange, TimeEntryId,
    approval::{OpenTime, revalue_in},
    billing::{mark_invoiced_in, release_in, reserve_expenses_in, reserve_time_in},
    rules::{value_cents, week_of},
};
pub use erase::clients_with_locked;
pub use events::{
    ExpenseApproved, ExpenseCreated, ExpenseDeleted, ExpenseFacts, ExpenseReimbursed, ExpenseRejected,
    ExpenseSubmitted, ExpenseUpdated, PeriodLocked, SheetFacts, TimeAdjusted, TimeDeleted, TimeFacts,
    TimeLogged, TimeUpdated, TimerFacts, TimerStarted, TimerStopped, TimesheetApproved, TimesheetRejected,
    TimesheetReopened, TimesheetSubmitted,
};
pub use expenses::{Expense, ExpenseId, ExpenseStatus};
pub use permissions::{
    EXPENSES_APPROVE, EXPENSES_CREATE, EXPENSES_READ, EXPENSES_READ_ALL, TIME_APPROVE, TIME_READ,
    TIME_READ_ALL, TIME_TRACK,
};
pub use sheets::{MemberTotals, SheetStatus, Timesheet, TimesheetId, actions::week_totals};
pub use timer::{Timer, TimerId};

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    let nav = |label, icon, path, permission, key, position, primary| NavEntry {
        section: "Work",
        label,
        icon,
        path,
        permission: Some(permission),
        key,
        position,
        primary,
    };
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        lendable: permissions::LENDABLE.to_vec(),
        events: events::all(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        nav: vec![
            nav("Time", "clock", "time", TIME_READ, Some('t'), 80, true),
            nav("Expenses", "receipt", "expenses", EXPENSES_READ, Some('e'), 90, false),
        ],
        shell: vec![timer::shell::part],
        parts: Some(|parts| notifications::announce(parts, jobs::NOTICES)),
        checks: vec![check::CHECK],
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        personal: personal::TABLES.to_vec(),
        ..Module::new("timesheets")
    }
}
