//! Calculating the health of clients.

use clients::ClientId;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rapport_base::{Result, clock};
use rapport_db::TenantTx;

use super::{
    Cause, ClientHealth, Factor, PastHealth, facts,
    measures::findings,
    rules::{Judgement, Level, judge, matters, reason},
    store::{self, Current, Kept, NewScore},
};
use crate::{HealthCalculated, HealthChanged, settings};

/// Every client is looked at again after that time at the latest.
const DUE: SignedDuration = SignedDuration::from_hours(24);
/// History shown.
pub(crate) const SHOWN: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Calculates the health of some clients within the caller's transaction: keeps what changed,
/// puts it on the clients, and tells of it. Clients in the bin and former ones keep what they had.
///
/// # Errors
/// A bug when the database refuses.
pub async fn recalculate_in(tx: &TenantTx, clients: &[ClientId], cause: Cause) -> Result<()> {
    let now = tx.now();
    let (settings, zone, current) =
        futures::join!(settings::store::get(tx), store::zone(tx), store::current_locked(tx, clients));
    let (settings, current) = (settings?, current?);
    let today = now.to_zoned(clock::zone(&zone?)).date();
    let facts = facts::gather(tx, clients, today, now).await?;
    let mut kept = Vec::new();
    for (client, facts) in &facts {
        let Some(health) = judge(findings(facts), &settings.weights()) else { continue };
        let before = current.iter().find(|row| row.client_id == *client);
        let so_far = before.and_then(|row| Level::parse(&row.risk_level));
        let level = settings.thresholds().level(health.score, so_far);
        let changed = before.is_none_or(|row| differs(row, &health, level));
        if changed || cause == Cause::Daily {
            kept.push((
                NewScore {
                    client_id: *client,
                    score: health.score,
                    confidence: health.confidence,
                    risk_level: level.as_str(),
                    factors: serde_json::to_value(&health.factors)?,
                },
                changed,
            ));
        }
        if changed {
            tell(tx, *client, before, so_far, &health, level);
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    let scores: Vec<NewScore> = kept.iter().map(|(score, _)| score.clone()).collect();
    let how = Kept { day: today, cause, settings_revision: settings.revision, now, due_at: now + DUE };
    store::save(tx, &scores, &how).await?;
    for (score, _) in kept.iter().filter(|(_, changed)| *changed) {
        clients::set_health(tx, score.client_id, Some(score.score), Some(score.risk_level)).await?;
    }
    Ok(())
}

fn differs(before: &Current, after: &Judgement, level: Level) -> bool {
    let scores = |factors: &[Factor]| factors.iter().map(|f| (f.score, f.weight)).collect::<Vec<_>>();
    before.score != after.score
        || before.confidence != after.confidence
        || before.risk_level != level.as_str()
        || scores(&read(&before.factors)) != scores(&after.factors)
}

fn tell(
    tx: &TenantTx,
    client: ClientId,
    before: Option<&Current>,
    so_far: Option<Level>,
    after: &Judgement,
    level: Level,
) {
    let client_id = client.uuid();
    tx.publish(&HealthCalculated { client_id, score: after.score });
    let from = before.map(|row| row.score);
    if matters(from.zip(so_far), (after.score, level)) {
        tx.publish(&HealthChanged {
            client_id,
            from,
            to: after.score,
            level_from: so_far.map(|level| level.as_str().into()),
            level_to: level.as_str().into(),
            reason: before.map(|row| reason(&read(&row.factors), &after.factors)).unwrap_or_default(),
        });
    }
}

/// Factors as they were kept.
pub(crate) fn read(factors: &serde_json::Value) -> Vec<Factor> {
    serde_json::from_value(factors.clone()).unwrap_or_default()
}

/// The health of a client with its history.
pub(crate) async fn health(tx: &TenantTx, client: ClientId, now: Timestamp) -> Result<ClientHealth> {
    let (current, history) = futures::join!(store::find(tx, client), store::history(tx, client, now - SHOWN));
    let (current, history) = (current?, history?);
    let history = history.into_iter().map(|row| PastHealth {
        day: row.day,
        computed_at: row.computed_at,
        score: row.score,
        confidence: row.confidence,
        risk_level: row.risk_level,
        cause: row.cause,
        cause_event_id: row.cause_event_id,
        factors: read(&row.factors),
    });
    Ok(ClientHealth {
        client_id: client,
        score: current.as_ref().map(|row| row.score),
        previous_score: current.as_ref().and_then(|row| row.previous_score),
        confidence: current.as_ref().map_or(0, |row| row.confidence),
        risk_level: current.as_ref().map(|row| row.risk_level.clone()),
        risk_level_since: current.as_ref().map(|row| row.risk_level_since),
        computed_at: current.as_ref().map(|row| row.computed_at),
        factors: current.as_ref().map(|row| read(&row.factors)).unwrap_or_default(),
        history: history.collect(),
    })
}

/// What the measures say where there is no score yet.
pub(crate) async fn sentences(tx: &TenantTx, client: ClientId, now: Timestamp) -> Result<Vec<Factor>> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let clients = [client];
    let (settings, facts) = futures::join!(settings::store::get(tx), facts::gather(tx, &clients, today, now));
    let (settings, facts) = (settings?, facts?);
    let findings = facts.first().map(|(_, facts)| findings(facts)).unwrap_or_default();
    Ok(findings
        .into_iter()
        .map(|finding| Factor {
            weight: settings.weights().of(finding.measure.name()),
            name: finding.measure.name().into(),
            score: finding.score,
            points: 0,
            sentence: finding.sentence,
            evidence: finding.evidence,
        })
        .collect())
}
