//! How entries make a sheet, and who may decide on it. No I/O.

use jiff::civil::{Date, DateTime};
use rapport_base::{MemberId, Refusal, Result};

use super::{SheetDay, SheetLine, SheetRow, SheetStatus, Timesheet, Totals};
use crate::entries::{
    TimeEntry,
    rules::{days_of, plus_days, week_of},
};

impl Totals {
    fn add(&mut self, entry: &TimeEntry) {
        self.total_seconds += entry.seconds();
        self.billable_seconds += i64::from(entry.billable_seconds);
        self.entries += 1;
    }
}

/// The week to remind people of: on the first morning of a week the one before. A morning lasts
/// three hours, so that an hour without the program costs nobody the reminder.
#[must_use]
pub fn week_to_ask_for(here: DateTime, week_start: i16) -> Option<Date> {
    let week = week_of(here.date(), i8::try_from(week_start).unwrap_or(1));
    (week == here.date() && (9..12).contains(&here.hour())).then(|| plus_days(week, -7))
}

/// Sums up entries.
#[must_use]
pub fn totals<'a>(entries: impl IntoIterator<Item = &'a TimeEntry>) -> Totals {
    let mut totals = Totals::default();
    for entry in entries {
        totals.add(entry);
    }
    totals
}

/// A week of a member put together; `row` is absent until something was logged.
#[must_use]
pub fn sheet(
    member: (MemberId, String),
    week: Date,
    row: Option<SheetRow>,
    entries: Vec<TimeEntry>,
) -> Timesheet {
    let days = days_of(week)
        .map(|date| SheetDay { date, totals: totals(entries.iter().filter(|entry| entry.date == date)) });
    let row = row.unwrap_or_else(|| SheetRow {
        id: super::TimesheetId(uuid::Uuid::nil()),
        member_id: member.0,
        member_name: member.1,
        week_start: week,
        status: SheetStatus::Open,
        note: String::new(),
        submitted_at: None,
        decided_by: None,
        decided_by_name: None,
        decided_at: None,
        decision_comment: String::new(),
        version: 0,
    });
    Timesheet {
        id: (!row.id.uuid().is_nil()).then_some(row.id),
        member_id: row.member_id,
        member_name: row.member_name,
        week_start: week,
        week_end: plus_days(week, 6),
        status: row.status,
        note: row.note,
        submitted_at: row.submitted_at,
        decided_by: row.decided_by,
        decided_by_name: row.decided_by_name,
        decided_at: row.decided_at,
        decision_comment: row.decision_comment,
        days: days.to_vec(),
        rows: lines(week, &entries),
        totals: totals(&entries),
        entries,
        version: row.version,
    }
}

/// Projects and tasks of a week, by name, with the seconds of each day.
#[must_use]
pub fn lines(week: Date, entries: &[TimeEntry]) -> Vec<SheetLine> {
    let days = days_of(week);
    let mut lines: Vec<SheetLine> = Vec::new();
    for entry in entries {
        let known = lines
            .iter()
            .position(|line| line.project_id == entry.project_id && line.task_id == entry.task_id);
        let at = known.unwrap_or_else(|| {
            lines.push(SheetLine {
                project_id: entry.project_id,
                project_name: entry.project_name.clone(),
                client_name: entry.client_name.clone(),
                task_id: entry.task_id,
                task_title: entry.task_title.clone(),
                seconds: vec![0; 7],
                total_seconds: 0,
            });
            lines.len() - 1
        });
        if let Some(day) = days.iter().position(|day| *day == entry.date) {
            lines[at].seconds[day] += entry.seconds();
            lines[at].total_seconds += entry.seconds();
        }
    }
    lines.sort_by(|a, b| {
        (&a.project_name, a.project_id, &a.task_title).cmp(&(&b.project_name, b.project_id, &b.task_title))
    });
    lines
}

/// Whether a sheet in that state may be handed in.
///
/// # Errors
/// Conflict once it is approved.
pub fn check_submit(status: SheetStatus) -> Result<()> {
    match status {
        SheetStatus::Open | SheetStatus::Rejected | SheetStatus::Submitted => Ok(()),
        SheetStatus::Approved => {
            Err(Refusal::conflict("timesheets.approved", "This week is approved already.").into())
        }
    }
}

