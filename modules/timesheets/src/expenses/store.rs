//! Expenses in the database.

use clients::ClientId;
use files::FileId;
use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::{Currency, Cursor, Limit, MemberId, Page, Result, Total};
use rapport_db::{Built, TenantTx, row};
use uuid::Uuid;

use super::{Expense, ExpenseId, ExpenseQuery, ExpenseStatus, NewExpense};

macro_rules! expenses {
    ($rest:literal) => {
        concat!(
            "select x.id, x.member_id, coalesce(person.name, '') as member_name, x.project_id, coalesce(project.name, 'A deleted project') as project_name,
               project.client_id, client.company_name as client_name, x.date, x.category, x.merchant, x.description, x.amount_cents, x.tax_cents,
               x.currency, x.is_billable, x.markup_percent, x.billable_cents, x.receipt_file_id, x.status, x.submitted_at,
               decider.name as decided_by_name, x.decided_at, x.decision_comment, x.invoice_id is not null as is_invoiced,
               x.version, x.created_at, x.updated_at
             from timesheets.expenses x
             left join identity.v_members person on person.workspace_id = $1 and person.id = x.member_id
             left join identity.v_members decider on decider.workspace_id = $1 and decider.id = x.decided_by
             left join projects.v_projects project on project.workspace_id = $1 and project.id = x.project_id
             left join clients.v_clients client on client.workspace_id = $1 and client.id = project.client_id ",
            $rest
        )
    };
}

/// An expense, if it is there and, with a member, theirs.
pub async fn find(tx: &TenantTx, id: ExpenseId, of: Option<MemberId>) -> Result<Option<Expense>> {
    const SQL: &str =
        expenses!("where x.workspace_id = $1 and x.id = $2 and ($3::uuid is null or x.member_id = $3)");
    tx.find(SQL, &[&tx.workspace(), &id, &of]).await
}

/// An expense that nobody else changes until the transaction ends.
pub async fn lock(tx: &TenantTx, id: ExpenseId) -> Result<Option<Expense>> {
    const SQL: &str = expenses!("where x.workspace_id = $1 and x.id = $2 for update of x");
    tx.find(SQL, &[&tx.workspace(), &id]).await
}

/// A page of the list, newest days first.
pub async fn list(tx: &TenantTx, query: &ExpenseQuery, of: Option<MemberId>) -> Result<Page<Expense>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(Date, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let narrowed = |mut sql: Built| {
        sql = sql.bind(tx.workspace());
        if let Some(member) = of {
            sql = sql.sql(" and x.member_id = ").bind(member);
        }
        if let Some(status) = query.status {
            sql = sql.sql(" and x.status = ").bind(status.as_str());
        }
        if let Some(project) = query.project_id {
            sql = sql.sql(" and x.project_id = ").bind(project);
        }
        if let Some(client) = query.client_id {
            sql = sql
                .sql(" and x.project_id in (select id from projects.v_projects where workspace_id = $1 and client_id = ")
                .bind(client)
                .sql(")");
        }
        if let Some(from) = query.from {
            sql = sql.sql(" and x.date >= ").bind(from);
        }
        if let Some(to) = query.to {
            sql = sql.sql(" and x.date <= ").bind(to);
        }
        sql
    };
    let mut rows = narrowed(Built::new(expenses!("where x.workspace_id = ")));
    if let Some((date, id)) = after {
        rows = rows.sql(" and (x.date, x.id) < (").bind(date).sql(", ").bind(id).sql(")");
    }
    let rows = rows.sql(" order by x.date desc, x.id desc").limit(limit);
    let count = narrowed(Built::new(
        "select count(*) from (select 1 from timesheets.expenses x where x.workspace_id = ",
    ))
    .sql(" limit 1001) as counted");
    let (rows, count) = futures::join!(tx.query_built(&rows), tx.query_built::<(i64,)>(&count));
    let total = Total::capped(count?.first().map_or(0, |(count,)| *count));
    Ok(Page::cut(rows?, limit, total, |expense: &Expense| Cursor::pack(&(expense.date, expense.id.uuid()))))
}

row! {
    /// A project as an expense needs it.
    #[derive(Clone, Debug)]
    pub struct Payer {
        /// Its name.
        pub name: String,
        /// Its client.
        pub client_id: ClientId,
        /// Its status.
        pub status: String,
        /// How it is billed.
        pub billing_type: String,
        /// Its currency.
        pub currency: Currency,
        /// Whether the member is on its team.
        pub is_assigned: bool,
    }
}

