//! Deals for the tests of modules above.

use rapport_base::WorkspaceId;
use rapport_db::{App, Origin};

use crate::{ClientId, DealId, NewDeal, Pipeline, create_in, pipelines};

/// An open deal of that title with a client, worth 12,000.00 in the workspace's currency.
///
/// # Panics
/// When the database refuses.
pub async fn deal(app: &App, workspace: WorkspaceId, client: ClientId, title: &str) -> DealId {
    let new = NewDeal {
        title: title.into(),
        client_id: Some(client),
        value_cents: Some(1_200_000),
        ..NewDeal::default()
    };
    let tx = app.db.begin(workspace, Origin::system()).await.expect("a transaction");
    let id = create_in(&tx, new, None).await.expect("a deal");
    tx.commit().await.expect("a commit");
    id
}

/// The default pipeline of a workspace.
///
/// # Panics
/// When there is none.
pub async fn pipeline(app: &App, workspace: WorkspaceId) -> Pipeline {
    let tx = app.db.read(workspace).await.expect("a transaction");
    pipelines::store::list(&tx)
        .await
        .expect("pipelines")
        .into_iter()
        .find(|p| p.is_default)
        .expect("a default pipeline")
}
