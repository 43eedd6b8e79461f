//! The tax rates' SQL.

use rapport_base::Result;
use rapport_db::TenantTx;

use super::{TaxRate, TaxRateId, TaxRateInput};

macro_rules! rates {
    ($rest:literal) => {
        concat!(
            "select id, name, percent, is_compound, exemption_reason, is_default, version
             from invoicing.tax_rates where workspace_id = $1 and archived_at is null ",
            $rest
        )
    };
}

pub(crate) async fn list(tx: &TenantTx) -> Result<Vec<TaxRate>> {
    tx.query(rates!("order by is_default desc, name, id limit 200"), &[&tx.workspace()]).await
}

pub(crate) async fn lock(tx: &TenantTx, id: TaxRateId) -> Result<TaxRate> {
    tx.get(rates!("and id = $2 for update"), &[&tx.workspace(), &id]).await
}

pub(crate) async fn insert(tx: &TenantTx, id: TaxRateId, rate: &TaxRateInput) -> Result<()> {
    tx.execute(
        "insert into invoicing.tax_rates (workspace_id, id, name, percent, is_compound, exemption_reason, is_default, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        &[
            &tx.workspace(),
            &id,
            &rate.name,
            &rate.percent,
            &rate.is_compound,
            &rate.exemption_reason,
            &rate.is_default,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn update(tx: &TenantTx, id: TaxRateId, rate: &TaxRateInput) -> Result<()> {
    tx.execute(
        "update invoicing.tax_rates set name = $3, percent = $4, is_compound = $5, exemption_reason = $6, is_default = $7,
           updated_at = $8, version = version + 1
         where workspace_id = $1 and id = $2",
        &[
            &tx.workspace(),
            &id,
            &rate.name,
            &rate.percent,
            &rate.is_compound,
            &rate.exemption_reason,
            &rate.is_default,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Makes room for another default.
pub(crate) async fn clear_default(tx: &TenantTx) -> Result<()> {
    tx.execute(
        "update invoicing.tax_rates set is_default = false, updated_at = $2, version = version + 1
         where workspace_id = $1 and is_default and archived_at is null",
        &[&tx.workspace(), &tx.now()],
    )
    .await
    .map(drop)
}

pub(crate) async fn archive(tx: &TenantTx, id: TaxRateId) -> Result<u64> {
    tx.execute(
        "update invoicing.tax_rates set archived_at = $3, is_default = false, updated_at = $3, version = version + 1
         where workspace_id = $1 and id = $2 and archived_at is null",
        &[&tx.workspace(), &id, &tx.now()],
    )
    .await
}

/// The number the next invoice gets.
pub(crate) async fn next_number(tx: &TenantTx) -> Result<i64> {
    tx.scalar(
        "select coalesce((select next from invoicing.counters where workspace_id = $1 and kind = 'invoice'), 1)",
        &[&tx.workspace()],
    )
    .await
}

/// Moves the counter on; it never goes back.
pub(crate) async fn set_next_number(tx: &TenantTx, next: i64) -> Result<u64> {
    tx.execute(
        "insert into invoicing.counters as c (workspace_id, kind, next) values ($1, 'invoice', $2)
         on conflict (workspace_id, kind) do update set next = $2 where c.next <= $2",
        &[&tx.workspace(), &next],
    )
    .await
}
