//! When a timesheet is approved, rejected or reopened, the one who handed it in hears of it.

use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use timesheets::TimesheetApproved;

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    let kinds = &["timesheet.approved", "timesheet.rejected", "timesheet.reopened"];
    Listener::new("reactions.timesheet_decided_tell_member", kinds, react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    // All three carry the same facts.
    let sheet = event.read::<TimesheetApproved>()?.facts;
    let member = sheet.member_id.into();
    if people::actor(&event) == Some(member) {
        return Ok(());
    }
    let verb = event.kind.rsplit('.').next().unwrap_or_default();
    let notice = NewNotice {
        to: To::Member(member),
        kind: kinds::SHEET_DECIDED,
        title: format!("Your week of {} was {verb}", sheet.week_start),
        body: sheet.comment,
        href: format!("time/sheets/{}", sheet.timesheet_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
