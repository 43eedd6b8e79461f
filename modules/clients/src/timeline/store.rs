//! Reads the spine for one client.

use jiff::Timestamp;
use rapport_base::{Limit, Result};
use rapport_db::{EventRecord, TenantTx};
use uuid::Uuid;

use crate::ClientId;

const LIST: &str = "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id,
    actor_name, payload, at
  from spine.events
  where workspace_id = $1 and client_id = $2 and kind = any($3)
    and ($4::uuid[] is null or project_id is null or project_id = any($4))
  order by at desc, id desc limit $5";
const LIST_AFTER: &str = "select workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id,
    actor_name, payload, at
  from spine.events
  where workspace_id = $1 and client_id = $2 and kind = any($3)
    and ($4::uuid[] is null or project_id is null or project_id = any($4))
    and (at, id) < ($6, $7)
  order by at desc, id desc limit $5";
const COUNT: &str = "select count(*) from (select 1 from spine.events
  where workspace_id = $1 and client_id = $2 and kind = any($3)
    and ($4::uuid[] is null or project_id is null or project_id = any($4)) limit 1001) as counted";

/// Which events.
pub(crate) struct Filter<'a> {
    pub client: ClientId,
    pub kinds: &'a [&'static str],
    /// Only those of these projects or of none.
    pub projects: Option<&'a [Uuid]>,
}

pub(crate) async fn list(
    tx: &TenantTx,
    filter: &Filter<'_>,
    mark: Option<(Timestamp, Uuid)>,
    limit: Limit,
) -> Result<Vec<EventRecord>> {
    let (workspace, fetch) = (tx.workspace(), limit.fetch());
    match mark {
        None => tx.query(LIST, &[&workspace, &filter.client, &filter.kinds, &filter.projects, &fetch]).await,
        Some((at, id)) => {
            tx.query(
                LIST_AFTER,
                &[&workspace, &filter.client, &filter.kinds, &filter.projects, &fetch, &at, &id],
            )
            .await
        }
    }
}

pub(crate) async fn count(tx: &TenantTx, filter: &Filter<'_>) -> Result<i64> {
    tx.scalar(COUNT, &[&tx.workspace(), &filter.client, &filter.kinds, &filter.projects]).await
}
