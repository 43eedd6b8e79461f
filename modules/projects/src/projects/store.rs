//! All SQL of projects.

use std::collections::HashMap;

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use rapport_base::{Currency, Cursor, Limit, MemberId, Page, Refusal, Result, Total, text};
use rapport_db::{Built, EventRecord, TenantTx};
use uuid::Uuid;

use super::{BillingType, Project, ProjectId, ProjectQuery, ProjectStatus};
use crate::{
    TemplateId,
    access::{Place, Scope, by_place, in_scope},
};

/// The columns of a [`Project`] from `p`, `c` (client) and `g` (progress).
macro_rules! project_columns {
    () => {
        "p.id, p.client_id, c.company_name as client_name, p.deal_id, p.template_id, p.name, p.description, p.status, p.billing_type,
         p.currency, p.budget_cents, p.budget_seconds, p.hourly_rate_cents, p.start_date, p.deadline, p.completed_at, p.spent_cents,
         p.logged_seconds, g.tasks_total, g.tasks_done, g.progress_percent, p.version, p.created_at, p.updated_at, p.last_activity_at"
    };
}
macro_rules! project_joins {
    () => {
        " join clients.v_clients as c on c.workspace_id = p.workspace_id and c.id = p.client_id
          join projects.v_project_progress as g on g.workspace_id = p.workspace_id and g.project_id = p.id "
    };
}

/// A project in scope.
pub(crate) async fn find(tx: &TenantTx, scope: Scope, project: impl Into<Place>) -> Result<Option<Project>> {
    let place = project.into();
    let sql = by_place!(
        place,
        [
            "select ",
            project_columns!(),
            " from projects.projects as p",
            project_joins!(),
            "where p.workspace_id = $1 and p.deleted_at is null and ",
            in_scope!("p.id", "$3", "$4"),
            " and p.id = "
        ],
        [""]
    );
    tx.find(sql, &[&tx.workspace(), &place.id(), &scope.all, &scope.member]).await
}

/// A project by its id, whoever asks.
pub async fn find_any(tx: &TenantTx, id: ProjectId) -> Result<Option<Project>> {
    tx.find(
        concat!(
            "select ",
            project_columns!(),
            " from projects.projects as p",
            project_joins!(),
            "where p.workspace_id = $1 and p.id = $2 and p.deleted_at is null"
        ),
        &[&tx.workspace(), &id],
    )
    .await
}

/// Takes the project for this transaction: those who change the order of its things wait for each other.
pub async fn lock(tx: &TenantTx, id: ProjectId) -> Result<()> {
    let found: Option<(i32,)> = tx
        .find(
            "select version from projects.projects where workspace_id = $1 and id = $2 and deleted_at is null for no key update",
            &[&tx.workspace(), &id],
        )
        .await?;
    found.map(drop).ok_or_else(|| Refusal::not_found().into())
}

