//! Time and expenses for the tests of modules above.

use jiff::civil::Date;
use projects::{ProjectId, TaskId};
use rapport_base::{MemberId, WorkspaceId};
use rapport_db::{App, Origin};

use crate::{
    ExpenseId, SheetStatus, TimeEntryId,
    entries::{
        Worker,
        actions::{Wish, create_in},
        approval,
        rules::{Extent, week_of},
    },
    expenses::{
        NewExpense,
        store::{self as expenses, Reckoned},
    },
    sheets::store,
};

/// Time of a member on a project, billable, in an open week that begins on a Monday.
///
/// # Panics
/// When it may not be logged.
pub async fn logged(
    app: &App,
    workspace: WorkspaceId,
    member: MemberId,
    (project, task): (ProjectId, Option<TaskId>),
    date: Date,
    seconds: i64,
) -> TimeEntryId {
    let tx = app.db.begin(workspace, Origin::system()).await.expect("a transaction");
    let zone = jiff::tz::TimeZone::UTC;
    let worker = Worker { member, today: app.clock.today(&zone), zone, week_start: 1 };
    let wish = Wish {
        project,
        task,
        description: "Worked".into(),
        is_billable: true,
        extent: Extent::Length { date, seconds },
    };
    let ids = create_in(&tx, &worker, &wish).await.expect("time may be logged");
    tx.commit().await.expect("a commit");
    ids[0]
}

/// Approves the week of a member that a day lies in.
///
/// # Panics
/// When nothing was logged in it.
pub async fn approved(app: &App, workspace: WorkspaceId, member: MemberId, by: MemberId, date: Date) {
    let tx = app.db.begin(workspace, Origin::system()).await.expect("a transaction");
    let week = week_of(date, 1);
    let sheet = store::of_week(&tx, member, week)
        .await
        .expect("an answer")
        .expect("something was logged in the week");
    store::submit(&tx, sheet.id, "").await.expect("submitted");
    store::decide(&tx, sheet.id, SheetStatus::Approved, by, "").await.expect("approved");
    approval::freeze(&tx, member, week).await.expect("rates are frozen");
    tx.commit().await.expect("a commit");
}

/// An approved expense of a member, billable without mark-up.
///
/// # Panics
/// When the member is not on the project.
pub async fn approved_expense(
    app: &App,
    workspace: WorkspaceId,
    member: MemberId,
    project: ProjectId,
    date: Date,
    amount_cents: i64,
) -> ExpenseId {
    let tx = app.db.begin(workspace, Origin::system()).await.expect("a transaction");
    let payer = expenses::payer(&tx, project, member).await.expect("an answer").expect("the project");
    let new = NewExpense {
        project_id: project,
        date,
        category: "Travel".into(),
        merchant: String::new(),
        description: "Train".into(),
        amount_cents,
        tax_cents: 0,
        currency: None,
        is_billable: Some(true),
        markup_percent: None,
    };
    let reckoned = Reckoned { currency: payer.currency, is_billable: true, billable_cents: amount_cents };
    let id = expenses::insert(&tx, member, &new, reckoned, None).await.expect("an expense");
    expenses::submit(&tx, id).await.expect("submitted");
    expenses::decide(&tx, id, crate::ExpenseStatus::Approved, member, "").await.expect("approved");
    projects::spent::add(&tx, project, amount_cents, 0).await.expect("spent");
    tx.commit().await.expect("a commit");
    id
}
