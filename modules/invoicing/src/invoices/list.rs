//! Lists of invoices.

use jiff::{Timestamp, civil::Date};
use rapport_base::{Cursor, Limit, Page, Refusal, Result, Total};
use rapport_db::{Built, TenantTx};
use uuid::Uuid;

use super::{Invoice, InvoiceQuery, store::invoice};

/// What is listed, checked.
struct Filter<'a> {
    query: &'a InvoiceQuery,
    today: Date,
    /// Clients whose names fit what was typed.
    named: Vec<Uuid>,
}

impl Filter<'_> {
    fn apply(&self, mut sql: Built) -> Result<Built> {
        let query = self.query;
        if let Some(status) = &query.status {
            sql = self.status(sql, status)?;
        }
        if let Some(client) = query.client_id {
            sql = sql.sql(" and i.client_id = ").bind(client);
        }
        if let Some(project) = query.project_id {
            sql = sql
                .sql(" and exists (select 1 from invoicing.invoice_projects b where b.workspace_id = $1 and b.invoice_id = i.id and b.project_id = ")
                .bind(project)
                .sql(")");
        }
        if let Some(from) = query.from {
            sql = sql.sql(" and i.issue_date >= ").bind(from);
        }
        if let Some(to) = query.to {
            sql = sql.sql(" and i.issue_date <= ").bind(to);
        }
        if let Some(typed) = typed(query) {
            sql = sql.sql(" and (i.invoice_number ^@ ").bind(typed.to_uppercase());
            sql = sql.sql(" or i.invoice_number ^@ ").bind(typed.to_owned());
            sql = sql.sql(" or i.client_id = any(").bind(self.named.clone()).sql("))");
        }
        Ok(sql)
    }

    fn status(&self, sql: Built, status: &str) -> Result<Built> {
        let open = |sql: Built| sql.sql(" and i.state = 'issued' and i.paid_at is null");
        Ok(match status {
            "draft" => sql.sql(" and i.state = 'draft'"),
            "void" => sql.sql(" and i.state = 'void'"),
            "paid" => sql.sql(" and i.state = 'issued' and i.paid_at is not null"),
            "open" => open(sql),
            "overdue" => open(sql).sql(" and i.due_date < ").bind(self.today),
            "partially_paid" => open(sql).sql(" and i.paid_cents > 0 and i.due_date >= ").bind(self.today),
            "viewed" => open(sql)
                .sql(" and i.paid_cents = 0 and i.viewed_at is not null and i.due_date >= ")
                .bind(self.today),
            "sent" => open(sql)
                .sql(" and i.paid_cents = 0 and i.viewed_at is null and i.due_date >= ")
                .bind(self.today),
            _ => {
                let message = "Ask for draft, open, overdue, paid, sent, viewed, partially_paid or void.";
                return Err(Refusal::field("status", "unknown", message).into());
            }
        })
    }
}

fn typed(query: &InvoiceQuery) -> Option<&str> {
    query.search.as_deref().map(str::trim).filter(|typed| !typed.is_empty())
}

/// Invoices, the newest draft or issue first.
pub(crate) async fn page(tx: &TenantTx, query: &InvoiceQuery, today: Date) -> Result<Page<Invoice>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(Timestamp, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let named = match typed(query) {
        Some(typed) => clients::search(tx, typed, 100).await?.into_iter().map(|(id, _)| id.uuid()).collect(),
        None => Vec::new(),
    };
    let filter = Filter { query, today, named };
    let mut rows = filter.apply(Built::new(invoice!("and i.workspace_id = ")).bind(tx.workspace()))?;
    if let Some((at, id)) = after {
        rows = rows.sql(" and (i.created_at, i.id) < (").bind(at).sql(", ").bind(id).sql(")");
    }
    let rows = rows.sql(" order by i.created_at desc, i.id desc").limit(limit);
    let count =
        Built::new("select count(*) from (select 1 from invoicing.invoices i where i.workspace_id = ");
    let count = filter
        .apply(count.bind(tx.workspace()).sql(" and i.kind = 'invoice'"))?
        .sql(" limit 1001) as counted");
    let (rows, counted) = futures::join!(tx.query_built::<Invoice>(&rows), tx.query_built::<(i64,)>(&count));
    let total = Total::capped(counted?.first().map_or(0, |(count,)| *count));
    Ok(Page::cut(rows?, limit, total, |row| Cursor::pack(&(row.created_at, row.id))))
}
