//! Moving deals: from stage to stage, to won and lost and back, and within a column.
//!
//! Stages are locked before deals, here and wherever stages change, so that no two wait for
//! each other. Who holds the stage alone changes its order.

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};
use serde_json::json;
use uuid::Uuid;

use super::{
    Deal, DealId, ProjectChoice, StageMove, access,
    actions::actor,
    rank,
    rules::{self, Turn},
    store::{self, Arrival, Seen},
};
use crate::{
    ClientId, DealLost, DealReopened, DealReordered, DealStageChanged, DealWon, OnWon, Stage, StageId,
    WonDeal, pipelines,
};

/// The code of a move that came second.
pub(crate) const MOVED: &str = "deals.moved_meanwhile";

/// Columns are looked at so far down to find a place.
const DEEPEST: i64 = 500;

/// Moves a deal. Where it already is nothing changes, except its place within the column when
/// one is named; whatever is retried, a deal is won once.
///
/// # Errors
/// Conflict, naming the mover, when somebody moved it since the version that was seen;
/// invalid when losing lacks a reason or leaving won a word on the project.
pub async fn move_deal(cx: &Cx, id: DealId, to: StageMove, seen: &Seen) -> Result<Deal> {
    validate(&to)?;
    let tx = cx.begin().await?;
    let unknown = || Refusal::field("stage_id", "unknown", "Choose a stage of one of your pipelines.");
    let stage = pipelines::store::lock_stage(&tx, to.stage_id).await?;
    store::lock(&tx, id).await?;
    let deal = store::seen(&tx, id, access::only(cx)).await?.ok_or_else(Refusal::not_found)?;
    if deal.stage_id == to.stage_id {
        return stay(cx, tx, deal, to.position, seen).await;
    }
    let stage = stage.ok_or_else(unknown)?;
    if to.version.is_some_and(|version| version < deal.moved_version) {
        return Err(moved_meanwhile(cx, &deal).into());
    }
    let turn = rules::turn(
        deal.stage.kind,
        stage.kind,
        to.lost_reason.as_deref(),
        deal.project_id.is_some(),
        to.project,
    )?;
    let on_won: Option<OnWon> = cx.app.parts.find();
    go(&tx, &deal, &stage, turn, &to, seen, on_won).await?;
    let deal = access::shown(cx, store::get(&tx, id).await?);
    tx.commit().await?;
    Ok(deal)
}

fn moved_meanwhile(cx: &Cx, deal: &Deal) -> Refusal {
    let who = deal.moved_by.as_deref().unwrap_or("Someone");
    let at = cx.fmt().time(deal.stage_entered_at);
    let message = format!(
        "{who} moved {} to {} first, at {at}. Look at it there, then move it again.",
        deal.title, deal.stage.name
    );
    Refusal::conflict(MOVED, message)
}

/// The deal is there already: at most its place in an open column changes.
async fn stay(cx: &Cx, tx: TenantTx, deal: Deal, position: Option<i64>, seen: &Seen) -> Result<Deal> {
    if let Some(position) = position.filter(|_| !deal.stage.kind.is_closed()) {
        let rank = place(&tx, deal.stage_id, deal.id, position, seen).await?;
        store::set_rank(&tx, deal.id, &rank).await?;
        tx.publish(&DealReordered { deal_id: deal.id.uuid(), stage_id: deal.stage_id.uuid() });
        tx.commit().await?;
    }
    Ok(access::shown(cx, deal))
}

async fn go(
    tx: &TenantTx,
    deal: &Deal,
    stage: &Stage,
    turn: Turn,
    to: &StageMove,
    seen: &Seen,
    on_won: Option<OnWon>,
) -> Result<()> {
    let rank = match stage.kind.is_closed() {
        true => None,
        false => Some(place(tx, stage.id, deal.id, to.position.unwrap_or(0), seen).await?),
    };
    let kept = deal.project_id.filter(|_| to.project != Some(ProjectChoice::Unlink) || turn == Turn::Along);
    let project = match (&turn, kept, on_won) {
        (Turn::Won, None, Some(OnWon(open))) => open(tx, won_deal(deal, stage, to.template_id)).await?,
        _ => kept,
    };
    let reason = match &turn {
        Turn::Lost(typed) => Some(pipelines::store::reason_as_listed(tx, typed).await?),
        Turn::Along => deal.lost_reason.clone(),
        Turn::Won | Turn::Reopened => None,
    };
    let closed_at = match &turn {
        Turn::Along => deal.closed_at,
        Turn::Won | Turn::Lost(_) => Some(tx.now()),
        Turn::Reopened => None,
    };
    let arrival = Arrival {
        pipeline: stage.pipeline_id,
        stage: stage.id,
        rank,
        by: actor(tx),
        closed_at,
        lost_reason: reason.clone(),
        project,
    };
    store::put_into_stage(tx, deal.id, &arrival).await?;
    let value = deal.value_cents.unwrap_or(0);
    let left = (deal.stage_id, deal.stage_entered_at);
    let told = reason.as_deref().filter(|_| matches!(turn, Turn::Lost(_)));
    store::record(tx, deal.id, Some(left), stage.id, value, told, actor(tx)).await?;
    publish(tx, deal, stage, &turn, to, &arrival);
    Ok(())
}

