//! Projects over HTTP and through the front door, against a real database.

mod api;
mod front_door;
mod pages;
mod rates;

use clients::ClientId;
use identity::testing::{Signed, owner};
use rapport_base::Currency;
use rapport_db::{Origin, TenantTx};
use rapport_testkit::World;
use serde_json::{Value, json};

/// A house with projects in it, and its owner.
async fn house() -> (World, Signed) {
    let world =
        World::start(vec![identity::module(), files::module(), clients::module(), projects::module()]).await;
    let owner = owner(&world).await;
    (world, owner)
}

/// A client of the owner.
async fn client(world: &World, owner: &Signed) -> ClientId {
    clients::testing::client(&world.app, owner.workspace_id, "Acme Ltd").await
}

/// A transaction of Rapport itself.
async fn begin(world: &World, owner: &Signed) -> TenantTx {
    world.app.db.begin(owner.workspace_id, Origin::system()).await.expect("a transaction")
}

fn euro() -> Currency {
    Currency::try_new("EUR").expect("the euro")
}

/// A project, made over the API.
async fn project(owner: &mut Signed, client: ClientId, name: &str) -> String {
    let body = json!({ "client_id": client, "name": name, "budget_cents": 500_000, "budget_seconds": 36_000, "hourly_rate_cents": 9_000 });
    id(&owner.api.json("POST", "/api/projects", body).await.expect(201).json())
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// The kinds of events in the spine, in order.
async fn kinds(world: &World, owner: &Signed) -> Vec<String> {
    let rows = world
        .owner()
        .await
        .query(
            "select kind from spine.events where workspace_id = $1 order by seq",
            &[&owner.workspace_id.uuid()],
        )
        .await
        .expect("events");
    rows.iter().map(|row| row.get(0)).collect()
}
