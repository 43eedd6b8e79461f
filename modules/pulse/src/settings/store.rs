//! Statements about settings.

use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;

use super::{Settings, SettingsInput};

/// The settings, or the defaults.
pub(crate) async fn get(tx: &TenantTx) -> Result<Settings> {
    let found = tx
        .find(
            "select communication_weight, delivery_weight, payment_weight, engagement_weight, relationship_weight,
               healthy_from, at_risk_from, hysteresis, revision, version
             from pulse.settings where workspace_id = $1",
            &[&tx.workspace()],
        )
        .await?;
    Ok(found.unwrap_or_default())
}

/// Keeps settings if nobody changed them since a version; tells the revision then.
pub(crate) async fn save(
    tx: &TenantTx,
    input: &SettingsInput,
    by: MemberId,
    seen: Option<i32>,
) -> Result<Option<i32>> {
    let now = tx.now();
    let row: Option<(i32,)> = tx
        .find(
            "insert into pulse.settings as known (workspace_id, communication_weight, delivery_weight, payment_weight,
               engagement_weight, relationship_weight, healthy_from, at_risk_from, hysteresis, revision, updated_by, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 2, $10, $11)
             on conflict (workspace_id) do update set communication_weight = excluded.communication_weight,
               delivery_weight = excluded.delivery_weight, payment_weight = excluded.payment_weight,
               engagement_weight = excluded.engagement_weight, relationship_weight = excluded.relationship_weight,
               healthy_from = excluded.healthy_from, at_risk_from = excluded.at_risk_from,
               hysteresis = excluded.hysteresis, revision = known.revision + 1, updated_by = excluded.updated_by,
               updated_at = excluded.updated_at, version = known.version + 1
             where $12::integer is null or known.version = $12
             returning revision",
            &[
                &tx.workspace(),
                &input.communication_weight,
                &input.delivery_weight,
                &input.payment_weight,
                &input.engagement_weight,
                &input.relationship_weight,
                &input.healthy_from,
                &input.at_risk_from,
                &input.hysteresis,
                &by,
                &now,
                &seen,
            ],
        )
        .await?;
    Ok(row.map(|(revision,)| revision))
}
