//! Time entries in the database.

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use projects::{ProjectId, TaskId};
use rapport_base::{Cursor, Limit, MemberId, Page, Result, Total};
use rapport_db::{Built, TenantTx, row};
use uuid::Uuid;

use super::{EntryQuery, TimeEntry, TimeEntryId, rules::Piece};
use crate::{SheetStatus, TimesheetId};

macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "select e.id, e.member_id, coalesce(person.name, '') as member_name, e.project_id,
               coalesce(project.name, 'A deleted project') as project_name, project.client_id, client.company_name as client_name,
               e.task_id, task.title as task_title, e.description, e.date, e.week_start, e.started_at, e.ended_at, e.duration_seconds, e.is_billable,
               case when e.is_billable then coalesce(e.billable_seconds, e.duration_seconds) else 0 end as billable_seconds,
               e.billable_reason, e.billing_rate_cents, e.value_cents as amount_cents, project.currency,
               e.timesheet_status, e.invoice_id is not null as is_invoiced, e.version, e.created_at, e.updated_at
             from timesheets.time_entries e
             left join identity.v_members person on person.workspace_id = $1 and person.id = e.member_id
             left join projects.v_projects project on project.workspace_id = $1 and project.id = e.project_id
             left join clients.v_clients client on client.workspace_id = $1 and client.id = project.client_id
             left join projects.v_tasks task on task.workspace_id = $1 and task.id = e.task_id ",
            $rest
        )
    };
}

/// An entry, if it is there and, with a member, theirs.
pub async fn find(tx: &TenantTx, id: TimeEntryId, of: Option<MemberId>) -> Result<Option<TimeEntry>> {
    const SQL: &str =
        entries!("where e.workspace_id = $1 and e.id = $2 and ($3::uuid is null or e.member_id = $3)");
    tx.find(SQL, &[&tx.workspace(), &id, &of]).await
}

/// An entry that nobody else changes until the transaction ends.
pub async fn lock(tx: &TenantTx, id: TimeEntryId) -> Result<Option<TimeEntry>> {
    const SQL: &str = entries!("where e.workspace_id = $1 and e.id = $2 for update of e");
    tx.find(SQL, &[&tx.workspace(), &id]).await
}

/// Entries by id, in order of time.
pub async fn by_ids(tx: &TenantTx, ids: &[TimeEntryId]) -> Result<Vec<TimeEntry>> {
    const SQL: &str = entries!(
        "where e.workspace_id = $1 and e.id = any($2) order by e.date, e.started_at nulls last, e.id"
    );
    tx.query(SQL, &[&tx.workspace(), &ids]).await
}

/// Everything of a member from a day to another, in order.
pub async fn of_days(tx: &TenantTx, member: MemberId, from: Date, to: Date) -> Result<Vec<TimeEntry>> {
    const SQL: &str = entries!(
        "where e.workspace_id = $1 and e.member_id = $2 and e.date between $3 and $4 order by e.date, e.started_at nulls last, e.id"
    );
    tx.query(SQL, &[&tx.workspace(), &member, &from, &to]).await
}

/// The entries of a sheet's week.
pub async fn of_sheet(tx: &TenantTx, sheet: TimesheetId) -> Result<Vec<TimeEntry>> {
    const SQL: &str = entries!(
        "join timesheets.timesheets s on s.workspace_id = $1 and s.id = $2
         where e.workspace_id = $1 and e.member_id = s.member_id and e.week_start = s.week_start
         order by e.date, e.started_at nulls last, e.id"
    );
    tx.query(SQL, &[&tx.workspace(), &sheet]).await
}

/// As [`of_days`], and nobody else changes them until the transaction ends.
pub async fn lock_days(tx: &TenantTx, member: MemberId, from: Date, to: Date) -> Result<Vec<TimeEntry>> {
    const SQL: &str = entries!(
        "where e.workspace_id = $1 and e.member_id = $2 and e.date between $3 and $4
         order by e.date, e.started_at nulls last, e.id for update of e"
    );
    tx.query(SQL, &[&tx.workspace(), &member, &from, &to]).await
}