fn won_deal(deal: &Deal, stage: &Stage, template_id: Option<Uuid>) -> WonDeal {
    WonDeal {
        deal_id: deal.id,
        client_id: deal.client_id,
        title: deal.title.clone(),
        value_cents: deal.value_cents.unwrap_or(0),
        currency: deal.currency,
        pipeline_id: stage.pipeline_id,
        template_id,
        assigned_to: deal.assigned_to,
        description: deal.description.clone(),
    }
}

fn publish(tx: &TenantTx, deal: &Deal, stage: &Stage, turn: &Turn, to: &StageMove, arrival: &Arrival) {
    let (deal_id, client_id, title) = (deal.id.uuid(), deal.client_id.uuid(), deal.title.clone());
    let before = Some(json!({ "stage": deal.stage.name, "closed_at": deal.closed_at }));
    let after = Some(
        json!({ "stage": stage.name, "closed_at": arrival.closed_at, "lost_reason": arrival.lost_reason }),
    );
    match turn {
        Turn::Along => tx.publish(&DealStageChanged {
            deal_id,
            client_id,
            title,
            from_stage_id: deal.stage_id.uuid(),
            from: deal.stage.name.clone(),
            to_stage_id: stage.id.uuid(),
            to: stage.name.clone(),
            pipeline_id: stage.pipeline_id.uuid(),
        }),
        Turn::Won => {
            let event = DealWon {
                deal_id,
                client_id,
                title,
                value_cents: deal.value_cents.unwrap_or(0),
                currency: deal.currency,
                pipeline_id: stage.pipeline_id.uuid(),
                from_stage_id: deal.stage_id.uuid(),
                template_id: to.template_id,
                assigned_to: deal.assigned_to.map(|member| member.uuid()),
                description: deal.description.clone(),
                project_id: arrival.project,
            };
            tx.publish_change(&event, before, after);
        }
        Turn::Lost(_) => {
            let event = DealLost {
                deal_id,
                client_id,
                title,
                reason: arrival.lost_reason.clone().unwrap_or_default(),
                from_stage_id: deal.stage_id.uuid(),
                value_cents: deal.value_cents.unwrap_or(0),
                currency: deal.currency,
            };
            tx.publish_change(&event, before, after);
        }
        Turn::Reopened => {
            let event = DealReopened {
                deal_id,
                client_id,
                title,
                was: deal.stage.kind.as_str().into(),
                to_stage_id: stage.id.uuid(),
                to: stage.name.clone(),
                project_id: deal.project_id,
                project_kept: arrival.project.is_some(),
            };
            tx.publish_change(&event, before, after);
        }
    }
}

/// A rank at a place of the column as the mover sees it; the column is spread anew when there
/// is no room. The stage must be held.
async fn place(tx: &TenantTx, stage: StageId, deal: DealId, position: i64, seen: &Seen) -> Result<String> {
    let position = position.clamp(0, DEEPEST);
    let shown = store::ranks(tx, stage, deal, seen, position + 1).await?;
    let at = usize::try_from(position).unwrap_or_default();
    let (before, after) = match at {
        0 => (None, shown.first()),
        at if at <= shown.len() => (shown.get(at - 1), shown.get(at)),
        _ => (shown.last(), None),
    };
    // Below the last card that is seen there may be cards that are not.
    if let Some(rank) = rank::between(before.map(|(_, r)| r.as_str()), after.map(|(_, r)| r.as_str())) {
        return Ok(rank);
    }
    let column = store::column(tx, stage, deal).await?;
    let index = match before {
        Some((id, _)) => column.iter().position(|other| other == id).map_or(column.len(), |found| found + 1),
        None => 0,
    };
    spread(tx, &column, index).await
}

/// Gives every card of a column a new rank and returns the one left free at `gap`.
async fn spread(tx: &TenantTx, column: &[DealId], gap: usize) -> Result<String> {
    let mut ranks = rank::spread(column.len() + 1);
    let free = ranks.remove(gap.min(column.len()));
    store::set_ranks(tx, column, &ranks).await?;
    Ok(free)
}

/// A rank at the top of a column that has no room there.
pub(crate) async fn spread_for_top(tx: &TenantTx, stage: StageId, new: DealId) -> Result<String> {
    let column = store::column(tx, stage, new).await?;
    spread(tx, &column, 0).await
}

/// Moves every deal out of a stage that goes, into another one of its kind. Both stages must be held.
pub(crate) async fn empty(tx: &TenantTx, from: &Stage, to: &Stage) -> Result<()> {
    let deals = store::in_stage(tx, from.id).await?;
    store::empty(tx, from.id, to.id, &deals, actor(tx)).await?;
    for deal in deals {
        tx.publish(&DealStageChanged {
            deal_id: deal.id.uuid(),
            client_id: ClientId::uuid(deal.client_id),
            title: deal.title,
            from_stage_id: from.id.uuid(),
            from: from.name.clone(),
            to_stage_id: to.id.uuid(),
            to: to.name.clone(),
            pipeline_id: to.pipeline_id.uuid(),
        });
    }
    Ok(())
}