/// A project with what decides whether a member may claim expenses on it.
pub async fn payer(tx: &TenantTx, project: ProjectId, member: MemberId) -> Result<Option<Payer>> {
    const SQL: &str = "select project.name, project.client_id, project.status, project.billing_type, project.currency,
         exists (select 1 from projects.v_project_members team
                 where team.workspace_id = $1 and team.project_id = $2 and team.member_id = $3 and team.left_at is null) as is_assigned
       from projects.v_projects project where project.workspace_id = $1 and project.id = $2";
    tx.find(SQL, &[&tx.workspace(), &project, &member]).await
}

/// Projects to choose from: those of a member that are under way or to come, or with none all that occur.
pub async fn projects_of(tx: &TenantTx, member: MemberId) -> Result<Vec<(ProjectId, String, Currency)>> {
    const SQL: &str = "select project.id, project.name, project.currency from projects.v_project_members team
       join projects.v_projects project on project.workspace_id = $1 and project.id = team.project_id
         and project.status in ('planning', 'active', 'on_hold')
       where team.workspace_id = $1 and team.member_id = $2 and team.left_at is null
       order by project.name_sort, project.id limit 500";
    tx.query(SQL, &[&tx.workspace(), &member]).await
}

/// What is stored beside what was typed.
#[derive(Clone, Copy, Debug)]
pub struct Reckoned {
    pub currency: Currency,
    pub is_billable: bool,
    pub billable_cents: i64,
}

/// Adds a draft.
pub async fn insert(
    tx: &TenantTx,
    member: MemberId,
    new: &NewExpense,
    reckoned: Reckoned,
    receipt: Option<FileId>,
) -> Result<ExpenseId> {
    const SQL: &str = "insert into timesheets.expenses (workspace_id, id, member_id, project_id, date, category, merchant, description,
         amount_cents, tax_cents, currency, project_amount_cents, is_billable, markup_percent, billable_cents, receipt_file_id, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $9, $12, $13, $14, $15, $16, $16)";
    let id = ExpenseId::new();
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &id,
            &member,
            &new.project_id,
            &new.date,
            &new.category,
            &new.merchant,
            &new.description,
            &new.amount_cents,
            &new.tax_cents,
            &reckoned.currency,
            &reckoned.is_billable,
            &new.markup_percent.unwrap_or_default(),
            &reckoned.billable_cents,
            &receipt,
            &tx.now(),
        ],
    )
    .await?;
    Ok(id)
}

/// Makes a draft what was typed; a new receipt replaces the old one.
pub async fn update(
    tx: &TenantTx,
    id: ExpenseId,
    new: &NewExpense,
    reckoned: Reckoned,
    receipt: Option<FileId>,
) -> Result<()> {
    const SQL: &str = "update timesheets.expenses set project_id = $3, date = $4, category = $5, merchant = $6, description = $7,
         amount_cents = $8, tax_cents = $9, currency = $10, project_amount_cents = $8, is_billable = $11, markup_percent = $12,
         billable_cents = $13, receipt_file_id = coalesce($14, receipt_file_id), version = version + 1, updated_at = $15
       where workspace_id = $1 and id = $2";
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &id,
            &new.project_id,
            &new.date,
            &new.category,
            &new.merchant,
            &new.description,
            &new.amount_cents,
            &new.tax_cents,
            &reckoned.currency,
            &reckoned.is_billable,
            &new.markup_percent.unwrap_or_default(),
            &reckoned.billable_cents,
            &receipt,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Takes a draft back.
pub async fn delete(tx: &TenantTx, id: ExpenseId) -> Result<()> {
    const SQL: &str = "delete from timesheets.expenses where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id]).await.map(drop)
}

/// Hands a draft in.
pub async fn submit(tx: &TenantTx, id: ExpenseId) -> Result<()> {
    const SQL: &str = "update timesheets.expenses set status = 'submitted', submitted_at = $3, decided_by = null, decided_at = null,
         decision_comment = '', version = version + 1, updated_at = $3
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

/// Approves or rejects.
pub async fn decide(
    tx: &TenantTx,
    id: ExpenseId,
    to: ExpenseStatus,
    by: MemberId,
    comment: &str,
) -> Result<()> {
    const SQL: &str =
        "update timesheets.expenses set status = $3, decided_by = $4, decided_at = $5, decision_comment = $6,
         version = version + 1, updated_at = $5
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &to.as_str(), &by, &tx.now(), &comment]).await.map(drop)
}

/// Notes that it was paid back.
pub async fn reimburse(tx: &TenantTx, id: ExpenseId) -> Result<()> {
    const SQL: &str = "update timesheets.expenses set status = 'reimbursed', reimbursed_at = $3, version = version + 1, updated_at = $3
       where workspace_id = $1 and id = $2";
    tx.execute(SQL, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}
