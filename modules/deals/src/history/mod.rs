//! How a deal went through its stages, and what else happened with it.

pub(crate) mod api;
pub(crate) mod store;

use jiff::{SignedDuration, Timestamp};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_web::Cx;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{DealId, StageId};

/// One stay in a stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Stay {
    /// The stage.
    pub stage_id: StageId,
    /// Its name.
    pub stage: String,
    /// When the deal entered it.
    #[schema(value_type = String, format = "date-time")]
    pub entered_at: Timestamp,
    /// When it left; null while it is there.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub left_at: Option<Timestamp>,
    /// How long it was or has been there.
    pub seconds: i64,
    /// Who moved it there.
    pub moved_by: Option<String>,
    /// Why, when it was lost.
    pub reason: Option<String>,
}

/// The stays of a deal, newest first, out of its moves in the order they were made.
#[must_use]
pub fn stays(moves: Vec<store::Move>, now: Timestamp) -> Vec<Stay> {
    let ends: Vec<Option<Timestamp>> = moves.iter().skip(1).map(|next| Some(next.at)).chain([None]).collect();
    let stay = |(entered, left_at): (store::Move, Option<Timestamp>)| Stay {
        stage_id: entered.to_stage_id,
        stage: entered.stage,
        entered_at: entered.at,
        left_at,
        seconds: left_at.unwrap_or(now).duration_since(entered.at).max(SignedDuration::ZERO).as_secs(),
        moved_by: entered.moved_by,
        reason: entered.reason,
    };
    let mut stays: Vec<Stay> = moves.into_iter().zip(ends).map(stay).collect();
    stays.reverse();
    stays
}

/// The stays of a deal, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn of(tx: &TenantTx, deal: DealId) -> Result<Vec<Stay>> {
    Ok(stays(store::moves(tx, deal).await?, tx.now()))
}

/// Something that happened with a deal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Happening {
    /// Id.
    pub id: Uuid,
    /// Frozen name: `deal.won`.
    pub kind: String,
    /// What happened, to be read after the actor's name.
    pub summary: String,
    /// Who did it; null for Rapport itself.
    pub actor: Option<String>,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// Icon on the page.
    #[serde(skip)]
    pub icon: &'static str,
}

/// What happened with a deal, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn happenings(cx: &Cx, tx: &TenantTx, deal: DealId) -> Result<Vec<Happening>> {
    let rows = store::events(tx, deal).await?;
    Ok(rows.into_iter().map(|row| happening(cx, row)).collect())
}

fn happening(cx: &Cx, row: EventRecord) -> Happening {
    let info = cx.app.event(&row.kind);
    Happening {
        id: row.id,
        summary: info.map_or_else(String::new, |info| info.summary(&row.payload)),
        icon: info.map_or("activity", |info| info.icon),
        actor: row.actor_name,
        at: row.at,
        kind: row.kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_each_stage_runs_from_its_move_to_the_next_one() {
        let at =
            |hour: i8| jiff::civil::date(2026, 11, 20).at(hour, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
        let entered = |stage: &str, hour| store::Move {
            to_stage_id: StageId::new(),
            stage: stage.into(),
            moved_by: None,
            reason: None,
            at: at(hour),
        };
        let stays = stays(vec![entered("Lead", 8), entered("Proposal", 9), entered("Won", 12)], at(13));
        let told: Vec<(&str, i64, bool)> =
            stays.iter().map(|s| (s.stage.as_str(), s.seconds, s.left_at.is_some())).collect();
        assert_eq!(told, [("Won", 3_600, false), ("Proposal", 10_800, true), ("Lead", 3_600, true)]);
    }
}