/// A page of the list, newest days first.
pub async fn list(tx: &TenantTx, query: &EntryQuery, of: Option<MemberId>) -> Result<Page<TimeEntry>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(Date, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let narrowed = |mut sql: Built| {
        sql = sql.bind(tx.workspace());
        if let Some(member) = of {
            sql = sql.sql(" and e.member_id = ").bind(member);
        }
        if let Some(project) = query.project_id {
            sql = sql.sql(" and e.project_id = ").bind(project);
        }
        if let Some(task) = query.task_id {
            sql = sql.sql(" and e.task_id = ").bind(task);
        }
        if let Some(client) = query.client_id {
            sql = sql
                .sql(" and e.project_id in (select id from projects.v_projects where workspace_id = $1 and client_id = ")
                .bind(client)
                .sql(")");
        }
        if let Some(from) = query.from {
            sql = sql.sql(" and e.date >= ").bind(from);
        }
        if let Some(to) = query.to {
            sql = sql.sql(" and e.date <= ").bind(to);
        }
        if let Some(billable) = query.is_billable {
            sql = sql.sql(" and e.is_billable = ").bind(billable);
        }
        sql
    };
    let mut rows = narrowed(Built::new(entries!("where e.workspace_id = ")));
    if let Some((date, id)) = after {
        rows = rows.sql(" and (e.date, e.id) < (").bind(date).sql(", ").bind(id).sql(")");
    }
    let rows = rows.sql(" order by e.date desc, e.id desc").limit(limit);
    let count = narrowed(Built::new(
        "select count(*) from (select 1 from timesheets.time_entries e where e.workspace_id = ",
    ))
    .sql(" limit 1001) as counted");
    let (rows, count) = futures::join!(tx.query_built(&rows), tx.query_built::<(i64,)>(&count));
    let total = Total::capped(count?.first().map_or(0, |(count,)| *count));
    Ok(Page::cut(rows?, limit, total, |entry: &TimeEntry| Cursor::pack(&(entry.date, entry.id.uuid()))))
}

row! {
    /// Where time is to be logged.
    #[derive(Clone, Debug)]
    pub struct Place {
        /// Project's name.
        pub name: String,
        /// Client.
        pub client_id: Option<ClientId>,
        /// Project's status.
        pub status: String,
        /// How it is billed.
        pub billing_type: String,
        /// Whether the member is on its team.
        pub is_assigned: bool,
        /// Title of the task, when it is one of this project.
        pub task_title: Option<String>,
    }
}

/// A project with what decides whether a member may log time on it.
pub async fn place(
    tx: &TenantTx,
    project: ProjectId,
    task: Option<TaskId>,
    member: MemberId,
) -> Result<Option<Place>> {
    const SQL: &str = "select project.name, project.client_id, project.status, project.billing_type,
         exists (select 1 from projects.v_project_members team
                 where team.workspace_id = $1 and team.project_id = $2 and team.member_id = $4 and team.left_at is null) as is_assigned,
         (select title from projects.v_tasks task
          where task.workspace_id = $1 and task.project_id = $2 and task.id = $3 and task.deleted_at is null) as task_title
       from projects.v_projects project where project.workspace_id = $1 and project.id = $2";
    tx.find(SQL, &[&tx.workspace(), &project, &task, &member]).await
}

row! {
    /// A project or task that a member may log time on.
    #[derive(Clone, Debug)]
    pub struct Workplace {
        /// Project.
        pub project_id: ProjectId,
        /// Its name.
        pub project_name: String,
        /// Its client's name.
        pub client_name: String,
        /// Task; none for the project as a whole.
        pub task_id: Option<TaskId>,
        /// Task's title.
        pub task_title: Option<String>,
    }
}

