//! Notices as JSON.

use axum::response::Response;
use rapport_base::{Limit, Page, Result};
use rapport_web::{Cx, Query, nothing};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Notice, store};

/// Which notices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `true`: only those not read yet.
    pub unread: Option<bool>,
    /// Rows on the page, 50 unless said, at most 200.
    pub limit: Option<u32>,
    /// Cursor.
    pub after: Option<String>,
}

/// GET /api/notifications
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Notice>>> {
    let limit = Limit::try_new(query.limit)?;
    let tx = cx.read().await?;
    let unread = query.unread.unwrap_or(false);
    store::list(&tx, cx.member.id, unread, query.after.as_deref(), limit).await.map(axum::Json)
}

/// POST /api/notifications/{id}/read
pub async fn read(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    store::read(&tx, cx.member.id, cx.id("id")?, cx.now()).await?;
    tx.commit().await?;
    Ok(nothing())
}

/// POST /api/notifications/read
pub async fn read_all(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    store::read_all(&tx, cx.member.id, cx.now()).await?;
    tx.commit().await?;
    Ok(nothing())
}
