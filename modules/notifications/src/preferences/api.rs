//! Preferences as JSON.

use rapport_base::{Page, Result};
use rapport_web::{Cx, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Preference, Wish};
use crate::NoticeKinds;

/// Wishes about some kinds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    #[schema(inline)]
    pub(crate) preferences: Vec<Wish>,
}

/// GET /api/notifications/preferences
pub(crate) async fn list(cx: Cx) -> Result<axum::Json<Page<Preference>>> {
    let kinds = cx.app.parts.find::<NoticeKinds>().unwrap_or_default();
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(super::of(&tx, &kinds, cx.member.id).await?)))
}

/// PUT /api/notifications/preferences
pub(crate) async fn save(cx: Cx, Json(body): Json<Preferences>) -> Result<axum::Json<Page<Preference>>> {
    let kinds = cx.app.parts.find::<NoticeKinds>().unwrap_or_default();
    let tx = cx.begin().await?;
    super::save(&tx, &kinds, cx.member.id, &body.preferences).await?;
    let saved = super::of(&tx, &kinds, cx.member.id).await?;
    tx.commit().await?;
    Ok(axum::Json(Page::whole(saved)))
}
