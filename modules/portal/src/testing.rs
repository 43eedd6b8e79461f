//! Portals for tests of modules above.

use identity::testing::Signed;
use rapport_testkit::{Http, World};
use serde_json::{Value, json};

/// Opens a portal for a client over the API; gives it as the API shows it.
///
/// # Panics
/// When it is refused.
pub async fn portal(owner: &mut Signed, client_id: &str) -> Value {
    owner.api.json("POST", "/api/portals", json!({ "client_id": client_id })).await.expect(201).json()
}

/// A browser of a guest who came into a portal by a fresh link.
///
/// # Panics
/// When a step is refused.
pub async fn guest(world: &World, owner: &mut Signed, portal_id: &str) -> Http {
    let link = owner
        .api
        .json("POST", &format!("/api/portals/{portal_id}/links"), json!({}))
        .await
        .expect(201)
        .json();
    let path = link["url"].as_str().expect("an address").replace("http://localhost:8080", "");
    let mut http = world.http();
    http.post(&path, &[]).await.expect(303);
    http.get(&format!("/portal/{portal_id}")).await.expect(200);
    http
}
