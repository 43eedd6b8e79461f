//! `/api/workspace`.

use axum::response::Response;
use rapport_base::Result;
use rapport_web::{Cx, IfMatch, Json, versioned};

use super::{ChangeWorkspace, WorkspaceSettings, change, store};
use crate::permissions::TEAM_RATES;

/// Rates are for those who may see them.
fn seen_by(cx: &Cx, mut settings: WorkspaceSettings) -> WorkspaceSettings {
    if !cx.may(TEAM_RATES) {
        settings.default_hourly_rate_cents = None;
    }
    settings
}

pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let settings = seen_by(&cx, store::settings(&tx).await?);
    Ok(versioned(&settings, settings.version))
}

pub(crate) async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(wished): Json<ChangeWorkspace>,
) -> Result<Response> {
    let settings = seen_by(&cx, change::change(&cx, wished, version).await?);
    Ok(versioned(&settings, settings.version))
}
