//! The first days of a workspace, ticked off by facts; sample data ticks nothing off.

use futures::{FutureExt, future::BoxFuture};
use rapport_base::Result;
use rapport_db::TenantTx;

type Fact = for<'a> fn(&'a TenantTx) -> BoxFuture<'a, Result<bool>>;

/// A step of the first days.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What to do.
    pub label: &'static str,
    /// Where, below `/app/{slug}/`.
    pub path: &'static str,
    /// Whether it was done.
    pub done: bool,
}

const STEPS: [(&str, &str, Fact); 6] = [
    ("Add your first client", "clients?dialog=new-client", has_client),
    ("Win a deal", "deals", has_won),
    ("Invite a colleague", "settings/team", has_colleague),
    ("Track some time", "time", has_time),
    ("Open a client portal", "portals", has_portal),
    ("Send an invoice", "invoices/new", has_invoice),
];

/// Every step and whether it is done, asked for in one flight.
///
/// # Errors
/// A bug when the database refuses.
pub async fn look(tx: &TenantTx) -> Result<Vec<Step>> {
    let facts = futures::future::join_all(STEPS.iter().map(|(_, _, fact)| fact(tx))).await;
    STEPS.iter().zip(facts).map(|(&(label, path, _), done)| Ok(Step { label, path, done: done? })).collect()
}

macro_rules! fact {
    ($name:ident, $sql:literal) => {
        fn $name(tx: &TenantTx) -> BoxFuture<'_, Result<bool>> {
            async move { tx.scalar($sql, &[&tx.workspace()]).await }.boxed()
        }
    };
}

fact!(
    has_client,
    "select exists (select 1 from clients.v_clients where workspace_id = $1 and not is_sample)"
);
fact!(
    has_won,
    "select exists (select 1 from deals.v_deals d join clients.v_clients c on c.workspace_id = d.workspace_id and c.id = d.client_id where d.workspace_id = $1 and d.stage_kind = 'won' and not c.is_sample)"
);
fact!(has_colleague, "select count(*) > 1 from identity.v_members where workspace_id = $1");
fact!(
    has_time,
    "select exists (select 1 from timesheets.v_daily_time t join projects.v_projects p on p.workspace_id = t.workspace_id and p.id = t.project_id join clients.v_clients c on c.workspace_id = p.workspace_id and c.id = p.client_id where t.workspace_id = $1 and not c.is_sample)"
);
fact!(
    has_portal,
    "select exists (select 1 from portal.v_portals p join clients.v_clients c on c.workspace_id = p.workspace_id and c.id = p.client_id where p.workspace_id = $1 and not c.is_sample)"
);
fact!(
    has_invoice,
    "select exists (select 1 from invoicing.v_invoices i join clients.v_clients c on c.workspace_id = i.workspace_id and c.id = i.client_id where i.workspace_id = $1 and i.sent_at is not null and not c.is_sample)"
);
