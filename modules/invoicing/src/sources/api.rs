//! What can be billed, over the API.

use clients::ClientId;
use rapport_base::{Page, Refusal, Result};
use rapport_web::{Cx, Query};

use super::{
    Billable, BillableQuery, SourceKind,
    store::{self, Filter},
};

/// GET /api/billable
pub(crate) async fn index(cx: Cx, Query(query): Query<BillableQuery>) -> Result<axum::Json<Page<Billable>>> {
    let client =
        query.client_id.ok_or_else(|| Refusal::field("client_id", "required", "Name the client."))?;
    let filter = Filter {
        client: ClientId::from(client),
        projects: query.project_id.map(|id| vec![id.into()]),
        from: query.from,
        to: query.to,
        kinds: SourceKind::ALL.to_vec(),
    };
    let tx = cx.read().await?;
    Ok(axum::Json(Page::whole(store::billable(&tx, &filter).await?)))
}
