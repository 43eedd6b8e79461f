//! The kinds of notices the reactions send, as members find them in their settings.

use notifications::{ByEmail, NoticeKind};

macro_rules! kinds {
    ($($name:ident = $kind:literal, $group:literal, $icon:literal, $by_email:ident, $label:literal;)*) => {
        $(pub(crate) const $name: &str = $kind;)*
        /// All of them.
        pub(crate) const ALL: &[NoticeKind] = &[$(NoticeKind {
            name: $kind,
            group: $group,
            label: $label,
            icon: $icon,
            by_email: ByEmail::$by_email,
        }),*];
    };
}

kinds! {
    MESSAGE = "message.received", "Clients", "message-square", Now, "A client writes a message";
    FEEDBACK = "feedback.given", "Clients", "message-square-quote", Now, "A client gives feedback";
    APPROVED = "deliverable.approved", "Clients", "badge-check", Now, "A client approves a deliverable";
    REVISION = "deliverable.revision_requested", "Clients", "rotate-ccw", Now, "A client asks for a revision";
    FILE = "file.received", "Clients", "upload", Never, "A client uploads a file";
    HEALTH = "health.fell", "Clients", "heart-pulse", Daily, "A client's health becomes worse";
    DEAL_WON = "deal.won", "Work", "trophy", Never, "A deal of yours is won";
    TASK = "task.assigned", "Work", "user-check", Never, "A task becomes yours";
    MILESTONE = "milestone.to_bill", "Money", "flag", Never, "A milestone can be billed";
    PAID = "invoice.paid", "Money", "circle-check", Daily, "An invoice is paid";
    OVERDUE = "invoice.overdue", "Money", "clock-alert", Daily, "An invoice is overdue";
    SHEET_WAITS = "timesheet.submitted", "Time", "send", Never, "A timesheet waits for approval";
    SHEET_DECIDED = "timesheet.decided", "Time", "calendar-check", Now, "Your timesheet is approved or rejected";
    EXPENSE_WAITS = "expense.submitted", "Time", "receipt", Never, "An expense waits for approval";
    EXPENSE_DECIDED = "expense.decided", "Time", "receipt", Never, "Your expense is approved or rejected";
    DEPUTY = "deputy.named", "Team", "user-check", Now, "You become a deputy, or someone becomes yours";
    JOINED = "member.joined", "Team", "user-plus", Now, "Someone joins the team";
}