/// The names of projects.
pub async fn names(tx: &TenantTx, ids: &[ProjectId]) -> Result<HashMap<ProjectId, String>> {
    let rows: Vec<(ProjectId, String)> = tx
        .query(
            "select id, name from projects.projects where workspace_id = $1 and id = any($2)",
            &[&tx.workspace(), &ids],
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// The orders a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Name,
    Created,
    Activity,
    Deadline,
}

impl Sort {
    fn parse(text: Option<&str>) -> Result<Self> {
        Ok(match text {
            None | Some("" | "name") => Self::Name,
            Some("-created_at") => Self::Created,
            Some("-activity") => Self::Activity,
            Some("deadline") => Self::Deadline,
            Some(_) => {
                return Err(Refusal::field(
                    "sort",
                    "unknown_sort",
                    "Sort by name, -created_at, -activity or deadline.",
                )
                .into());
            }
        })
    }
}

/// A page of the projects in scope.
pub async fn list(tx: &TenantTx, scope: Scope, query: &ProjectQuery) -> Result<Page<Project>> {
    let limit = Limit::try_new(query.limit)?;
    let sort = Sort::parse(query.sort.as_deref())?;
    let filtered = |built: Built| -> Result<Built> {
        let mut built = built
            .sql(" from projects.projects as p join clients.v_clients as c on c.workspace_id = p.workspace_id and c.id = p.client_id where p.workspace_id = ")
            .bind(tx.workspace())
            .sql(" and p.deleted_at is null");
        if !scope.all {
            built = assigned(built, tx, scope.member);
        }
        if let Some(member) = query.member_id {
            built = assigned(built, tx, MemberId(member));
        }
        if let Some(client) = query.client_id {
            built = built.sql(" and p.client_id = ").bind(client);
        }
        if let Some(deal) = query.deal_id {
            built = built.sql(" and p.deal_id = ").bind(deal);
        }
        match query.status.as_deref() {
            None | Some("") => {}
            Some("open") => built = built.sql(" and p.status in ('planning', 'active', 'on_hold')"),
            Some(word) => {
                let status: ProjectStatus = word.parse().map_err(|e: String| {
                    Refusal::field("status", "unknown", format!("Not a status: {e}, or open."))
                })?;
                built = built.sql(" and p.status = ").bind(status);
            }
        }
        for term in text::terms(query.search.as_deref(), 8) {
            built = built
                .sql(" and (strpos(p.name_sort, ")
                .bind(term.clone())
                .sql(") > 0 or strpos(c.name_sort, ")
                .bind(term)
                .sql(") > 0)");
        }
        Ok(built)
    };
    let count = filtered(Built::new("select count(*) from (select 1"))?.sql(" limit 1001) as counted");
    let mut page = filtered(Built::new("with page as (select p.id"))?;
    if let Some(after) = &query.after {
        page = beyond(page, sort, after)?;
    }
    let order = match sort {
        Sort::Name => " order by p.name_sort, p.id",
        Sort::Created => " order by p.created_at desc, p.id desc",
        Sort::Activity => " order by p.last_activity_at desc, p.id desc",
        Sort::Deadline => " order by coalesce(p.deadline, date '9999-12-31'), p.id",
    };
    let page = page
        .sql(order)
        .limit(limit)
        .sql(concat!(
            ") select ",
            project_columns!(),
            " from page join projects.projects as p on p.workspace_id = "
        ))
        .bind(tx.workspace())
        .sql(concat!(" and p.id = page.id", project_joins!()))
        .sql(order);
    let (rows, counted) = futures::join!(tx.query_built::<Project>(&page), tx.query_built::<(i64,)>(&count));
    let total = counted?.first().map_or(0, |(count,)| *count);
    Ok(Page::cut(rows?, limit, Total::capped(total), |row| match sort {
        Sort::Name => Cursor::pack(&(text::fold(&row.name), row.id)),
        Sort::Created => Cursor::pack(&(row.created_at, row.id)),
        Sort::Activity => Cursor::pack(&(row.last_activity_at, row.id)),
        Sort::Deadline => Cursor::pack(&(row.deadline.unwrap_or(LAST_DAY), row.id)),
    }))
}

const LAST_DAY: Date = jiff::civil::date(9999, 12, 31);

fn assigned(built: Built, tx: &TenantTx, member: MemberId) -> Built {
    built
        .sql(" and exists (select from projects.project_members as m where m.workspace_id = ")
        .bind(tx.workspace())
        .sql(" and m.project_id = p.id and m.left_at is null and m.member_id = ")
        .bind(member)
        .sql(")")
}

fn beyond(built: Built, sort: Sort, after: &str) -> Result<Built> {
    Ok(match sort {
        Sort::Name => {
            let (key, id): (String, ProjectId) = Cursor::unpack(after)?;
            built.sql(" and (p.name_sort, p.id) > (").bind(key).sql(", ").bind(id).sql(")")
        }
        Sort::Created => {
            let (key, id): (Timestamp, ProjectId) = Cursor::unpack(after)?;
            built.sql(" and (p.created_at, p.id) < (").bind(key).sql(", ").bind(id).sql(")")
        }
        Sort::Activity => {
            let (key, id): (Timestamp, ProjectId) = Cursor::unpack(after)?;
            built.sql(" and (p.last_activity_at, p.id) < (").bind(key).sql(", ").bind(id).sql(")")
        }
        Sort::Deadline => {
            let (key, id): (Date, ProjectId) = Cursor::unpack(after)?;
            built
                .sql(" and (coalesce(p.deadline, date '9999-12-31'), p.id) > (")
                .bind(key)
                .sql(", ")
                .bind(id)
                .sql(")")
        }
    })
}

/// A project's row, ready to be written.
#[derive(Debug)]
pub struct Row {
    pub id: ProjectId,
    pub client_id: ClientId,
    pub deal_id: Option<Uuid>,
    pub template_id: Option<TemplateId>,
    pub name: String,
    pub description: String,
    pub status: ProjectStatus,
    pub billing_type: BillingType,
    pub currency: Currency,
    pub budget_cents: Option<i64>,
    pub budget_seconds: Option<i64>,
    pub hourly_rate_cents: Option<i64>,
    pub start_date: Option<Date>,
    pub deadline: Option<Date>,
    pub created_by: Option<MemberId>,
}

/// Writes a project, unless its deal has one already.
pub async fn insert(tx: &TenantTx, row: &Row) -> Result<bool> {
    let (now, sorted) = (tx.now(), text::fold(&row.name));
    let completed = (row.status == ProjectStatus::Completed).then_some(now);
    let written = tx
        .execute(
            "insert into projects.projects (workspace_id, id, client_id, deal_id, template_id, name, name_sort, description, status,
               billing_type, currency, budget_cents, budget_seconds, hourly_rate_cents, start_date, deadline, completed_at, created_by,
               created_at, updated_at, last_activity_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $19)
             on conflict (workspace_id, deal_id) where deal_id is not null do nothing",
            &[
                &tx.workspace(), &row.id, &row.client_id, &row.deal_id, &row.template_id, &row.name, &sorted, &row.description,
                &row.status, &row.billing_type, &row.currency, &row.budget_cents, &row.budget_seconds, &row.hourly_rate_cents,
                &row.start_date, &row.deadline, &completed, &row.created_by, &now,
            ],
        )
        .await?;
    Ok(written == 1)
}

