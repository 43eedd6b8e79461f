//! Every URL of the module.

use rapport_base::Page;
use rapport_web::{Doc, Routes};

use crate::{
    EXPENSES_APPROVE, EXPENSES_CREATE, EXPENSES_READ, Expense, NewTimeEntry, TIME_APPROVE, TIME_READ,
    TIME_TRACK, TimeEntry, TimeEntryChange, Timer, Timesheet,
    entries::{self, Adjustment, EntryQuery, api::Changed},
    expenses::{
        self, ExpenseChange, ExpenseQuery,
        api::{ExpenseBody, ReceiptQuery},
    },
    grid,
    sheets::{self, PeriodLock, SheetQuery, SheetSummary, Submission, Verdict, WaitingQuery},
    timer::{self, NewTimer, Started, StopTimer},
};

/// A receipt of the largest size, with its form around it.
const RECEIPT: usize = 16 * 1024 * 1024;

pub fn routes() -> Routes {
    expense_routes(sheet_routes(entry_routes(timer_routes(Routes::new("timesheets")))))
}

fn timer_routes(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/time/timer", TIME_TRACK, timer::pages::show)
        .post("/app/{workspace}/timer/start", TIME_TRACK, timer::pages::start)
        .post("/app/{workspace}/timer/stop", TIME_TRACK, timer::pages::stop)
        .post("/app/{workspace}/timer/discard", TIME_TRACK, timer::pages::discard)
        .get("/api/timer", TIME_TRACK, timer::api::show)
        .doc(Doc::new("Get the running timer").returns::<Timer>(200).answers(204, "None runs"))
        .delete("/api/timer", TIME_TRACK, timer::api::discard)
        .doc(Doc::new("Throw the timer away").about("Nothing is logged.").answers(204, "Gone"))
        .post("/api/timer/start", TIME_TRACK, timer::api::start)
        .doc(Doc::new("Start the timer").about("The timer that ran before is stopped and logged.").body::<NewTimer>().returns::<Started>(201))
        .post("/api/timer/stop", TIME_TRACK, timer::api::stop)
        .doc(
            Doc::new("Stop the timer")
                .about("Over midnight in the member's zone it leaves two entries; what is logged already is left out.")
                .body::<StopTimer>()
                .returns::<Page<TimeEntry>>(200),
        )
}

fn entry_routes(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/time/day", TIME_READ, entries::pages::day)
        .get("/app/{workspace}/time/list", TIME_READ, entries::pages::list)
        .post("/app/{workspace}/time/entries", TIME_TRACK, entries::pages::create)
        .get("/app/{workspace}/time/entries/{id}", TIME_READ, entries::pages::show)
        .post("/app/{workspace}/time/entries/{id}", TIME_TRACK, entries::pages::update)
        .post("/app/{workspace}/time/entries/{id}/delete", TIME_TRACK, entries::pages::delete)
        .post("/app/{workspace}/time/entries/{id}/adjust", TIME_APPROVE, entries::pages::adjust)
        .get("/api/time-entries", TIME_READ, entries::api::list)
        .doc(Doc::new("List time entries").about("Newest days first.").query::<EntryQuery>().returns::<Page<TimeEntry>>(200))
        .post("/api/time-entries", TIME_TRACK, entries::api::create)
        .doc(
            Doc::new("Log time")
                .about("A day with a duration, or a start with an end. A span over midnight in the member's zone becomes two entries.")
                .body::<NewTimeEntry>()
                .returns::<Page<TimeEntry>>(201),
        )
        .get("/api/time-entries/{id}", TIME_READ, entries::api::show)
        .doc(Doc::new("Get a time entry").returns::<TimeEntry>(200))
        .patch("/api/time-entries/{id}", TIME_TRACK, entries::api::update)
        .doc(Doc::new("Change a time entry").about("One's own, while its week is open.").body::<TimeEntryChange>().returns::<Changed>(200))
        .delete("/api/time-entries/{id}", TIME_TRACK, entries::api::delete)
        .doc(Doc::new("Take a time entry back").about("One's own, while its week is open.").answers(204, "Gone"))
        .post("/api/time-entries/{id}/adjust", TIME_APPROVE, entries::api::adjust)
        .doc(
            Doc::new("Bill another quantity than was worked")
                .about("With a reason, until an invoice holds the entry; null bills what was worked.")
                .body::<Adjustment>()
                .returns::<TimeEntry>(200),
        )
}

