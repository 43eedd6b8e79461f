//! Changing what counts how much.

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_queue::{Enqueue, enqueue};
use rapport_web::{Cx, validate};
use serde_json::json;

use super::{Settings, SettingsInput, store};
use crate::{
    Cause,
    events::HealthSettingsChanged,
    health::{
        actions::read,
        rules::{Level, weigh},
        store as scores,
    },
    jobs::RecalculateAll,
};

/// Refuses what cannot be weighed by.
pub(crate) fn check(input: &SettingsInput) -> Result<()> {
    validate(input)?;
    if input.at_risk_from >= input.healthy_from {
        return Err(
            Refusal::field("at_risk_from", "out_of_order", "“At risk” begins below “healthy”.").into()
        );
    }
    let judging =
        input.communication_weight + input.delivery_weight + input.payment_weight + input.engagement_weight;
    if judging == 0 {
        let message = "Give at least one of payment, delivery, communication and engagement some weight.";
        return Err(Refusal::field("payment_weight", "nothing_weighs", message).into());
    }
    Ok(())
}

/// Changes weights and thresholds, and has every client calculated anew.
pub(crate) async fn save(cx: &Cx, input: &SettingsInput, seen: Option<i32>) -> Result<Settings> {
    check(input)?;
    let tx = cx.begin().await?;
    let before = store::get(&tx).await?;
    let Some(revision) = store::save(&tx, input, cx.member.id, seen).await? else {
        return Err(Refusal::stale().into());
    };
    let after = store::get(&tx).await?;
    tx.publish_change(
        &HealthSettingsChanged { workspace_id: cx.workspace_id().uuid(), revision },
        Some(facts(&before)),
        Some(facts(&after)),
    );
    enqueue(&tx, &RecalculateAll { cause: Cause::Settings }, Enqueue::key("settings")).await?;
    tx.commit().await?;
    Ok(after)
}

fn facts(settings: &Settings) -> serde_json::Value {
    json!({
        "communication_weight": settings.communication_weight, "delivery_weight": settings.delivery_weight,
        "payment_weight": settings.payment_weight, "engagement_weight": settings.engagement_weight,
        "relationship_weight": settings.relationship_weight, "healthy_from": settings.healthy_from,
        "at_risk_from": settings.at_risk_from, "hysteresis": settings.hysteresis,
    })
}

/// A client whose level settings would change.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub name: String,
    pub score: i16,
    pub new_score: i16,
    pub level: Level,
    pub new_level: Level,
}

/// What settings would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    pub clients: usize,
    pub before: [usize; 3],
    pub after: [usize; 3],
    pub moved: Vec<Moved>,
}

/// What settings would do to the clients, from the factors known now; nothing is kept.
pub(crate) async fn preview(tx: &TenantTx, input: &SettingsInput) -> Result<Effect> {
    let settings = Settings {
        communication_weight: input.communication_weight,
        delivery_weight: input.delivery_weight,
        payment_weight: input.payment_weight,
        engagement_weight: input.engagement_weight,
        relationship_weight: input.relationship_weight,
        healthy_from: input.healthy_from,
        at_risk_from: input.at_risk_from,
        hysteresis: input.hysteresis,
        ..Settings::default()
    };
    let place = |level: Level| match level {
        Level::Healthy => 0,
        Level::AtRisk => 1,
        Level::Critical => 2,
    };
    let mut effect = Effect::default();
    for (_, name, score, risk, factors) in scores::all(tx).await? {
        let Some(level) = Level::parse(&risk) else { continue };
        let new_score = weigh(read(&factors), &settings.weights()).map_or(score, |health| health.score);
        let new_level = settings.thresholds().level(new_score, Some(level));
        effect.clients += 1;
        effect.before[place(level)] += 1;
        effect.after[place(new_level)] += 1;
        if level != new_level {
            effect.moved.push(Moved { name, score, new_score, level, new_level });
        }
    }
    Ok(effect)
}
