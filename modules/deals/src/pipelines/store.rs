//! All SQL of pipelines, stages and loss reasons.

use jiff::Timestamp;
use rapport_base::{Result, text};
use rapport_db::{Params, TenantTx};

use super::{LossReason, LossReasonId, Pipeline, PipelineId, Stage, StageId, StageKind};

const PIPELINES: &str = "select id, name, is_default, position, version from deals.pipelines
  where workspace_id = $1 and archived_at is null order by position, id limit 50";
const STAGES: &str = "select s.id, s.pipeline_id, s.name, s.color, s.kind, s.probability, s.position, s.rot_days, s.version
  from deals.stages s where s.workspace_id = $1 and s.archived_at is null
    and exists (select 1 from deals.pipelines p where p.workspace_id = $1 and p.id = s.pipeline_id and p.archived_at is null)
  order by s.pipeline_id, s.position";
const STAGES_OF: &str = "select id, pipeline_id, name, color, kind, probability, position, rot_days, version
  from deals.stages where workspace_id = $1 and pipeline_id = $2 and archived_at is null order by position";
const LOCK_STAGE: &str = "select s.id, s.pipeline_id, s.name, s.color, s.kind, s.probability, s.position, s.rot_days, s.version
  from deals.stages s join deals.pipelines p on p.workspace_id = $1 and p.id = s.pipeline_id and p.archived_at is null
  where s.workspace_id = $1 and s.id = $2 and s.archived_at is null for no key update of s";
const LOCK_PIPELINE: &str = "select id, name, is_default, position, version from deals.pipelines
  where workspace_id = $1 and id = $2 and archived_at is null for no key update";
const LOCK_ALL: &str = "select id from deals.pipelines where workspace_id = $1 order by id for no key update";
const LOCK_STAGES_OF: &str =
    "select id from deals.stages where workspace_id = $1 and pipeline_id = $2 order by id for update";

const INSERT_PIPELINE: &str =
    "insert into deals.pipelines (workspace_id, id, name, position, is_default, created_at, updated_at)
  values ($1, $2, $3, (select coalesce(max(position) + 1, 0) from deals.pipelines where workspace_id = $1),
    not exists (select 1 from deals.pipelines where workspace_id = $1 and is_default), $4, $4)";
const RENAME_PIPELINE: &str = "update deals.pipelines set name = $3, updated_at = $4, version = version + 1 where workspace_id = $1 and id = $2";
const NO_DEFAULT: &str =
    "update deals.pipelines set is_default = false, updated_at = $3, version = version + 1
  where workspace_id = $1 and is_default and id <> $2";
const MAKE_DEFAULT: &str =
    "update deals.pipelines set is_default = true, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and not is_default";
const ARCHIVE_PIPELINE: &str =
    "update deals.pipelines set archived_at = $3, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2";
const OPEN_DEALS: &str =
    "select count(*) from deals.deals d join deals.stages s on s.workspace_id = $1 and s.id = d.stage_id
  where d.workspace_id = $1 and d.pipeline_id = $2 and d.deleted_at is null and s.kind = 'open'";

const INSERT_STAGES: &str =
    "insert into deals.stages (workspace_id, id, pipeline_id, name, color, kind, probability, position,
    rot_days, created_at, updated_at)
  select $1, e.id, $2, e.name, e.color, e.kind, e.probability, e.position, e.rot_days, $3, $3
  from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::int2[], $9::int2[], $10::int2[])
    as e(id, name, color, kind, probability, position, rot_days)";
const UPDATE_STAGE: &str =
    "update deals.stages set name = $3, color = $4, kind = $5, probability = $6, rot_days = $7,
    updated_at = $8, version = version + 1
  where workspace_id = $1 and id = $2";
const ORDER_STAGES: &str =
    "update deals.stages s set position = e.position, updated_at = $3, version = s.version + 1
  from unnest($2::uuid[], $4::int2[]) as e(id, position)
  where s.workspace_id = $1 and s.id = e.id and s.position <> e.position";
const DEALS_IN: &str =
    "select count(*) from deals.deals where workspace_id = $1 and stage_id = $2 and deleted_at is null";
