//! `/api/team/members`.

use axum::response::{IntoResponse, Response};
use rapport_base::{Cursor, Limit, MemberId, Page, Refusal, Result, Total};
use rapport_web::{Cx, IfMatch, Json, Query, versioned};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Member, actions, store};
use crate::permissions::{TEAM_COSTS, TEAM_RATES};

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MembersQuery {
    /// One role only.
    role: Option<String>,
    /// Active ones only, or only those who are not.
    is_active: Option<bool>,
    /// Rows on the page: 50 unless said, at most 200.
    limit: Option<u32>,
    /// Cursor of the page before.
    after: Option<String>,
}

/// Rates and costs are for those who may see them.
pub(super) fn seen_by(cx: &Cx, mut member: Member) -> Member {
    if !cx.may(TEAM_RATES) {
        member.hourly_rate_cents = None;
    }
    if !cx.may(TEAM_COSTS) {
        member.cost_rate_cents = None;
    }
    member
}

pub(crate) async fn index(cx: Cx, Query(query): Query<MembersQuery>) -> Result<Response> {
    let limit = Limit::try_new(query.limit)?;
    let after = query.after.as_deref().map(Cursor::unpack::<(String, MemberId)>).transpose()?;
    let tx = cx.read().await?;
    let filter = store::Filter { role: query.role.as_deref(), is_active: query.is_active, after, limit };
    let (rows, counted) =
        futures::join!(store::page(&tx, filter), store::count(&tx, query.role.as_deref(), query.is_active));
    let page = Page::cut(rows?, limit, Total::capped(counted?), |row| Cursor::pack(&(&row.name, row.id)));
    Ok(axum::Json(page.map(|member| seen_by(&cx, member))).into_response())
}

pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let member = store::find(&tx, cx.id("id")?).await?.ok_or_else(Refusal::not_found)?;
    let version = member.version;
    Ok(versioned(&seen_by(&cx, member), version))
}

pub(crate) async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(wished): Json<actions::ChangeMember>,
) -> Result<Response> {
    let member = actions::change(&cx, cx.id("id")?, wished, version).await?;
    let version = member.version;
    Ok(versioned(&seen_by(&cx, member), version))
}

pub(crate) async fn make_owner(cx: Cx) -> Result<Response> {
    let member = actions::hand_over(&cx, cx.id("id")?).await?;
    let version = member.version;
    Ok(versioned(&seen_by(&cx, member), version))
}
