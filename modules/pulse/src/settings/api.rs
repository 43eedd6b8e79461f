//! Settings as JSON.

use axum::response::Response;
use rapport_base::Result;
use rapport_web::{Cx, IfMatch, Json, versioned};

use super::{SettingsInput, actions, store};

/// GET /api/health-settings
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let settings = store::get(&tx).await?;
    Ok(versioned(&settings, settings.version))
}

/// PUT /api/health-settings
pub(crate) async fn save(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(input): Json<SettingsInput>,
) -> Result<Response> {
    let settings = actions::save(&cx, &input, seen).await?;
    Ok(versioned(&settings, settings.version))
}