const ARCHIVE_STAGE: &str = "update deals.stages set archived_at = $3, updated_at = $3, version = version + 1,
    position = (select least(min(position), 0) - 1 from deals.stages where workspace_id = $1 and pipeline_id = $4)
  where workspace_id = $1 and id = $2";

const REASONS: &str = "select id, label from deals.loss_reasons where workspace_id = $1 and archived_at is null order by position, label limit 100";
const ADD_REASONS: &str = "insert into deals.loss_reasons (workspace_id, id, label, position, created_at, updated_at)
  select $1, e.id, e.label, (select coalesce(max(position), 0) from deals.loss_reasons where workspace_id = $1) + e.n, $2, $2
  from unnest($3::uuid[], $4::text[]) with ordinality as e(id, label, n)
  on conflict (workspace_id, label) do update set archived_at = null, updated_at = excluded.updated_at";
const RENAME_REASON: &str = "update deals.loss_reasons set label = $3, updated_at = $4 where workspace_id = $1 and id = $2 and archived_at is null";
const ARCHIVE_REASON: &str = "update deals.loss_reasons set archived_at = $3, updated_at = $3 where workspace_id = $1 and id = $2 and archived_at is null";
const REASON_TAKEN: &str =
    "select exists (select 1 from deals.loss_reasons where workspace_id = $1 and label = $2 and id <> $3)";

rapport_db::row! {
    /// A pipeline without its stages.
    #[derive(Clone, Debug)]
    pub struct Head {
        pub id: PipelineId,
        pub name: String,
        pub is_default: bool,
        pub position: i16,
        pub version: i32,
    }
}

/// Every pipeline with its stages, in order.
pub async fn list(tx: &TenantTx) -> Result<Vec<Pipeline>> {
    let workspace = tx.workspace();
    let params: Params = &[&workspace];
    let (heads, stages) =
        futures::join!(tx.query::<Head>(PIPELINES, params), tx.query::<Stage>(STAGES, params));
    let stages = stages?;
    let with_stages = |head: Head| Pipeline {
        stages: stages.iter().filter(|stage| stage.pipeline_id == head.id).cloned().collect(),
        id: head.id,
        name: head.name,
        is_default: head.is_default,
        position: head.position,
        version: head.version,
    };
    Ok(heads?.into_iter().map(with_stages).collect())
}

pub async fn stages_of(tx: &TenantTx, pipeline: PipelineId) -> Result<Vec<Stage>> {
    tx.query(STAGES_OF, &[&tx.workspace(), &pipeline]).await
}

/// A stage in use, held against changes and against other moves into it.
pub async fn lock_stage(tx: &TenantTx, id: StageId) -> Result<Option<Stage>> {
    tx.find(LOCK_STAGE, &[&tx.workspace(), &id]).await
}

pub async fn lock_pipeline(tx: &TenantTx, id: PipelineId) -> Result<Head> {
    tx.get(LOCK_PIPELINE, &[&tx.workspace(), &id]).await
}

/// Holds the set of pipelines against changes.
pub async fn lock_all(tx: &TenantTx) -> Result<()> {
    tx.query::<(PipelineId,)>(LOCK_ALL, &[&tx.workspace()]).await.map(drop)
}

/// Holds the stages of a pipeline against changes and moves.
pub async fn lock_stages_of(tx: &TenantTx, id: PipelineId) -> Result<()> {
    tx.query::<(StageId,)>(LOCK_STAGES_OF, &[&tx.workspace(), &id]).await.map(drop)
}

/// Adds a pipeline without stages; the first of a workspace is its default.
pub async fn insert(tx: &TenantTx, id: PipelineId, name: &str) -> Result<()> {
    tx.execute(INSERT_PIPELINE, &[&tx.workspace(), &id, &name, &tx.now()]).await.map(drop)
}

pub async fn rename(tx: &TenantTx, id: PipelineId, name: &str) -> Result<()> {
    tx.execute(RENAME_PIPELINE, &[&tx.workspace(), &id, &name, &tx.now()]).await.map(drop)
}

