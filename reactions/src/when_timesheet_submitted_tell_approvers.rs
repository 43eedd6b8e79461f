//! When a timesheet is handed in, those who may approve it hear of it.

use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::format::duration;
use timesheets::{TIME_APPROVE, TimesheetSubmitted};

use crate::kinds;

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.timesheet_submitted_tell_approvers", &["timesheet.submitted"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let sheet = event.read::<TimesheetSubmitted>()?.facts;
    let notice = NewNotice {
        to: To::PermissionBut(TIME_APPROVE, Some(sheet.member_id.into())),
        kind: kinds::SHEET_WAITS,
        title: format!("{} submitted a timesheet", sheet.member_name),
        body: format!("Week of {} with {}.", sheet.week_start, duration(sheet.total_seconds)),
        href: format!("time/sheets/{}", sheet.timesheet_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
