//! Portals over HTTP, against a real database.

mod looking;
mod sharing;
mod working;

use identity::testing::Signed;
use rapport_testkit::{Http, World};
use serde_json::{Value, json};

/// A world with a client whose one project is shown in a portal.
pub struct Scene {
    pub world: World,
    pub owner: Signed,
    pub client: String,
    pub project: String,
    pub portal: String,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::start(vec![
            identity::module(),
            files::module(),
            clients::module(),
            projects::module(),
            conversations::module(),
            timesheets::module(),
            invoicing::module(),
            portal::module(),
        ])
        .await;
        let mut owner = identity::testing::owner(&world).await;
        let client = clients::testing::client(&world.app, owner.workspace_id, "Hopper Ltd").await;
        let origin = rapport_db::Origin {
            kind: rapport_db::ActorKind::Member,
            id: Some(owner.member_id.uuid()),
            ..rapport_db::Origin::system()
        };
        let tx = world.app.db.begin(owner.workspace_id, origin).await.unwrap();
        let project = projects::testing::project(&tx, client, "New website", owner.member_id).await;
        tx.commit().await.unwrap();
        let portal = portal::testing::portal(&mut owner, &client.to_string()).await;
        Self { world, owner, client: client.to_string(), project: project.to_string(), portal: id(&portal) }
    }

    pub async fn api(&mut self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.owner.api.json(method, path, body).await;
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.text());
        reply.json()
    }

    /// The path of a fresh link.
    pub async fn link(&mut self, settings: Value) -> String {
        let made = self.api("POST", &format!("/api/portals/{}/links", self.portal), settings).await;
        made["url"].as_str().unwrap().replace("http://localhost:8080", "")
    }

    /// A guest who came in.
    pub async fn guest(&mut self) -> Http {
        portal::testing::guest(&self.world, &mut self.owner, &self.portal).await
    }

    /// A path of the portal.
    pub fn path(&self, rest: &str) -> String {
        if rest.is_empty() {
            format!("/portal/{}", self.portal)
        } else {
            format!("/portal/{}/{rest}", self.portal)
        }
    }

    /// A deliverable that waits for the client.
    pub async fn deliverable(&mut self, title: &str) -> String {
        let made = self
            .api("POST", &format!("/api/projects/{}/deliverables", self.project), json!({ "title": title }))
            .await;
        let id = id(&made);
        let version = [("url", "https://example.com/design"), ("note", "NOTE-CANARY")];
        self.owner.api.upload(&format!("/api/deliverables/{id}/versions"), &version, &[]).await.expect(201);
        id
    }

    /// How many events of a kind there are.
    pub async fn events(&self, kind: &str) -> i64 {
        let owner = self.world.owner().await;
        owner.query_one("select count(*) from spine.events where kind = $1", &[&kind]).await.unwrap().get(0)
    }
}

/// The `id` of something.
pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id in {thing}")).to_owned()
}