/// Where a member may log time: active projects of theirs, each with its open tasks.
pub async fn workplaces(tx: &TenantTx, member: MemberId) -> Result<Vec<Workplace>> {
    const SQL: &str = "select project.id as project_id, project.name as project_name, client.company_name as client_name,
         task.id as task_id, task.title as task_title
       from projects.v_project_members team
       join projects.v_projects project on project.workspace_id = $1 and project.id = team.project_id and project.status = 'active'
       join clients.v_clients client on client.workspace_id = $1 and client.id = project.client_id
       cross join lateral (
         select null::uuid as id, null::text as title
         union all
         (select open.id, open.title from projects.v_tasks open
          where open.workspace_id = $1 and open.project_id = project.id and open.deleted_at is null and open.status <> 'done'
          order by open.title limit 200)) as task
       where team.workspace_id = $1 and team.member_id = $2 and team.left_at is null
       order by project.name_sort, project.id, task.title nulls first limit 1000";
    tx.query(SQL, &[&tx.workspace(), &member]).await
}

/// Takes up a member's week for writing: it is made when it is not there, and stays as it is until the transaction ends.
pub async fn open_week(tx: &TenantTx, member: MemberId, week: Date) -> Result<SheetStatus> {
    const SQL: &str =
        "insert into timesheets.timesheets (workspace_id, id, member_id, week_start, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $5)
       on conflict (workspace_id, member_id, week_start) do update set updated_at = excluded.updated_at
       returning status";
    tx.scalar(SQL, &[&tx.workspace(), &Uuid::now_v7(), &member, &week, &tx.now()]).await
}

/// Up to which day time is closed, and how many days after it that begins to hold.
pub async fn period_lock(tx: &TenantTx) -> Result<Option<(Option<Date>, i16)>> {
    const SQL: &str = "select locked_until, grace_days from timesheets.period_locks where workspace_id = $1";
    tx.find(SQL, &[&tx.workspace()]).await
}

/// A span of a member that overlaps another one, leaving out one entry.
pub async fn overlapping(
    tx: &TenantTx,
    member: MemberId,
    start: Timestamp,
    end: Timestamp,
    but: Option<TimeEntryId>,
) -> Result<Option<TimeEntry>> {
    const SQL: &str = entries!(
        "where e.workspace_id = $1 and e.member_id = $2 and e.started_at < $4 and e.ended_at > $3
           and e.date between ($3 at time zone 'UTC')::date - 2 and ($4 at time zone 'UTC')::date + 2
           and ($5::uuid is null or e.id <> $5)
         order by e.started_at limit 1"
    );
    tx.find(SQL, &[&tx.workspace(), &member, &start, &end, &but]).await
}

/// The spans of a member that touch another one, in order.
pub async fn taken(
    tx: &TenantTx,
    member: MemberId,
    start: Timestamp,
    end: Timestamp,
) -> Result<Vec<(Timestamp, Timestamp)>> {
    const SQL: &str = "select e.started_at, e.ended_at from timesheets.time_entries e
       where e.workspace_id = $1 and e.member_id = $2 and e.started_at < $4 and e.ended_at > $3
         and e.date between ($3 at time zone 'UTC')::date - 2 and ($4 at time zone 'UTC')::date + 2
       order by e.started_at";
    tx.query(SQL, &[&tx.workspace(), &member, &start, &end]).await
}

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub project: ProjectId,
    pub task: Option<TaskId>,
    pub description: String,
    pub is_billable: bool,
    pub piece: Piece,
    pub week: Date,
    pub status: SheetStatus,
    pub value_cents: i64,
}

