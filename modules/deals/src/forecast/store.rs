//! All SQL of the forecast.

use jiff::{Timestamp, civil::Date};
use rapport_base::{Currency, MemberId, Result};
use rapport_db::TenantTx;

use crate::{PipelineId, StageKind};

const OPEN: &str =
    "select date_trunc('month', d.expected_close_date::timestamp)::date as month, d.currency, d.assigned_to,
    m.name as assigned_name, count(*) as count, sum(d.value_cents)::bigint as value_cents,
    (sum(d.value_cents * coalesce(d.probability, s.probability)) / 100)::bigint as weighted_cents
  from deals.deals d
  join deals.stages s on s.workspace_id = $1 and s.id = d.stage_id and s.kind = 'open'
  join clients.v_clients c on c.workspace_id = $1 and c.id = d.client_id and c.deleted_at is null
  left join identity.v_members m on m.workspace_id = $1 and m.id = d.assigned_to
  where d.workspace_id = $1 and d.deleted_at is null
    and ($2::uuid is null or d.pipeline_id = $2) and ($3::uuid is null or d.assigned_to = $3)
  group by 1, d.currency, d.assigned_to, m.name order by 1, m.name";
const RECENT: &str = "select s.kind, count(*) as count,
    coalesce(sum(d.value_cents) filter (where d.currency = $4), 0)::bigint as value_cents,
    coalesce(avg(extract(epoch from d.closed_at - d.created_at)), 0)::bigint as cycle_seconds
  from deals.deals d
  join deals.stages s on s.workspace_id = $1 and s.id = d.stage_id and s.kind in ('won', 'lost')
  join clients.v_clients c on c.workspace_id = $1 and c.id = d.client_id and c.deleted_at is null
  where d.workspace_id = $1 and d.deleted_at is null and d.closed_at >= $5
    and ($2::uuid is null or d.pipeline_id = $2) and ($3::uuid is null or d.assigned_to = $3)
  group by s.kind";

rapport_db::row! {
    /// Open deals of one month, member and currency.
    #[derive(Clone, Debug)]
    pub struct OpenRow {
        pub month: Option<Date>,
        pub currency: Currency,
        pub assigned_to: Option<MemberId>,
        pub assigned_name: Option<String>,
        pub count: i64,
        pub value_cents: i64,
        pub weighted_cents: i64,
    }
}

rapport_db::row! {
    /// Deals that ended one way.
    #[derive(Clone, Debug)]
    pub struct RecentRow {
        pub kind: StageKind,
        pub count: i64,
        pub value_cents: i64,
        pub cycle_seconds: i64,
    }
}

pub async fn open(
    tx: &TenantTx,
    pipeline: Option<PipelineId>,
    assigned: Option<MemberId>,
) -> Result<Vec<OpenRow>> {
    tx.query(OPEN, &[&tx.workspace(), &pipeline, &assigned]).await
}

pub async fn recent(
    tx: &TenantTx,
    pipeline: Option<PipelineId>,
    assigned: Option<MemberId>,
    currency: Currency,
    since: Timestamp,
) -> Result<Vec<RecentRow>> {
    tx.query(RECENT, &[&tx.workspace(), &pipeline, &assigned, &currency, &since]).await
}
