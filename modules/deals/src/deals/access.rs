//! Who sees which deals, and what of them.

use rapport_base::{MemberId, Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{Deal, DealId, rules, store};
use crate::{DEALS_READ_ALL, DEALS_VALUES};

/// The member to whom alone deals must be assigned to be seen; `None` sees every deal.
#[must_use]
pub fn only(cx: &Cx) -> Option<MemberId> {
    (!cx.may(DEALS_READ_ALL)).then_some(cx.member.id)
}

/// A deal the member may see, with what they may know of it.
///
/// # Errors
/// Not found, also when it is not theirs to see.
pub async fn visible(cx: &Cx, tx: &TenantTx, id: DealId) -> Result<Deal> {
    Ok(shown(cx, store::seen(tx, id, only(cx)).await?.ok_or_else(Refusal::not_found)?))
}

/// Whether the member may know what a deal is worth: their own, or any with the permission.
#[must_use]
pub fn sees_value(cx: &Cx, deal: &Deal) -> bool {
    cx.may(DEALS_VALUES) || deal.assigned_to == Some(cx.member.id)
}

/// The deal as this member may see it, as of now.
#[must_use]
pub fn shown(cx: &Cx, mut deal: Deal) -> Deal {
    deal.is_stale = rules::is_stale(deal.stage.kind, deal.stage.rot_days, deal.stage_entered_at, cx.now());
    if !sees_value(cx, &deal) {
        deal.value_cents = None;
        deal.weighted_cents = None;
    }
    deal
}