fn sheet_routes(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/time", TIME_READ, grid::pages::show)
        .post("/app/{workspace}/time/week", TIME_TRACK, grid::pages::save)
        .post("/app/{workspace}/time/copy", TIME_TRACK, grid::pages::copy)
        .post("/app/{workspace}/time/submit", TIME_TRACK, grid::pages::submit)
        .get("/app/{workspace}/time/approvals", TIME_APPROVE, sheets::pages::approvals)
        .post("/app/{workspace}/time/lock", TIME_APPROVE, sheets::pages::lock)
        .get("/app/{workspace}/time/sheets/{id}", TIME_READ, sheets::pages::show)
        .post("/app/{workspace}/time/sheets/{id}/approve", TIME_APPROVE, sheets::pages::approve)
        .post("/app/{workspace}/time/sheets/{id}/reject", TIME_APPROVE, sheets::pages::reject)
        .post("/app/{workspace}/time/sheets/{id}/reopen", TIME_TRACK, sheets::pages::reopen)
        .get("/api/timesheets", TIME_READ, sheets::api::show)
        .doc(Doc::new("Get the timesheet of a week").query::<SheetQuery>().returns::<Timesheet>(200))
        .get("/api/timesheets/waiting", TIME_APPROVE, sheets::api::waiting)
        .doc(
            Doc::new("List timesheets that wait")
                .about("Longest waiting first.")
                .query::<WaitingQuery>()
                .returns::<Page<SheetSummary>>(200),
        )
        .put("/api/timesheets/lock", TIME_APPROVE, sheets::api::lock)
        .doc(
            Doc::new("Close a period")
                .about("Time and expenses up to a day cannot change; null opens all.")
                .body::<PeriodLock>()
                .answers(204, "Closed"),
        )
        .post("/api/timesheets/submit", TIME_TRACK, sheets::api::submit)
        .doc(
            Doc::new("Submit a week")
                .about("An empty week is fine.")
                .body::<Submission>()
                .returns::<Timesheet>(200),
        )
        .get("/api/timesheets/{id}", TIME_READ, sheets::api::find)
        .doc(Doc::new("Get a timesheet").returns::<Timesheet>(200))
        .post("/api/timesheets/{id}/approve", TIME_APPROVE, sheets::api::approve)
        .doc(
            Doc::new("Approve a timesheet")
                .about("Freezes the rates. Nobody but an owner approves the own one.")
                .body::<Verdict>()
                .returns::<Timesheet>(200),
        )
        .post("/api/timesheets/{id}/reject", TIME_APPROVE, sheets::api::reject)
        .doc(
            Doc::new("Reject a timesheet")
                .about("With a comment.")
                .body::<Verdict>()
                .returns::<Timesheet>(200),
        )
        .post("/api/timesheets/{id}/reopen", TIME_TRACK, sheets::api::reopen)
        .doc(
            Doc::new("Reopen a timesheet")
                .about("Approvers any but their own approved one; its member while it waits.")
                .body::<Verdict>()
                .returns::<Timesheet>(200),
        )
}

fn expense_routes(routes: Routes) -> Routes {
    routes
        .get("/app/{workspace}/expenses", EXPENSES_READ, expenses::pages::index)
        .post("/app/{workspace}/expenses", EXPENSES_CREATE, expenses::pages::create)
        .body_limit(RECEIPT)
        .get("/app/{workspace}/expenses/new", EXPENSES_CREATE, expenses::pages::new)
        .get("/app/{workspace}/expenses/{id}", EXPENSES_READ, expenses::pages::show)
        .get("/app/{workspace}/expenses/{id}/receipt", EXPENSES_READ, expenses::api::show_receipt)
        .get("/app/{workspace}/expenses/{id}/edit", EXPENSES_CREATE, expenses::pages::change)
        .post("/app/{workspace}/expenses/{id}", EXPENSES_CREATE, expenses::pages::update)
        .body_limit(RECEIPT)
        .post("/app/{workspace}/expenses/{id}/submit", EXPENSES_CREATE, expenses::pages::submit)
        .post("/app/{workspace}/expenses/{id}/delete", EXPENSES_CREATE, expenses::pages::delete)
        .post("/app/{workspace}/expenses/{id}/approve", EXPENSES_APPROVE, expenses::pages::approve)
        .post("/app/{workspace}/expenses/{id}/reject", EXPENSES_APPROVE, expenses::pages::reject)
        .post("/app/{workspace}/expenses/{id}/reimburse", EXPENSES_APPROVE, expenses::pages::reimburse)
        .get("/api/expenses", EXPENSES_READ, expenses::api::list)
        .doc(Doc::new("List expenses").about("Newest days first.").query::<ExpenseQuery>().returns::<Page<Expense>>(200))
        .post("/api/expenses", EXPENSES_CREATE, expenses::api::create)
        .body_limit(RECEIPT)
        .doc(
            Doc::new("Claim an expense")
                .about("As JSON, or as multipart/form-data with the same fields and the file `receipt` (JPEG, PNG or PDF).")
                .multipart::<ExpenseBody>()
                .returns::<Expense>(201),
        )
        .get("/api/expenses/{id}", EXPENSES_READ, expenses::api::show)
        .doc(Doc::new("Get an expense").returns::<Expense>(200))
        .get("/api/expenses/{id}/receipt", EXPENSES_READ, expenses::api::show_receipt)
        .doc(Doc::new("Download a receipt").query::<ReceiptQuery>().answers(200, "The bytes"))
        .patch("/api/expenses/{id}", EXPENSES_CREATE, expenses::api::update)
        .doc(Doc::new("Change an expense").about("One's own, until it is handed in.").body::<ExpenseChange>().returns::<Expense>(200))
        .delete("/api/expenses/{id}", EXPENSES_CREATE, expenses::api::delete)
        .doc(Doc::new("Take an expense back").about("One's own, until it is handed in.").answers(204, "Gone"))
        .post("/api/expenses/{id}/submit", EXPENSES_CREATE, expenses::api::submit)
        .doc(Doc::new("Submit an expense").returns::<Expense>(200))
        .post("/api/expenses/{id}/approve", EXPENSES_APPROVE, expenses::api::approve)
        .doc(Doc::new("Approve an expense").about("It counts as spent on its project.").body::<Verdict>().returns::<Expense>(200))
        .post("/api/expenses/{id}/reject", EXPENSES_APPROVE, expenses::api::reject)
        .doc(Doc::new("Reject an expense").about("With a comment.").body::<Verdict>().returns::<Expense>(200))
        .post("/api/expenses/{id}/reimburse", EXPENSES_APPROVE, expenses::api::reimburse)
        .doc(Doc::new("Note that an expense was paid back").returns::<Expense>(200))
}
