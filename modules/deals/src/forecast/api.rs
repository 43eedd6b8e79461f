//! The forecast over the API.

use rapport_base::Result;
use rapport_web::{Cx, Query};

use super::{Forecast, ForecastQuery, forecast};

/// GET /api/deals/forecast
pub async fn show(cx: Cx, Query(query): Query<ForecastQuery>) -> Result<axum::Json<Forecast>> {
    let tx = cx.report().await?;
    forecast(&cx, &tx, &query).await.map(axum::Json)
}