/// Writes entries of a member, in one statement.
pub async fn insert(tx: &TenantTx, member: MemberId, drafts: &[Draft]) -> Result<Vec<TimeEntryId>> {
    const SQL: &str = "insert into timesheets.time_entries (workspace_id, id, member_id, project_id, task_id, date, week_start,
         timesheet_status, started_at, ended_at, duration_seconds, description, is_billable, value_cents, created_at, updated_at)
       select $1, new.id, $2, new.project_id, new.task_id, new.date, new.week_start, new.status, new.started_at, new.ended_at,
         new.seconds, new.description, new.is_billable, new.value_cents, $3, $3
       from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::date[], $8::date[], $9::text[], $10::timestamptz[], $11::timestamptz[],
         $12::int4[], $13::text[], $14::bool[], $15::int8[])
         as new(id, project_id, task_id, date, week_start, status, started_at, ended_at, seconds, description, is_billable, value_cents)";
    fn column<T>(drafts: &[Draft], value: impl Fn(&Draft) -> T) -> Vec<T> {
        drafts.iter().map(value).collect()
    }
    let ids = column(drafts, |_| TimeEntryId::new());
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &member,
            &tx.now(),
            &ids,
            &column(drafts, |d| d.project),
            &column(drafts, |d| d.task),
            &column(drafts, |d| d.piece.date),
            &column(drafts, |d| d.week),
            &column(drafts, |d| d.status.as_str()),
            &column(drafts, |d| d.piece.span.map(|(start, _)| start)),
            &column(drafts, |d| d.piece.span.map(|(_, end)| end)),
            &column(drafts, |d| i32::try_from(d.piece.seconds).unwrap_or(i32::MAX)),
            &column(drafts, |d| d.description.clone()),
            &column(drafts, |d| d.is_billable),
            &column(drafts, |d| d.value_cents),
        ],
    )
    .await?;
    Ok(ids)
}

/// Makes an entry what a draft says. An adjustment by a manager holds for the old quantity, so it goes when that changes.
pub async fn update(tx: &TenantTx, id: TimeEntryId, draft: &Draft, keeps_adjustment: bool) -> Result<()> {
    const SQL: &str = "update timesheets.time_entries set project_id = $3, task_id = $4, date = $5, week_start = $6, timesheet_status = $7,
         started_at = $8, ended_at = $9, duration_seconds = $10, description = $11, is_billable = $12, value_cents = $13,
         billable_seconds = case when $14 then billable_seconds end, billable_reason = case when $14 then billable_reason end,
         billable_set_by = case when $14 then billable_set_by end, version = version + 1, updated_at = $15
       where workspace_id = $1 and id = $2";
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &id,
            &draft.project,
            &draft.task,
            &draft.piece.date,
            &draft.week,
            &draft.status.as_str(),
            &draft.piece.span.map(|(start, _)| start),
            &draft.piece.span.map(|(_, end)| end),
            &i32::try_from(draft.piece.seconds).unwrap_or(i32::MAX),
            &draft.description,
            &draft.is_billable,
            &draft.value_cents,
            &keeps_adjustment,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Removes an entry.
pub async fn delete(tx: &TenantTx, id: TimeEntryId) -> Result<()> {
    const SQL: &str = "delete from timesheets.time_entries where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id]).await.map(drop)
}

/// Sets another billable quantity with its value, or with `None` the worked one again.
pub async fn adjust(
    tx: &TenantTx,
    id: TimeEntryId,
    seconds: Option<i32>,
    reason: Option<&str>,
    by: Option<MemberId>,
    value_cents: i64,
) -> Result<()> {
    const SQL: &str = "update timesheets.time_entries set billable_seconds = $3, billable_reason = $4, billable_set_by = $5,
         value_cents = $6, version = version + 1, updated_at = $7
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &seconds, &reason, &by, &value_cents, &tx.now()]).await.map(drop)
}

/// Everybody who works here, by name.
pub async fn members(tx: &TenantTx) -> Result<Vec<(MemberId, String)>> {
    const SQL: &str = "select id, name from identity.v_members where workspace_id = $1 and is_active order by name, id limit 500";
    tx.query(SQL, &[&tx.workspace()]).await
}

/// Projects to filter by: a member's, or with none all.
pub async fn projects_with_time(tx: &TenantTx, of: Option<MemberId>) -> Result<Vec<(ProjectId, String)>> {
    const SQL: &str = "select project.id, project.name from projects.v_projects project
       where project.workspace_id = $1 and ($2::uuid is null or exists (
         select 1 from projects.v_project_members team
         where team.workspace_id = $1 and team.project_id = project.id and team.member_id = $2))
       order by project.name_sort, project.id limit 500";
    tx.query(SQL, &[&tx.workspace(), &of]).await
}
