//! Timesheets in the database.

use jiff::{Timestamp, civil::Date};
use rapport_base::{Cursor, Limit, MemberId, Page, Result, Total, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};
use uuid::Uuid;

use super::{
    Decision, Missing, PeriodLock, SheetRow, SheetStatus, SheetSummary, TimesheetId, Totals, WaitingQuery,
};

macro_rules! sheets {
    ($rest:literal) => {
        concat!(
            "select s.id, s.member_id, person.name as member_name, s.week_start, s.status, s.note, s.submitted_at, s.decided_by,
               decider.name as decided_by_name, s.decided_at, s.decision_comment, s.version
             from timesheets.timesheets s
             join identity.v_members person on person.workspace_id = $1 and person.id = s.member_id
             left join identity.v_members decider on decider.workspace_id = $1 and decider.id = s.decided_by ",
            $rest
        )
    };
}

macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "select s.id, s.member_id, person.name as member_name, s.week_start, s.status, s.note, s.submitted_at,
               decider.name as decided_by_name, s.decided_at, worked.total_seconds, worked.billable_seconds
             from timesheets.timesheets s
             join identity.v_members person on person.workspace_id = $1 and person.id = s.member_id
             left join identity.v_members decider on decider.workspace_id = $1 and decider.id = s.decided_by
             cross join lateral (
               select coalesce(sum(e.duration_seconds), 0)::bigint as total_seconds,
                 coalesce(sum(case when e.is_billable then coalesce(e.billable_seconds, e.duration_seconds) end), 0)::bigint as billable_seconds
               from timesheets.time_entries e
               where e.workspace_id = $1 and e.member_id = s.member_id and e.week_start = s.week_start) as worked ",
            $rest
        )
    };
}

/// A member's sheet of a week.
pub async fn of_week(tx: &TenantTx, member: MemberId, week: Date) -> Result<Option<SheetRow>> {
    const SQL: &str = sheets!("where s.workspace_id = $1 and s.member_id = $2 and s.week_start = $3");
    tx.find(SQL, &[&tx.workspace(), &member, &week]).await
}

/// A sheet.
pub async fn find(tx: &TenantTx, id: TimesheetId) -> Result<Option<SheetRow>> {
    const SQL: &str = sheets!("where s.workspace_id = $1 and s.id = $2");
    tx.find(SQL, &[&tx.workspace(), &id]).await
}

/// A sheet that nobody else changes until the transaction ends.
pub async fn lock(tx: &TenantTx, id: TimesheetId) -> Result<Option<SheetRow>> {
    const SQL: &str = sheets!("where s.workspace_id = $1 and s.id = $2 for update of s");
    tx.find(SQL, &[&tx.workspace(), &id]).await
}

/// Name of a member.
pub async fn member_name(tx: &TenantTx, member: MemberId) -> Result<Option<String>> {
    const SQL: &str = "select name from identity.v_members where workspace_id = $1 and id = $2";
    Ok(tx.find::<(String,)>(SQL, &[&tx.workspace(), &member]).await?.map(|(name,)| name))
}

/// What is in a member's week.
pub async fn totals(tx: &TenantTx, member: MemberId, week: Date) -> Result<Totals> {
    const SQL: &str = "select coalesce(sum(duration_seconds), 0)::bigint,
         coalesce(sum(case when is_billable then coalesce(billable_seconds, duration_seconds) end), 0)::bigint, count(*)
       from timesheets.time_entries where workspace_id = $1 and member_id = $2 and week_start = $3";
    let (total_seconds, billable_seconds, entries) = tx.get(SQL, &[&tx.workspace(), &member, &week]).await?;
    Ok(Totals { total_seconds, billable_seconds, entries })
}

/// Hands a sheet in.
pub async fn submit(tx: &TenantTx, id: TimesheetId, note: &str) -> Result<()> {
    const SQL: &str = "update timesheets.timesheets set status = 'submitted', note = $3, submitted_at = $4, decided_by = null, decided_at = null,
         decision_comment = '', version = version + 1, updated_at = $4
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &note, &tx.now()]).await.map(drop)
}

/// Approves or rejects a sheet.
pub async fn decide(
    tx: &TenantTx,
    id: TimesheetId,
    to: SheetStatus,
    by: MemberId,
    comment: &str,
) -> Result<()> {
    const SQL: &str = "update timesheets.timesheets set status = $3, decided_by = $4, decided_at = $5, decision_comment = $6,
         version = version + 1, updated_at = $5
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &to.as_str(), &by, &tx.now(), &comment]).await.map(drop)
}

