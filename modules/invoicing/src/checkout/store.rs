//! The SQL of checkout pages.

use jiff::Timestamp;
use rapport_base::{Currency, Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx, row};
use uuid::Uuid;

use crate::{invoices::InvoiceId, payments::PaymentId};

row! {
    /// A checkout page.
    #[derive(Clone, Debug)]
    pub(crate) struct PayLink {
        pub id: Uuid,
        pub invoice_id: InvoiceId,
        pub provider_session_id: Option<String>,
        pub url: Option<String>,
        pub amount_cents: i64,
        pub currency: Currency,
        pub status: String,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
    }
}

macro_rules! link {
    ($rest:literal) => {
        concat!(
            "select id, invoice_id, provider_session_id, url, amount_cents, currency, status, created_at, expires_at
             from invoicing.pay_links where workspace_id = $1 ",
            $rest
        )
    };
}

/// The one page of an invoice that can still be paid on.
pub(crate) async fn open(tx: &TenantTx, invoice: InvoiceId) -> Result<Option<PayLink>> {
    tx.find(link!("and invoice_id = $2 and status in ('creating', 'open')"), &[&tx.workspace(), &invoice])
        .await
}

pub(crate) async fn get(tx: &TenantTx, id: Uuid) -> Result<PayLink> {
    tx.get(link!("and id = $2"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn find_by_session(tx: &TenantTx, session: &str) -> Result<Option<PayLink>> {
    tx.find(link!("and provider_session_id = $2 for update"), &[&tx.workspace(), &session]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: Uuid) -> Result<Option<PayLink>> {
    tx.find(link!("and id = $2 for update"), &[&tx.workspace(), &id]).await
}

/// Pages of an invoice that stand at the provider and can still be paid on, or were replaced.
pub(crate) async fn to_expire(tx: &TenantTx, invoice: InvoiceId) -> Result<Vec<PayLink>> {
    tx.query(
        link!("and invoice_id = $2 and status in ('creating', 'open', 'failed') and provider_session_id is not null limit 50"),
        &[&tx.workspace(), &invoice],
    )
    .await
}

pub(crate) async fn insert(
    tx: &TenantTx,
    id: Uuid,
    invoice: InvoiceId,
    amount_cents: i64,
    currency: Currency,
) -> Result<()> {
    tx.execute(
        "insert into invoicing.pay_links (workspace_id, id, invoice_id, provider, amount_cents, currency, idempotency_key, status,
           created_at, updated_at)
         values ($1, $2, $3, 'stripe', $4, $5, $6, 'creating', $7, $7)",
        &[&tx.workspace(), &id, &invoice, &amount_cents, &currency, &format!("pay-link-{id}"), &tx.now()],
    )
    .await
    .map(drop)
}

/// Notes where the page stands; nothing when it was ended meanwhile.
pub(crate) async fn opened(
    tx: &TenantTx,
    id: Uuid,
    session: &str,
    url: &str,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "update invoicing.pay_links set provider_session_id = $3, url = $4, expires_at = $5, updated_at = $6,
           status = case when status = 'creating' then 'open' else status end
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &session, &url, &expires_at, &tx.now()],
    )
    .await
    .map(drop)
}

pub(crate) async fn end(tx: &TenantTx, id: Uuid, status: &str, failure: Option<&str>) -> Result<()> {
    tx.execute(
        "update invoicing.pay_links set status = $3, failure = $4, updated_at = $5
         where workspace_id = $1 and id = $2 and status in ('creating', 'open', 'failed')",
        &[&tx.workspace(), &id, &status, &failure, &tx.now()],
    )
    .await
    .map(drop)
}

pub(crate) async fn completed(tx: &TenantTx, id: Uuid, session: &str, payment: PaymentId) -> Result<()> {
    tx.execute(
        "update invoicing.pay_links set status = 'completed', provider_session_id = coalesce(provider_session_id, $3),
           url = coalesce(url, ''), payment_id = $4, updated_at = $5
         where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &id, &session, &payment, &tx.now()],
    )
    .await
    .map(drop)
}

/// The workspace whose checkout page this session is.
pub(crate) async fn workspace_of_session(tx: &SystemTx, session: &str) -> Result<Option<WorkspaceId>> {
    let row: Option<(WorkspaceId,)> = tx
        .find("select workspace_id from invoicing.pay_links where provider_session_id = $1", &[&session])
        .await?;
    Ok(row.map(|(workspace,)| workspace))
}

/// The workspace's own account at the provider and the fee of the platform in hundredths of a percent.
pub(crate) async fn account(tx: &TenantTx) -> Result<Option<(String, i32)>> {
    tx.find(
        "select account_id, application_fee_bps from invoicing.payment_accounts
         where workspace_id = $1 and provider = 'stripe' and charges_enabled",
        &[&tx.workspace()],
    )
    .await
}
