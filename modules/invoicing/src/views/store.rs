//! The SQL of links to invoices and of looks at them.

use jiff::SignedDuration;
use rapport_base::{Result, Token, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};
use uuid::Uuid;

use crate::invoices::InvoiceId;

/// Links work for two years: as long as an invoice may be looked up.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 730);

pub(crate) async fn insert_token(
    tx: &TenantTx,
    invoice: InvoiceId,
    contact: Option<Uuid>,
    token: &Token,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into invoicing.view_tokens (workspace_id, id, invoice_id, contact_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &[&tx.workspace(), &Uuid::now_v7(), &invoice, &contact, &token.hash(), &now, &(now + LIFE)],
    )
    .await
    .map(drop)
}

rapport_db::row! {
    /// What a link leads to.
    #[derive(Clone, Debug)]
    pub(crate) struct Linked {
        pub workspace_id: WorkspaceId,
        pub invoice_id: InvoiceId,
        pub contact_id: Option<Uuid>,
    }
}

/// What a presented token leads to, if it still does.
pub(crate) async fn find_linked(tx: &SystemTx, token: &str) -> Result<Option<Linked>> {
    tx.find(
        "select workspace_id, invoice_id, contact_id from invoicing.view_tokens
         where token_hash = $1 and revoked_at is null and expires_at > $2",
        &[&Token::hash_of(token), &tx.now()],
    )
    .await
}

/// Adds a look to the log of an invoice.
pub(crate) async fn log(
    tx: &TenantTx,
    invoice: InvoiceId,
    kind: &str,
    contact: Option<Uuid>,
    ip: Option<&str>,
    user_agent: &str,
) -> Result<()> {
    let agent: String = user_agent.chars().take(300).collect();
    tx.execute(
        "insert into invoicing.invoice_views (workspace_id, id, invoice_id, viewer_kind, contact_id, ip, user_agent, viewed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[&tx.workspace(), &Uuid::now_v7(), &invoice, &kind, &contact, &ip, &agent, &tx.now()],
    )
    .await
    .map(drop)
}