/// Opens a sheet again.
pub async fn reopen(tx: &TenantTx, id: TimesheetId) -> Result<()> {
    const SQL: &str = "update timesheets.timesheets set status = 'open', submitted_at = null, decided_by = null, decided_at = null,
         decision_comment = '', version = version + 1, updated_at = $3
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

/// Keeps what was decided, with the totals of that moment.
pub async fn note(
    tx: &TenantTx,
    id: TimesheetId,
    decision: &str,
    by: MemberId,
    comment: &str,
    totals: Totals,
) -> Result<()> {
    const SQL: &str = "insert into timesheets.timesheet_decisions
         (workspace_id, id, timesheet_id, decision, decided_by, comment, total_seconds, billable_seconds, decided_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &Uuid::now_v7(),
            &id,
            &decision,
            &by,
            &comment,
            &totals.total_seconds,
            &totals.billable_seconds,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Everything decided on a sheet, newest first.
pub async fn decisions(tx: &TenantTx, id: TimesheetId) -> Result<Vec<Decision>> {
    const SQL: &str =
        "select d.id, d.decision, person.name as decided_by_name, d.comment, d.total_seconds, d.decided_at
       from timesheets.timesheet_decisions d
       join identity.v_members person on person.workspace_id = $1 and person.id = d.decided_by
       where d.workspace_id = $1 and d.timesheet_id = $2 order by d.decided_at desc, d.id desc limit 100";
    tx.query(SQL, &[&tx.workspace(), &id]).await
}

/// A page of the sheets that wait, longest waiting first.
pub async fn waiting(tx: &TenantTx, query: &WaitingQuery) -> Result<Page<SheetSummary>> {
    const SQL: &str = summaries!(
        "where s.workspace_id = $1 and s.status = 'submitted' and (s.submitted_at, s.id) > ($2, $3) order by s.submitted_at, s.id limit $4"
    );
    const COUNT: &str = "select count(*) from (select 1 from timesheets.timesheets where workspace_id = $1 and status = 'submitted' limit 1001) as counted";
    let limit = Limit::try_new(query.limit)?;
    let (at, id) = query
        .after
        .as_deref()
        .map(Cursor::unpack)
        .transpose()?
        .unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let workspace = tx.workspace();
    let (page, counted): (rapport_db::Params, rapport_db::Params) =
        (&[&workspace, &at, &id, &limit.fetch()], &[&workspace]);
    let (rows, count) = futures::join!(tx.query(SQL, page), tx.scalar::<i64>(COUNT, counted));
    Ok(Page::cut(rows?, limit, Total::capped(count?), |sheet: &SheetSummary| {
        Cursor::pack(&(sheet.submitted_at, sheet.id.uuid()))
    }))
}

/// The sheets decided on last.
pub async fn decided(tx: &TenantTx) -> Result<Vec<SheetSummary>> {
    const SQL: &str = summaries!(
        "where s.workspace_id = $1 and s.status in ('approved', 'rejected') order by s.decided_at desc, s.id desc limit 10"
    );
    tx.query(SQL, &[&tx.workspace()]).await
}

/// Members who track time and have not handed in a week that is over.
pub async fn missing(tx: &TenantTx, week: Date) -> Result<Vec<Missing>> {
    const SQL: &str = "select person.id as member_id, person.name as member_name, s.status,
         coalesce((select sum(e.duration_seconds) from timesheets.time_entries e
                   where e.workspace_id = $1 and e.member_id = person.id and e.week_start = $2), 0)::bigint as total_seconds
       from identity.v_members person
       left join timesheets.timesheets s on s.workspace_id = $1 and s.member_id = person.id and s.week_start = $2
       where person.workspace_id = $1 and person.is_active and person.role <> 'viewer'
         and (s.status is null or s.status in ('open', 'rejected'))
         and exists (select 1 from projects.v_project_members team
                     where team.workspace_id = $1 and team.member_id = person.id and team.joined_at < $2::date + 7)
       order by person.name, person.id limit 200";
    tx.query(SQL, &[&tx.workspace(), &week]).await
}

/// Every workspace's time zone, and the day its weeks begin with.
pub async fn calendars(tx: &SystemTx) -> Result<Vec<(WorkspaceId, String, i16)>> {
    tx.query("select workspace_id, timezone, week_start from identity.v_workspace", &[]).await
}

/// What each member worked from a day to another.
pub async fn of_members(tx: &TenantTx, from: Date, to: Date) -> Result<Vec<super::MemberTotals>> {
    const SQL: &str = "select e.member_id, person.name, sum(e.duration_seconds)::bigint,
         coalesce(sum(case when e.is_billable then coalesce(e.billable_seconds, e.duration_seconds) end), 0)::bigint
       from timesheets.time_entries e
       join identity.v_members person on person.workspace_id = $1 and person.id = e.member_id
       where e.workspace_id = $1 and e.date between $2 and $3
       group by e.member_id, person.name order by person.name, e.member_id";
    let rows: Vec<(MemberId, String, i64, i64)> = tx.query(SQL, &[&tx.workspace(), &from, &to]).await?;
    Ok(rows
        .into_iter()
        .map(|(member_id, member_name, total_seconds, billable_seconds)| super::MemberTotals {
            member_id,
            member_name,
            total_seconds,
            billable_seconds,
        })
        .collect())
}

/// Closes days, or opens all.
pub async fn set_period_lock(tx: &TenantTx, lock: PeriodLock, by: MemberId) -> Result<()> {
    const SQL: &str = "insert into timesheets.period_locks (workspace_id, locked_until, grace_days, locked_by, updated_at) values ($1, $2, $3, $4, $5)
       on conflict (workspace_id) do update set locked_until = excluded.locked_until, grace_days = excluded.grace_days,
         locked_by = excluded.locked_by, updated_at = excluded.updated_at";
    tx.execute(SQL, &[&tx.workspace(), &lock.locked_until, &lock.grace_days, &by, &tx.now()]).await.map(drop)
}
