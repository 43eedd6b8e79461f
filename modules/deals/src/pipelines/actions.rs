//! What is done with pipelines, stages and loss reasons.
//!
//! Locks are taken in one order everywhere: pipelines, then stages, then deals.

use rapport_base::{Error, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};

use super::{
    LossReasonId, NewPipeline, NewStage, Pipeline, PipelineChange, PipelineId, Stage, StageChange, StageId,
    StageKind, defaults, rules, store,
};
use crate::{PipelineChanged, deals};

fn changed(tx: &TenantTx, pipeline: Option<PipelineId>, what: impl Into<String>) {
    let event = PipelineChanged { pipeline_id: pipeline.map(PipelineId::uuid), what: what.into() };
    tx.publish_change(&event, None, None);
}

async fn pipeline(tx: &TenantTx, id: PipelineId) -> Result<Pipeline> {
    store::list(tx).await?.into_iter().find(|p| p.id == id).ok_or_else(|| Refusal::not_found().into())
}

/// Adds a pipeline with the usual stages.
///
/// # Errors
/// Invalid name; too many pipelines.
pub async fn create(cx: &Cx, input: NewPipeline) -> Result<Pipeline> {
    validate(&input)?;
    let name = rules::name(&input.name, "pipeline")?;
    let tx = cx.begin().await?;
    store::lock_all(&tx).await?;
    if store::list(&tx).await?.len() >= 20 {
        return Err(
            Refusal::conflict("pipelines.too_many", "Twenty pipelines are the most there can be.").into()
        );
    }
    let id = PipelineId::new();
    store::insert(&tx, id, &name).await?;
    store::insert_stages(&tx, id, &defaults::stages()).await?;
    changed(&tx, Some(id), format!("added the pipeline {name}"));
    let made = pipeline(&tx, id).await?;
    tx.commit().await?;
    Ok(made)
}

/// Renames a pipeline or makes it the default one.
///
/// # Errors
/// Invalid name; stale when someone changed it meanwhile.
pub async fn update(cx: &Cx, id: PipelineId, change: PipelineChange, seen: Option<i32>) -> Result<Pipeline> {
    validate(&change)?;
    let tx = cx.begin().await?;
    store::lock_all(&tx).await?;
    let head = store::lock_pipeline(&tx, id).await?;
    if seen.is_some_and(|seen| seen != head.version) {
        return Err(Refusal::stale().into());
    }
    if let Some(name) = &change.name {
        let name = rules::name(name, "pipeline")?;
        if name != head.name {
            store::rename(&tx, id, &name).await?;
            changed(&tx, Some(id), format!("renamed the pipeline {} to {name}", head.name));
        }
    }
    match change.is_default {
        Some(true) if !head.is_default => {
            store::make_default(&tx, id).await?;
            changed(&tx, Some(id), format!("made {} the pipeline of new deals", head.name));
        }
        Some(false) if head.is_default => {
            return Err(Refusal::field(
                "is_default",
                "needed",
                "Make another pipeline the default one instead.",
            )
            .into());
        }
        _ => {}
    }
    let made = pipeline(&tx, id).await?;
    tx.commit().await?;
    Ok(made)
}

/// Removes a pipeline; its closed deals stay in the list.
///
/// # Errors
/// Conflict when it is the default one or deals are on their way in it.
pub async fn delete(cx: &Cx, id: PipelineId) -> Result<()> {
    let tx = cx.begin().await?;
    store::lock_all(&tx).await?;
    let head = store::lock_pipeline(&tx, id).await?;
    if head.is_default {
        return Err(Refusal::conflict(
            "pipelines.is_default",
            "This is the pipeline of new deals. Make another one the default first.",
        )
        .into());
    }
    store::lock_stages_of(&tx, id).await?;
    let open = store::open_deals(&tx, id).await?;
    if open > 0 {
        let message = format!("{open} open deals are in {}. Move or close them first.", head.name);
        return Err(Refusal::conflict("pipelines.in_use", message).into());
    }
    store::archive(&tx, id).await?;
    changed(&tx, Some(id), format!("removed the pipeline {}", head.name));
    tx.commit().await
}

