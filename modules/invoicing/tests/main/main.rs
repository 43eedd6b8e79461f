//! Invoicing over HTTP, against a real database.

mod generate;
mod invoices;
mod pages;
mod payments;
mod public;
mod stripe;

use clients::ClientId;
use identity::testing::{Signed, owner};
use jiff::civil::{Date, date};
use projects::ProjectId;
use rapport_base::{MemberId, Parts};
use rapport_db::Origin;
use rapport_testkit::World;
use serde_json::{Value, json};

fn modules() -> Vec<rapport_web::Module> {
    vec![
        identity::module(),
        files::module(),
        notifications::module(),
        clients::module(),
        projects::module(),
        timesheets::module(),
        invoicing::module(),
    ]
}

/// A day of the week before.
const LAST_WEEK: Date = date(2026, 11, 11);

/// An owner with a client that has a contact with an address.
struct Desk {
    world: World,
    owner: Signed,
    client: ClientId,
}

async fn desk() -> Desk {
    desk_with(|parts| parts).await
}

async fn desk_with(more: impl FnOnce(Parts) -> Parts) -> Desk {
    let world = World::start_with(modules(), more).await;
    let owner = owner(&world).await;
    let client = clients::testing::client(&world.app, owner.workspace_id, "Harbor & Pine").await;
    Desk { world, owner, client }
}

impl Desk {
    async fn post(&mut self, path: &str, body: Value) -> rapport_testkit::Reply {
        self.owner.api.json("POST", path, body).await
    }
    async fn get(&mut self, path: &str) -> Value {
        self.owner.api.get(path).await.expect(200).json()
    }
    /// A draft of free lines.
    async fn draft(&mut self, lines: Value) -> Value {
        let body = json!({ "client_id": self.client, "lines": lines });
        self.post("/api/invoices", body).await.expect(201).json()
    }
    /// An issued invoice of one line of so many cents.
    async fn issued(&mut self, cents: i64) -> Value {
        let draft = self.draft(json!([{ "description": "Design", "unit_price_cents": cents }])).await;
        self.post(&format!("{}/issue", path(&draft)), json!({})).await.expect(200).json()
    }
    /// A project of the client with the owner on it.
    async fn project(&self, name: &str) -> ProjectId {
        let tx = self.world.app.db.begin(self.owner.workspace_id, Origin::system()).await.unwrap();
        let id = projects::testing::project(&tx, self.client, name, self.owner.member_id).await;
        tx.commit().await.unwrap();
        id
    }
    /// Approved time of the owner last week.
    async fn approved_time(&self, project: ProjectId, seconds: &[i64]) {
        let (app, workspace, me) = (&self.world.app, self.owner.workspace_id, self.owner.member_id);
        for (day, seconds) in seconds.iter().enumerate() {
            let on = LAST_WEEK.checked_add(jiff::Span::new().days(i64::try_from(day).unwrap())).unwrap();
            timesheets::testing::logged(app, workspace, me, (project, None), on, *seconds).await;
        }
        timesheets::testing::approved(app, workspace, me, me, LAST_WEEK).await;
    }
    async fn expense(&self, project: ProjectId, cents: i64) {
        let (workspace, me): (_, MemberId) = (self.owner.workspace_id, self.owner.member_id);
        timesheets::testing::approved_expense(&self.world.app, workspace, me, project, LAST_WEEK, cents)
            .await;
    }
    /// What the spine holds of a kind.
    async fn events(&self, kind: &str) -> i64 {
        let owner = self.world.owner().await;
        owner.query_one("select count(*) from spine.events where kind = $1", &[&kind]).await.unwrap().get(0)
    }
    /// Subjects of the mails that were written, by address.
    async fn mails(&self) -> Vec<(String, String, String)> {
        let owner = self.world.owner().await;
        let rows = owner
            .query("select recipient_email, subject, body_text from mail.outbox order by created_at, id", &[])
            .await;
        rows.unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }
    /// Every maintained sum against its facts.
    async fn proven(&self) {
        let tx = self.world.app.db.read(self.owner.workspace_id).await.unwrap();
        for check in invoicing::module().checks {
            assert_eq!((check.run)(&tx).await.unwrap(), Vec::<String>::new(), "{}", check.name);
        }
    }
}

fn path(invoice: &Value) -> String {
    format!("/api/invoices/{}", invoice["id"].as_str().expect("an id"))
}
