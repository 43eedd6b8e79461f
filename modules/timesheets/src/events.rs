//! What happens to time and expenses.

use jiff::{Timestamp, civil::Date};
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{EXPENSES_READ_ALL, TIME_READ, TIME_READ_ALL, entries::TimeEntry};

/// The facts of one time entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimeFacts {
    /// The entry.
    pub time_entry_id: Uuid,
    /// Who worked.
    pub member_id: Uuid,
    /// Project.
    pub project_id: Uuid,
    /// Project's name at that time.
    pub project_name: String,
    /// Client.
    pub client_id: Option<Uuid>,
    /// Task.
    pub task_id: Option<Uuid>,
    /// The day.
    pub date: Date,
    /// How long.
    pub duration_seconds: i64,
    /// Whether the client pays for it.
    pub is_billable: bool,
}

impl TimeFacts {
    pub(crate) fn of(entry: &TimeEntry) -> Self {
        Self {
            time_entry_id: entry.id.uuid(),
            member_id: entry.member_id.uuid(),
            project_id: entry.project_id.uuid(),
            project_name: entry.project_name.clone(),
            client_id: entry.client_id.map(clients::ClientId::uuid),
            task_id: entry.task_id.map(projects::TaskId::uuid),
            date: entry.date,
            duration_seconds: entry.seconds(),
            is_billable: entry.is_billable,
        }
    }
    fn about(&self) -> About {
        About::new("time_entry", self.time_entry_id).maybe_client(self.client_id).project(self.project_id)
    }
    fn length(&self) -> String {
        length(self.duration_seconds)
    }
}

fn length(seconds: i64) -> String {
    rapport_ui::format::duration(seconds)
}

macro_rules! time_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, audited $audited:literal, |$e:ident| $summary:expr $(, $(#[$field_doc:meta])* $field:ident: $ty:ty)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            /// The entry.
            #[serde(flatten)]
            pub facts: TimeFacts,
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                self.facts.about()
            }
            fn summary(&self) -> String {
                let $e = self;
                $summary
            }
        }
    };
}

time_event!(
    /// Time was logged.
    TimeLogged, "time.logged", audited false, |e| format!("logged {} on {}", e.facts.length(), e.facts.project_name)
);
time_event!(
    /// An entry was changed.
    TimeUpdated, "time.updated", audited true, |e| format!("changed time on {} to {}", e.facts.project_name, e.facts.length())
);
time_event!(
    /// An entry was taken back.
    TimeDeleted, "time.deleted", audited true, |e| format!("took back {} on {}", e.facts.length(), e.facts.project_name)
);
time_event!(
    /// Another quantity is billed than was worked.
    TimeAdjusted, "time.adjusted", audited true,
    |e| format!("set what is billed of time on {} to {}", e.facts.project_name, length(e.billable_seconds)),
    /// What is billed.
    billable_seconds: i64,
    /// Why.
    reason: String
);

/// The facts of a timer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TimerFacts {
    /// The timer.
    pub timer_id: Uuid,
    /// Whose.
    pub member_id: Uuid,
    /// Project.
    pub project_id: Uuid,
    /// Project's name at that time.
    pub project_name: String,
    /// Client.
    pub client_id: Option<Uuid>,
    /// Task.
    pub task_id: Option<Uuid>,
    /// Since when.
    pub started_at: Timestamp,
}

macro_rules! timer_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, |$e:ident| $summary:expr $(, $(#[$field_doc:meta])* $field:ident: $ty:ty)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            /// The timer.
            #[serde(flatten)]
            pub facts: TimerFacts,
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            fn about(&self) -> About {
                let facts = &self.facts;
                About::new("timer", facts.timer_id).maybe_client(facts.client_id).project(facts.project_id)
            }
            fn summary(&self) -> String {
                let $e = self;
                $summary
            }
        }
    };
}

timer_event!(
    /// A timer was started.
    TimerStarted, "timer.started", |e| format!("started the timer on {}", e.facts.project_name)
);
timer_event!(
    /// A timer was stopped.
    TimerStopped, "timer.stopped", |e| format!("stopped the timer on {} after {}", e.facts.project_name, length(e.duration_seconds)),
    /// What was logged.
    duration_seconds: i64
);

/// The facts of a timesheet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SheetFacts {
    /// The sheet.
    pub timesheet_id: Uuid,
    /// Whose.
    pub member_id: Uuid,
    /// Their name at that time.
    pub member_name: String,
    /// First day of the week.
    pub week_start: Date,
    /// Time worked.
    pub total_seconds: i64,
    /// What of it is billable.
    pub billable_seconds: i64,
    /// What was said about it.
    pub comment: String,
}

macro_rules! sheet_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, |$e:ident| $summary:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The sheet.
            #[serde(flatten)]
            pub facts: SheetFacts,
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = true;
            fn about(&self) -> About {
                About::new("timesheet", self.facts.timesheet_id)
            }
            fn summary(&self) -> String {
                let $e = &self.facts;
                $summary
            }
        }
    };
}

