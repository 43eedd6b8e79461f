//! What every new workspace sells with: a pipeline and reasons for losing a deal.

use rapport_base::Result;
use rapport_db::TenantTx;

use super::{
    PipelineId, Stage, StageKind,
    store::{self, stage},
};

/// The stages of a new pipeline.
#[must_use]
pub fn stages() -> Vec<Stage> {
    vec![
        stage("Lead", "#64748b", StageKind::Open, 10, 0, Some(14)),
        stage("Proposal", "#3b82f6", StageKind::Open, 40, 1, Some(14)),
        stage("Negotiation", "#8b5cf6", StageKind::Open, 70, 2, Some(7)),
        stage("Won", "#22c55e", StageKind::Won, 100, 3, None),
        stage("Lost", "#ef4444", StageKind::Lost, 0, 4, None),
    ]
}

const REASONS: [&str; 6] = ["Price", "Timing", "Chose a competitor", "No budget", "No answer", "Not a fit"];

/// Makes them.
///
/// # Errors
/// A bug when the database refuses.
pub async fn make(tx: &TenantTx) -> Result<()> {
    let pipeline = PipelineId::new();
    store::insert(tx, pipeline, "Sales").await?;
    store::insert_stages(tx, pipeline, &stages()).await?;
    store::add_reasons(tx, &REASONS.map(str::to_owned)).await
}
