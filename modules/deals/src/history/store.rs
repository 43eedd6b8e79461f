//! All SQL of a deal's history.

use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};

use crate::{DealId, StageId};

const MOVES: &str = "select h.to_stage_id, s.name as stage, m.name as moved_by, h.reason, h.at
  from deals.stage_history h
  join deals.stages s on s.workspace_id = $1 and s.id = h.to_stage_id
  left join identity.v_members m on m.workspace_id = $1 and m.id = h.moved_by
  where h.workspace_id = $1 and h.deal_id = $2 order by h.at, h.id limit 500";
const EVENTS: &str = "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id,
    actor_name, payload, at
  from spine.events where workspace_id = $1 and subject_id = $2 and kind <> 'deal.reordered' order by at desc, id desc limit 100";

rapport_db::row! {
    /// A move into a stage.
    #[derive(Clone, Debug)]
    pub struct Move {
        pub to_stage_id: StageId,
        pub stage: String,
        pub moved_by: Option<String>,
        pub reason: Option<String>,
        pub at: Timestamp,
    }
}

/// The moves of a deal in the order they were made.
pub async fn moves(tx: &TenantTx, deal: DealId) -> Result<Vec<Move>> {
    tx.query(MOVES, &[&tx.workspace(), &deal]).await
}

/// What happened with a deal, newest first.
pub async fn events(tx: &TenantTx, deal: DealId) -> Result<Vec<EventRecord>> {
    tx.query(EVENTS, &[&tx.workspace(), &deal]).await
}
