//! Timesheets in the browser: what waits, one sheet, closed periods.

use askama::Template;
use axum::response::Response;
use identity::{
    TEAM_DEPUTIES,
    deputies::{self, Lender},
};
use jiff::civil::Date;
use rapport_base::{Error, MemberId, Page, Result};
use rapport_ui::{FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    Decision, Missing, PeriodLock, SheetSummary, Timesheet, TimesheetId, Verdict, WaitingQuery, actions,
    rules, store,
};
use crate::{
    TIME_APPROVE,
    entries::{
        api::shown,
        pages::listed,
        rules::{plus_days, week_of},
        store as entries, whose,
    },
};

#[derive(Template)]
#[template(path = "sheets/approvals.html")]
struct Approvals {
    shell: Shell,
    list: ListState,
    waiting: Vec<SheetSummary>,
    missing: Vec<Missing>,
    missing_week: Date,
    decided: Vec<SheetSummary>,
    locked_until: Option<Date>,
    grace_days: i16,
    locking: FormState,
    dialog: String,
    me: MemberId,
    may_decide_own: bool,
    lenders: Vec<Lender>,
    may_name_deputy: bool,
}

#[derive(Template)]
#[template(path = "sheets/show.html")]
struct Show {
    shell: Shell,
    sheet: Timesheet,
    sheet_id: TimesheetId,
    decisions: Vec<Decision>,
    form: FormState,
    may_decide: bool,
    may_reopen: bool,
    is_own: bool,
}

/// What of the approvals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApprovalsQuery {
    after: Option<String>,
    dialog: Option<String>,
}

/// GET /app/{workspace}/time/approvals
pub async fn approvals(cx: Cx, Query(query): Query<ApprovalsQuery>) -> Result<Response> {
    page(&overview(&cx, query.after, None, query.dialog.unwrap_or_default()).await?)
}

async fn overview(
    cx: &Cx,
    after: Option<String>,
    locking: Option<FormState>,
    dialog: String,
) -> Result<Approvals> {
    let missing_week = plus_days(week_of(cx.today(), cx.workspace().week_start), -7);
    let query = WaitingQuery { limit: None, after };
    let tx = cx.read().await?;
    let (waiting, missing, decided, lock, lenders, shell) = futures::join!(
        store::waiting(&tx, &query),
        store::missing(&tx, missing_week),
        store::decided(&tx),
        entries::period_lock(&tx),
        deputies::lenders_of(&tx, cx.member.id),
        cx.shell(&tx)
    );
    let waiting: Page<SheetSummary> = waiting?;
    let (locked_until, grace_days) = lock?.unwrap_or_default();
    Ok(Approvals {
        shell: shell?.titled("Time").live("timesheet. time.period_locked"),
        list: listed(cx.path("time/approvals"), Vec::new(), &waiting, ("timesheet", "timesheets")),
        waiting: waiting.data,
        missing: missing?,
        missing_week,
        decided: decided?,
        locked_until,
        grace_days,
        locking: locking.unwrap_or_else(|| {
            FormState::scoped("lock")
                .with("locked_until", locked_until.map(|day| day.to_string()).unwrap_or_default())
                .with("grace_days", grace_days)
        }),
        dialog,
        me: cx.member.id,
        may_decide_own: cx.member.role == "owner",
        lenders: lenders?,
        may_name_deputy: cx.may(TEAM_DEPUTIES),
    })
}

/// GET /app/{workspace}/time/sheets/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    page(&one(&cx, FormState::new()).await?)
}

async fn one(cx: &Cx, form: FormState) -> Result<Show> {
    let id: TimesheetId = cx.id("id")?;
    let tx = cx.read().await?;
    let (loaded, decisions, shell) =
        futures::join!(actions::load_sheet(&tx, id), store::decisions(&tx, id), cx.shell(&tx));
    let (row, mut sheet) = loaded?;
    whose(cx, Some(row.member_id))?;
    sheet.entries = shown(cx, sheet.entries);
    let approves = cx.may(TIME_APPROVE);
    let role = &cx.member.role;
    Ok(Show {
        shell: shell?
            .titled(format!("{}’s week", sheet.member_name))
            .crumb("Time", cx.path("time"))
            .crumb("Approvals", cx.path("time/approvals"))
            .live("timesheet. time."),
        sheet_id: id,
        decisions: decisions?,
        form,
        may_decide: approves && rules::check_decide(&row, cx.member.id, role).is_ok(),
        may_reopen: rules::check_reopen(&row, cx.member.id, role, approves).is_ok(),
        is_own: row.member_id == cx.member.id,
        sheet,
    })
}

/// POST /app/{workspace}/time/sheets/{id}/approve
pub async fn approve(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::approve(&cx, cx.id("id")?, &verdict(&form)).await;
    answer(&cx, &form, made, "time/approvals", |sheet| format!("{}’s week is approved.", sheet.member_name))
        .await
}

/// POST /app/{workspace}/time/sheets/{id}/reject
pub async fn reject(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::reject(&cx, cx.id("id")?, &verdict(&form)).await;
    answer(&cx, &form, made, "time/approvals", |sheet| format!("{} gets the week back.", sheet.member_name))
        .await
}

/// POST /app/{workspace}/time/sheets/{id}/reopen
pub async fn reopen(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::reopen(&cx, cx.id("id")?, &verdict(&form)).await;
    let own = made
        .as_ref()
        .ok()
        .filter(|sheet| sheet.member_id == cx.member.id)
        .map(|sheet| format!("time?week={}", sheet.week_start));
    let to = own.unwrap_or_else(|| format!("time/sheets/{}", cx.param("id")));
    answer(&cx, &form, made, &to, |_| "The week is open again.".into()).await
}

fn verdict(form: &Form) -> Verdict {
    Verdict { comment: form.reader().text("comment") }
}

async fn answer(
    cx: &Cx,
    form: &Form,
    made: Result<Timesheet>,
    to: &str,
    said: fn(&Timesheet) -> String,
) -> Result<Response> {
    match made {
        Ok(sheet) => Ok(redirect_with(&cx.path(to), Toast::success(said(&sheet)))),
        Err(error) => rejected(&one(cx, form.rejected(error)?).await?),
    }
}

/// POST /app/{workspace}/time/lock
pub async fn lock(cx: Cx, form: Form) -> Result<Response> {
    let mut reader = form.reader();
    let lock = PeriodLock {
        locked_until: reader.date("locked_until"),
        grace_days: reader.parse("grace_days", "Write a number of days.").unwrap_or_default(),
    };
    let made: Result<(), Error> = match reader.finish() {
        Ok(()) => actions::lock_period(&cx, lock).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => {
            let said = lock.locked_until.map_or_else(
                || "All periods are open.".into(),
                |until| format!("Closed up to {}.", cx.fmt().date(until)),
            );
            Ok(redirect_with(&cx.path("time/approvals"), Toast::success(said)))
        }
        Err(error) => {
            rejected(&overview(&cx, None, Some(form.rejected(error)?), "close-period".into()).await?)
        }
    }
}