/// Adds a stage.
///
/// # Errors
/// Invalid details; too many stages.
pub async fn create_stage(cx: &Cx, id: PipelineId, input: NewStage) -> Result<Stage> {
    validate(&input)?;
    let made = Stage {
        id: StageId::new(),
        pipeline_id: id,
        name: rules::name(&input.name, "stage")?,
        color: rules::color(input.color.as_deref(), input.kind)?,
        kind: input.kind,
        probability: rules::probability(input.kind, input.probability)?,
        position: 0,
        rot_days: input.rot_days.filter(|_| input.kind == StageKind::Open),
        version: 1,
    };
    let tx = cx.begin().await?;
    store::lock_pipeline(&tx, id).await?;
    let mut stages = store::stages_of(&tx, id).await?;
    if stages.len() >= rules::MOST_STAGES {
        return Err(
            Refusal::conflict("stages.too_many", "Thirty stages are the most a pipeline can have.").into()
        );
    }
    let last = stages.last().map_or(0, |stage| stage.position + 1);
    store::insert_stages(&tx, id, &[Stage { position: last, ..made.clone() }]).await?;
    stages.push(made.clone());
    let after_open = stages.iter().filter(|s| !s.kind.is_closed() && s.id != made.id).count();
    let wished = input.position.and_then(|at| usize::try_from(at).ok());
    let at = wished.unwrap_or(if made.kind.is_closed() { stages.len() } else { after_open });
    store::order_stages(&tx, &rules::reordered(&stages, made.id, at)).await?;
    changed(&tx, Some(id), format!("added the stage {}", made.name));
    let made = found(store::stages_of(&tx, id).await?, made.id)?;
    tx.commit().await?;
    Ok(made)
}

fn found(stages: Vec<Stage>, id: StageId) -> Result<Stage> {
    stages.into_iter().find(|stage| stage.id == id).ok_or_else(|| Error::from(Refusal::not_found()))
}

