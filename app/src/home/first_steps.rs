//! The first days of a workspace, ticked off by facts.

use futures::{FutureExt, future::BoxFuture};
use identity::{FirstStep, FirstSteps};
use rapport_base::{Parts, Result};
use rapport_db::TenantTx;

/// Puts the steps among the parts.
pub fn put(parts: Parts) -> Parts {
    parts.with(FirstSteps::new(vec![
        FirstStep {
            label: "Add your first client",
            href: "clients?dialog=new-client",
            icon: "users",
            done: |tx| has_client(tx).boxed(),
        },
        FirstStep { label: "Win a deal", href: "deals", icon: "trophy", done: |tx| has_won(tx).boxed() },
        FirstStep {
            label: "Invite a colleague",
            href: "settings/team",
            icon: "user-plus",
            done: |tx| has_colleague(tx).boxed(),
        },
        FirstStep { label: "Track some time", href: "time", icon: "timer", done: |tx| has_time(tx).boxed() },
        FirstStep {
            label: "Open a client portal",
            href: "portals",
            icon: "door-open",
            done: |tx| has_portal(tx).boxed(),
        },
        FirstStep {
            label: "Send an invoice",
            href: "invoices/new",
            icon: "receipt-text",
            done: |tx| has_invoice(tx).boxed(),
        },
    ]))
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
fact!(has_time, "select exists (select 1 from timesheets.v_daily_time where workspace_id = $1)");
fact!(has_portal, "select exists (select 1 from portal.v_portals where workspace_id = $1)");
fact!(
    has_invoice,
    "select exists (select 1 from invoicing.v_invoices where workspace_id = $1 and sent_at is not null)"
);