/// Whether someone may approve or reject a sheet.
///
/// # Errors
/// Forbidden for one's own sheet, unless one owns the workspace; conflict when it does not wait.
pub fn check_decide(sheet: &SheetRow, by: MemberId, role: &str) -> Result<()> {
    if sheet.member_id == by && role != "owner" {
        return Err(Refusal::new(
            rapport_base::Kind::Forbidden,
            "timesheets.own",
            "Someone else approves your own timesheet.",
        )
        .into());
    }
    if sheet.status == SheetStatus::Submitted {
        return Ok(());
    }
    let by = sheet.decided_by_name.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
    let message = match sheet.status {
        SheetStatus::Approved => format!("This timesheet was approved{by} already."),
        SheetStatus::Rejected => format!("This timesheet was rejected{by} already."),
        _ => "This timesheet does not wait for approval: it was not submitted, or was withdrawn.".into(),
    };
    Err(Refusal::conflict("timesheets.not_waiting", message).into())
}

/// Whether someone may open a sheet again: approvers any but their own approved one, its member while it waits.
///
/// # Errors
/// Conflict when it is open; forbidden, or not found for those who may not see it.
pub fn check_reopen(sheet: &SheetRow, by: MemberId, role: &str, approves: bool) -> Result<()> {
    let own = sheet.member_id == by;
    if !own && !approves {
        return Err(Refusal::not_found().into());
    }
    if sheet.status == SheetStatus::Open {
        return Err(Refusal::conflict("timesheets.open", "This timesheet is open already.").into());
    }
    let withdraws = own && sheet.status != SheetStatus::Approved;
    if withdraws || (approves && (!own || role == "owner")) {
        return Ok(());
    }
    Err(Refusal::new(
        rapport_base::Kind::Forbidden,
        "timesheets.own",
        "Ask a manager to reopen your approved timesheet.",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(member: MemberId, status: SheetStatus) -> SheetRow {
        let mut row = SheetRow {
            id: super::super::TimesheetId::new(),
            member_id: member,
            member_name: "Ada".into(),
            week_start: date(2026, 11, 16),
            status,
            note: String::new(),
            submitted_at: None,
            decided_by: None,
            decided_by_name: None,
            decided_at: None,
            decision_comment: String::new(),
            version: 1,
        };
        if status == SheetStatus::Approved {
            row.decided_by_name = Some("Grace".into());
        }
        row
    }

    #[test]
    fn nobody_but_an_owner_approves_the_own_sheet() {
        let (me, other) = (MemberId::new(), MemberId::new());
        let waiting = row(me, SheetStatus::Submitted);
        assert!(check_decide(&waiting, me, "manager").unwrap_err().is("timesheets.own"));
        assert!(check_decide(&waiting, me, "admin").unwrap_err().is("timesheets.own"));
        assert!(check_decide(&waiting, me, "owner").is_ok());
        assert!(check_decide(&waiting, other, "manager").is_ok());
    }

    #[test]
    fn what_was_decided_is_not_decided_again() {
        let (me, other) = (MemberId::new(), MemberId::new());
        let error = check_decide(&row(me, SheetStatus::Approved), other, "manager").unwrap_err();
        assert_eq!(error.to_string(), "This timesheet was approved by Grace already.");
        assert!(check_decide(&row(me, SheetStatus::Open), other, "manager").is_err());
    }

    #[test]
    fn a_member_withdraws_what_waits_but_not_what_is_approved() {
        let (me, other) = (MemberId::new(), MemberId::new());
        assert!(check_reopen(&row(me, SheetStatus::Submitted), me, "member", false).is_ok());
        assert!(
            check_reopen(&row(me, SheetStatus::Approved), me, "member", false)
                .unwrap_err()
                .is("timesheets.own")
        );
        assert!(
            check_reopen(&row(me, SheetStatus::Approved), me, "manager", true)
                .unwrap_err()
                .is("timesheets.own")
        );
        assert!(check_reopen(&row(me, SheetStatus::Approved), other, "manager", true).is_ok());
        assert!(
            check_reopen(&row(me, SheetStatus::Submitted), other, "member", false)
                .unwrap_err()
                .is("not_found")
        );
        assert!(
            check_reopen(&row(me, SheetStatus::Open), me, "owner", true).unwrap_err().is("timesheets.open")
        );
    }
}