/// Changes a stage or its place.
///
/// # Errors
/// Invalid details; another kind while deals are in it; stale when someone changed it meanwhile.
pub async fn update_stage(cx: &Cx, id: StageId, change: StageChange, seen: Option<i32>) -> Result<Stage> {
    validate(&change)?;
    let tx = cx.begin().await?;
    let was = store::lock_stage(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    if seen.is_some_and(|seen| seen != was.version) {
        return Err(Refusal::stale().into());
    }
    let stages = store::stages_of(&tx, was.pipeline_id).await?;
    let kind = change.kind.unwrap_or(was.kind);
    if kind != was.kind {
        rules::may_go(&stages, id)?;
        if store::deals_in(&tx, id).await? > 0 {
            let message = "Deals are in this stage: what it means can only change while it is empty.";
            return Err(Refusal::field("kind", "in_use", message).into());
        }
    }
    let wished = change.probability.or((kind == was.kind).then_some(was.probability));
    let now = Stage {
        name: match &change.name {
            Some(name) => rules::name(name, "stage")?,
            None => was.name.clone(),
        },
        color: rules::color(change.color.as_deref().or(Some(&was.color)), kind)?,
        probability: rules::probability(kind, wished)?,
        rot_days: change.rot_days.unwrap_or(was.rot_days).filter(|_| kind == StageKind::Open),
        kind,
        ..was.clone()
    };
    store::update_stage(&tx, &now).await?;
    let to = change.position.and_then(|at| usize::try_from(at).ok());
    let place = to.or_else(|| stages.iter().position(|stage| stage.id == id)).unwrap_or_default();
    let stages: Vec<Stage> =
        stages.into_iter().map(|stage| if stage.id == id { now.clone() } else { stage }).collect();
    store::order_stages(&tx, &rules::reordered(&stages, id, place)).await?;
    let words = if now.name == was.name {
        format!("changed the stage {}", was.name)
    } else {
        format!("renamed the stage {} to {}", was.name, now.name)
    };
    changed(&tx, Some(was.pipeline_id), words);
    let now = found(store::stages_of(&tx, was.pipeline_id).await?, id)?;
    tx.commit().await?;
    Ok(now)
}

/// Removes a stage; deals in it move to another one of the same pipeline and kind.
///
/// # Errors
/// Conflict when it is the last of its kind; invalid when deals are in it and no fitting
/// stage was named for them.
pub async fn delete_stage(cx: &Cx, id: StageId, move_to: Option<StageId>) -> Result<()> {
    let tx = cx.begin().await?;
    let head = store::lock_stage(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    store::lock_stages_of(&tx, head.pipeline_id).await?;
    let stages = store::stages_of(&tx, head.pipeline_id).await?;
    rules::may_go(&stages, id)?;
    let fits = |stage: &&Stage| stage.id != id && stage.kind == head.kind;
    let target = match move_to {
        Some(wished) => stages.iter().filter(fits).find(|stage| stage.id == wished),
        None if store::deals_in(&tx, id).await? == 0 => stages.iter().find(fits),
        None => None,
    };
    let Some(target) = target else {
        let message = format!(
            "Deals are in this stage. Say which other {} stage of this pipeline they move to.",
            head.kind.as_str()
        );
        return Err(Refusal::field("move_to", "required", message).into());
    };
    deals::stage::empty(&tx, &head, target).await?;
    store::archive_stage(&tx, &head, tx.now()).await?;
    let order: Vec<StageId> = stages.iter().map(|stage| stage.id).filter(|other| *other != id).collect();
    store::order_stages(&tx, &order).await?;
    changed(&tx, Some(head.pipeline_id), format!("removed the stage {}", head.name));
    tx.commit().await
}

/// Adds a reason for losing a deal.
///
/// # Errors
/// Invalid label.
pub async fn add_reason(cx: &Cx, label: &str) -> Result<()> {
    let label = reason(label)?;
    let tx = cx.begin().await?;
    if store::reasons(&tx).await?.len() >= 50 {
        return Err(
            Refusal::conflict("loss_reasons.too_many", "Fifty reasons are the most there can be.").into()
        );
    }
    changed(&tx, None, format!("added the loss reason {label}"));
    store::add_reasons(&tx, &[label]).await?;
    tx.commit().await
}

/// Renames a reason; deals lost before keep the words they were lost with.
///
/// # Errors
/// Invalid or taken label; not found.
pub async fn rename_reason(cx: &Cx, id: LossReasonId, label: &str) -> Result<()> {
    let label = reason(label)?;
    let tx = cx.begin().await?;
    if store::is_reason_taken(&tx, &label, id).await? {
        return Err(Refusal::field("label", "taken", "This reason is or was on the list already.").into());
    }
    if !store::rename_reason(&tx, id, &label).await? {
        return Err(Refusal::not_found().into());
    }
    changed(&tx, None, format!("renamed a loss reason to {label}"));
    tx.commit().await
}

/// Removes a reason from the list.
///
/// # Errors
/// Not found.
pub async fn remove_reason(cx: &Cx, id: LossReasonId) -> Result<()> {
    let tx = cx.begin().await?;
    let known = store::reasons(&tx)
        .await?
        .into_iter()
        .find(|reason| reason.id == id)
        .ok_or_else(Refusal::not_found)?;
    store::archive_reason(&tx, id).await?;
    changed(&tx, None, format!("removed the loss reason {}", known.label));
    tx.commit().await
}

fn reason(typed: &str) -> Result<String> {
    let label =
        text::clean_line(typed).ok_or_else(|| Refusal::field("label", "required", "Write the reason."))?;
    if label.chars().count() > 100 {
        return Err(Refusal::field("label", "too_long", "At most 100 characters.").into());
    }
    Ok(label)
}
