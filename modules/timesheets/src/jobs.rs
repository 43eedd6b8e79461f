//! What the clock starts: asking about forgotten timers and missing sheets.

use jiff::{Timestamp, civil::Date};
use notifications::{ByEmail, NewNotice, NoticeKind, To};
use rapport_base::{MemberId, Result, clock};
use rapport_queue::{Enqueue, Job, JobCx, JobInfo, Outcome, Schedule, enqueue_system_for};
use serde::{Deserialize, Serialize};

use crate::{
    sheets,
    timer::{rules, store},
};

const FORGOTTEN: &str = "timer.forgotten";
const MISSING: &str = "timesheet.missing";

/// The notices of this module.
pub const NOTICES: &[NoticeKind] = &[
    NoticeKind {
        name: FORGOTTEN,
        group: "Time",
        label: "Your timer has run for more than eight hours",
        icon: "clock-alert",
        by_email: ByEmail::Never,
    },
    NoticeKind {
        name: MISSING,
        group: "Time",
        label: "Your timesheet of last week is missing",
        icon: "clock-alert",
        by_email: ByEmail::Daily,
    },
];

/// Asks one member about a timer that looks forgotten.
#[derive(Debug, Serialize, Deserialize)]
struct AskAboutTimer {
    member_id: MemberId,
}

impl Job for AskAboutTimer {
    const NAME: &'static str = "timesheets.ask_about_timer";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        let Some(timer) = store::find(&tx, self.member_id).await? else { return Ok(Outcome::Done) };
        if store::mark_reminded(&tx, self.member_id, forgotten_before(tx.now())).await? {
            let notice = NewNotice {
                to: To::Member(self.member_id),
                kind: FORGOTTEN,
                title: format!("Your timer on {} still runs", timer.label()),
                body: "It has run for more than eight hours. Say when the work ended, or let it go on."
                    .into(),
                href: "time/timer".into(),
                key: timer.id.to_string(),
            };
            notifications::notify(&tx, notice).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// Reminds everyone in a workspace whose sheet of a week is missing.
#[derive(Debug, Serialize, Deserialize)]
struct RemindOfSheets {
    /// The week's first day.
    week: Date,
}

impl Job for RemindOfSheets {
    const NAME: &'static str = "timesheets.remind_of_sheets";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let tx = cx.begin().await?;
        for missing in sheets::store::missing(&tx, self.week).await? {
            let came_back = missing.is_rejected();
            let notice = NewNotice {
                to: To::Member(missing.member_id),
                kind: MISSING,
                title: if came_back {
                    "Your timesheet of last week came back".into()
                } else {
                    "Your timesheet of last week is missing".into()
                },
                body: "Look it over and hand it in, also when you worked nothing.".into(),
                href: format!("time?week={}", self.week),
                key: format!("{} {}", self.week, missing.member_id),
            };
            notifications::notify(&tx, notice).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

fn forgotten_before(now: Timestamp) -> Timestamp {
    now - rules::FORGOTTEN
}

/// Background jobs of this module.
pub fn all() -> Vec<JobInfo> {
    vec![JobInfo::of::<AskAboutTimer>(), JobInfo::of::<RemindOfSheets>()]
}

/// What runs by the clock.
pub fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("timesheets.forgotten_timers", "*/10 * * * *", ask_about_timers),
        Schedule::new("timesheets.missing_sheets", "0 * * * *", remind_of_sheets),
    ]
}

async fn ask_about_timers(cx: JobCx) -> Result<Outcome> {
    let tx = cx.app.db.system().await?;
    for (workspace, member_id) in store::forgotten(&tx, forgotten_before(cx.app.clock.now())).await? {
        enqueue_system_for(&tx, workspace, &AskAboutTimer { member_id }, Enqueue::key(member_id.to_string()))
            .await?;
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}

async fn remind_of_sheets(cx: JobCx) -> Result<Outcome> {
    let (tx, now) = (cx.app.db.system().await?, cx.app.clock.now());
    for (workspace, timezone, week_start) in sheets::store::calendars(&tx).await? {
        let here = now.to_zoned(clock::zone(&timezone)).datetime();
        if let Some(week) = sheets::rules::week_to_ask_for(here, week_start) {
            enqueue_system_for(&tx, workspace, &RemindOfSheets { week }, Enqueue::key(week.to_string()))
                .await?;
        }
    }
    tx.commit().await?;
    Ok(Outcome::Done)
}