pub async fn make_default(tx: &TenantTx, id: PipelineId) -> Result<()> {
    tx.execute(NO_DEFAULT, &[&tx.workspace(), &id, &tx.now()]).await?;
    tx.execute(MAKE_DEFAULT, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

pub async fn archive(tx: &TenantTx, id: PipelineId) -> Result<()> {
    tx.execute(ARCHIVE_PIPELINE, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}

pub async fn open_deals(tx: &TenantTx, id: PipelineId) -> Result<i64> {
    tx.scalar(OPEN_DEALS, &[&tx.workspace(), &id]).await
}

/// Adds stages as they are.
pub async fn insert_stages(tx: &TenantTx, pipeline: PipelineId, stages: &[Stage]) -> Result<()> {
    fn column<T>(stages: &[Stage], value: impl Fn(&Stage) -> T) -> Vec<T> {
        stages.iter().map(value).collect()
    }
    tx.execute(
        INSERT_STAGES,
        &[
            &tx.workspace(),
            &pipeline,
            &tx.now(),
            &column(stages, |s| s.id),
            &column(stages, |s| s.name.clone()),
            &column(stages, |s| s.color.clone()),
            &column(stages, |s| s.kind.as_str()),
            &column(stages, |s| s.probability),
            &column(stages, |s| s.position),
            &column(stages, |s| s.rot_days),
        ],
    )
    .await
    .map(drop)
}

pub async fn update_stage(tx: &TenantTx, stage: &Stage) -> Result<()> {
    tx.execute(
        UPDATE_STAGE,
        &[
            &tx.workspace(),
            &stage.id,
            &stage.name,
            &stage.color,
            &stage.kind.as_str(),
            &stage.probability,
            &stage.rot_days,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

pub async fn order_stages(tx: &TenantTx, order: &[StageId]) -> Result<()> {
    let positions: Vec<i16> = (0..).take(order.len()).collect();
    tx.execute(ORDER_STAGES, &[&tx.workspace(), &order, &tx.now(), &positions]).await.map(drop)
}

pub async fn deals_in(tx: &TenantTx, id: StageId) -> Result<i64> {
    tx.scalar(DEALS_IN, &[&tx.workspace(), &id]).await
}

pub async fn archive_stage(tx: &TenantTx, stage: &Stage, at: Timestamp) -> Result<()> {
    tx.execute(ARCHIVE_STAGE, &[&tx.workspace(), &stage.id, &at, &stage.pipeline_id]).await.map(drop)
}

/// Reasons for losing a deal, in order.
pub async fn reasons(tx: &TenantTx) -> Result<Vec<LossReason>> {
    tx.query(REASONS, &[&tx.workspace()]).await
}

/// Adds reasons; those removed before come back.
pub async fn add_reasons(tx: &TenantTx, labels: &[String]) -> Result<()> {
    let ids: Vec<LossReasonId> = labels.iter().map(|_| LossReasonId::new()).collect();
    tx.execute(ADD_REASONS, &[&tx.workspace(), &tx.now(), &ids, &labels]).await.map(drop)
}

pub async fn rename_reason(tx: &TenantTx, id: LossReasonId, label: &str) -> Result<bool> {
    Ok(tx.execute(RENAME_REASON, &[&tx.workspace(), &id, &label, &tx.now()]).await? == 1)
}

pub async fn archive_reason(tx: &TenantTx, id: LossReasonId) -> Result<bool> {
    Ok(tx.execute(ARCHIVE_REASON, &[&tx.workspace(), &id, &tx.now()]).await? == 1)
}

pub async fn is_reason_taken(tx: &TenantTx, label: &str, except: LossReasonId) -> Result<bool> {
    tx.scalar(REASON_TAKEN, &[&tx.workspace(), &label, &except]).await
}

/// The reason as the list writes it, or as it was typed.
pub async fn reason_as_listed(tx: &TenantTx, typed: &str) -> Result<String> {
    let folded = text::fold(typed);
    let known = reasons(tx).await?.into_iter().find(|reason| text::fold(&reason.label) == folded);
    Ok(known.map_or_else(|| typed.to_owned(), |reason| reason.label))
}

/// A new stage whose pipeline is named when it is written.
pub fn stage(
    name: &str,
    color: &str,
    kind: StageKind,
    probability: i16,
    position: i16,
    rot_days: Option<i16>,
) -> Stage {
    Stage {
        id: StageId::new(),
        pipeline_id: PipelineId(uuid::Uuid::nil()),
        name: name.into(),
        color: color.into(),
        kind,
        probability,
        position,
        rot_days,
        version: 1,
    }
}