sheet_event!(
    /// A week was handed in.
    TimesheetSubmitted, "timesheet.submitted", |f| format!("submitted the week of {} with {}", f.week_start, length(f.total_seconds))
);
sheet_event!(
    /// A week was approved.
    TimesheetApproved, "timesheet.approved", |f| format!("approved {}’s week of {} with {}", f.member_name, f.week_start, length(f.total_seconds))
);
sheet_event!(
    /// A week was given back.
    TimesheetRejected, "timesheet.rejected", |f| format!("rejected {}’s week of {}", f.member_name, f.week_start)
);
sheet_event!(
    /// A week was opened again.
    TimesheetReopened, "timesheet.reopened", |f| format!("reopened {}’s week of {}", f.member_name, f.week_start)
);

/// Days were closed for time and expenses, or opened again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeriodLocked {
    /// The workspace.
    pub workspace_id: Uuid,
    /// Up to which day; none when nothing is closed.
    pub locked_until: Option<Date>,
}

impl Event for PeriodLocked {
    const KIND: &'static str = "time.period_locked";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("workspace", self.workspace_id)
    }
    fn summary(&self) -> String {
        self.locked_until.map_or_else(
            || "opened all periods for time and expenses".into(),
            |until| format!("closed time and expenses up to {until}"),
        )
    }
}

/// The facts of an expense.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExpenseFacts {
    /// The expense.
    pub expense_id: Uuid,
    /// Who paid it.
    pub member_id: Uuid,
    /// Their name at that time.
    pub member_name: String,
    /// Project.
    pub project_id: Uuid,
    /// Project's name at that time.
    pub project_name: String,
    /// Client.
    pub client_id: Option<Uuid>,
    /// Category.
    pub category: String,
    /// Amount in minor units.
    pub amount_cents: i64,
    /// Its currency.
    pub currency: String,
    /// What was said about it.
    pub comment: String,
}

macro_rules! expense_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, audited $audited:literal, |$e:ident| $summary:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The expense.
            #[serde(flatten)]
            pub facts: ExpenseFacts,
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                About::new("expense", self.facts.expense_id).maybe_client(self.facts.client_id).project(self.facts.project_id)
            }
            fn summary(&self) -> String {
                let $e = &self.facts;
                $summary
            }
        }
    };
}

expense_event!(
    /// An expense was claimed.
    ExpenseCreated, "expense.created", audited true, |f| format!("added an expense for {} on {}", f.category, f.project_name)
);
expense_event!(
    /// An expense was changed.
    ExpenseUpdated, "expense.updated", audited true, |f| format!("changed an expense for {} on {}", f.category, f.project_name)
);
expense_event!(
    /// An expense was taken back.
    ExpenseDeleted, "expense.deleted", audited true, |f| format!("took back an expense for {} on {}", f.category, f.project_name)
);
expense_event!(
    /// An expense was handed in.
    ExpenseSubmitted, "expense.submitted", audited true, |f| format!("submitted an expense for {} on {}", f.category, f.project_name)
);
expense_event!(
    /// An expense was approved.
    ExpenseApproved, "expense.approved", audited true, |f| format!("approved {}’s expense for {} on {}", f.member_name, f.category, f.project_name)
);
expense_event!(
    /// An expense was given back.
    ExpenseRejected, "expense.rejected", audited true, |f| format!("rejected {}’s expense for {} on {}", f.member_name, f.category, f.project_name)
);
expense_event!(
    /// An expense was paid back to who paid it.
    ExpenseReimbursed, "expense.reimbursed", audited true, |f| format!("paid back {}’s expense for {} on {}", f.member_name, f.category, f.project_name)
);

/// How they are known to readers of the spine.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<TimerStarted>("Timer started", "play", TIME_READ),
        EventInfo::of::<TimerStopped>("Timer stopped", "square", TIME_READ),
        EventInfo::of::<TimeLogged>("Time logged", "clock", TIME_READ),
        EventInfo::of::<TimeUpdated>("Time changed", "clock", TIME_READ),
        EventInfo::of::<TimeDeleted>("Time taken back", "clock", TIME_READ),
        EventInfo::of::<TimeAdjusted>("Billable time adjusted", "clock", TIME_READ_ALL),
        EventInfo::of::<TimesheetSubmitted>("Timesheet submitted", "send", TIME_READ_ALL),
        EventInfo::of::<TimesheetApproved>("Timesheet approved", "check", TIME_READ_ALL),
        EventInfo::of::<TimesheetRejected>("Timesheet rejected", "x", TIME_READ_ALL),
        EventInfo::of::<TimesheetReopened>("Timesheet reopened", "undo-2", TIME_READ_ALL),
        EventInfo::of::<PeriodLocked>("Period closed", "lock", TIME_READ_ALL),
        EventInfo::of::<ExpenseCreated>("Expense added", "receipt", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseUpdated>("Expense changed", "receipt", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseDeleted>("Expense taken back", "receipt", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseSubmitted>("Expense submitted", "send", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseApproved>("Expense approved", "check", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseRejected>("Expense rejected", "x", EXPENSES_READ_ALL),
        EventInfo::of::<ExpenseReimbursed>("Expense paid back", "banknote", EXPENSES_READ_ALL),
    ]
}