/// The project of a deal, even one put away.
pub async fn of_deal(tx: &TenantTx, deal: Uuid) -> Result<Option<ProjectId>> {
    let row: Option<(ProjectId,)> = tx
        .find(
            "select id from projects.projects where workspace_id = $1 and deal_id = $2",
            &[&tx.workspace(), &deal],
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Writes the changed project over the version that was read; false when there is a newer one.
pub async fn update(tx: &TenantTx, project: &Project) -> Result<bool> {
    let (now, sorted) = (tx.now(), text::fold(&project.name));
    let written = tx
        .execute(
            "update projects.projects set name = $4, name_sort = $5, description = $6, status = $7, billing_type = $8, budget_cents = $9,
               budget_seconds = $10, hourly_rate_cents = $11, start_date = $12, deadline = $13, completed_at = $14, updated_at = $15,
               last_activity_at = $15, version = version + 1
             where workspace_id = $1 and id = $2 and version = $3 and deleted_at is null",
            &[
                &tx.workspace(), &project.id, &project.version, &project.name, &sorted, &project.description, &project.status,
                &project.billing_type, &project.budget_cents, &project.budget_seconds, &project.hourly_rate_cents, &project.start_date,
                &project.deadline, &project.completed_at, &now,
            ],
        )
        .await?;
    Ok(written == 1)
}

/// Notes that something happened on a project.
pub async fn touch(tx: &TenantTx, id: ProjectId) -> Result<()> {
    tx.execute(
        "update projects.projects set last_activity_at = $3 where workspace_id = $1 and id = $2 and last_activity_at < $3",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await
    .map(drop)
}

/// The client's name and currency (the workspace's without one of its own), if the client is there.
pub async fn client(tx: &TenantTx, id: ClientId) -> Result<Option<(String, Currency)>> {
    tx.find(
        "select c.company_name, coalesce(c.currency, w.currency) from clients.v_clients as c
         join identity.v_workspace as w on w.workspace_id = c.workspace_id
         where c.workspace_id = $1 and c.id = $2 and c.deleted_at is null",
        &[&tx.workspace(), &id],
    )
    .await
}

/// Today's date in the workspace's zone.
pub async fn today(tx: &TenantTx) -> Result<Date> {
    let zone: String = tx
        .scalar("select timezone from identity.v_workspace where workspace_id = $1", &[&tx.workspace()])
        .await?;
    Ok(tx.now().to_zoned(rapport_base::clock::zone(&zone)).date())
}

/// Whether a member works on a project.
pub async fn is_assigned(tx: &TenantTx, project: ProjectId, member: MemberId) -> Result<bool> {
    tx.scalar(
        "select exists (select from projects.project_members
           where workspace_id = $1 and project_id = $2 and member_id = $3 and left_at is null)",
        &[&tx.workspace(), &project, &member],
    )
    .await
}

/// Whether time may be logged on a project.
pub async fn is_active(tx: &TenantTx, project: ProjectId) -> Result<bool> {
    tx.scalar(
        "select exists (select from projects.projects where workspace_id = $1 and id = $2 and status = 'active' and deleted_at is null)",
        &[&tx.workspace(), &project],
    )
    .await
}

/// How many projects a client has, capped.
pub async fn count_of_client(tx: &TenantTx, client: ClientId) -> Result<i64> {
    tx.scalar(
        "select count(*) from (select 1 from projects.projects
           where workspace_id = $1 and client_id = $2 and deleted_at is null limit 1001) as counted",
        &[&tx.workspace(), &client],
    )
    .await
}

/// What a member works on: clients and their projects.
pub async fn reach(tx: &TenantTx, member: MemberId) -> Result<Vec<(Uuid, Uuid)>> {
    tx.query(
        "select p.client_id, p.id from projects.project_members as m
         join projects.projects as p on p.workspace_id = m.workspace_id and p.id = m.project_id
         where m.workspace_id = $1 and m.member_id = $2 and m.left_at is null and p.deleted_at is null
         order by p.client_id, p.id",
        &[&tx.workspace(), &member],
    )
    .await
}

/// What happened last on a project.
pub async fn history(tx: &TenantTx, id: ProjectId) -> Result<Vec<EventRecord>> {
    tx.query(
        "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id, actor_name, payload, at
         from spine.events where workspace_id = $1 and project_id = $2 order by at desc, id desc limit 15",
        &[&tx.workspace(), &id],
    )
    .await
}

/// Projects whose name, or whose client's, has the words.
pub async fn search(tx: &TenantTx, scope: Scope, typed: &str) -> Result<Vec<(ProjectId, String, String)>> {
    let typed = text::fold(typed.trim());
    tx.query(
        concat!(
            "select p.id, p.name, c.company_name from projects.projects as p
             join clients.v_clients as c on c.workspace_id = p.workspace_id and c.id = p.client_id
             where p.workspace_id = $1 and p.deleted_at is null and (strpos(p.name_sort, $2) > 0 or strpos(c.name_sort, $2) > 0)
               and ", in_scope!("p.id", "$3", "$4"), "
             order by p.status in ('completed', 'cancelled'), p.last_activity_at desc limit 8"
        ),
        &[&tx.workspace(), &typed, &scope.all, &scope.member],
    )
    .await
}
