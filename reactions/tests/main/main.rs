//! The rules across modules, over the real modules and their real tables.

mod clients_side;
mod rates;
mod team_side;

use clients::{ClientId, ContactId};
use identity::testing::Signed;
use projects::ProjectId;
use rapport_base::MemberId;
use rapport_db::{ActorKind, Event, Origin};
use rapport_testkit::World;
use serde_json::Value;
use uuid::Uuid;

pub async fn world() -> World {
    World::start(vec![
        identity::module(),
        files::module(),
        notifications::module(),
        audit::module(),
        clients::module(),
        deals::module(),
        projects::module(),
        conversations::module(),
        timesheets::module(),
        invoicing::module(),
        portal::module(),
        pulse::module(),
        reactions::module(),
    ])
    .await
}

/// A client with a contact, and a project of it with a lead.
pub struct Work {
    pub client: ClientId,
    pub contact: ContactId,
    pub project: ProjectId,
}

pub async fn work(world: &World, of: &Signed, lead: MemberId) -> Work {
    let client = clients::testing::client(&world.app, of.workspace_id, "Acme").await;
    let contact = clients::testing::contact_of(&world.app, of.workspace_id, client).await;
    let tx = world.app.db.begin(of.workspace_id, Origin::system()).await.unwrap();
    let project = projects::testing::project(&tx, client, "Website", lead).await;
    tx.commit().await.unwrap();
    world.settle().await;
    Work { client, contact, project }
}

/// A portal of the client that shows the project, with its contact as guest.
pub async fn open_portal(world: &World, of: &Signed, work: &Work, notify: &str) -> Uuid {
    let (portal, guest) = (Uuid::now_v7(), Uuid::now_v7());
    let (workspace, client, project) = (of.workspace_id.uuid(), work.client.uuid(), work.project.uuid());
    let laid = world.owner().await;
    laid.execute(
        "insert into portal.portals (workspace_id, id, client_id, title, title_sort, status)
         values ($1, $2, $3, 'Acme', 'acme', 'active')",
        &[&workspace, &portal, &client],
    )
    .await
    .unwrap();
    laid.execute(
        "insert into portal.portal_projects (workspace_id, portal_id, client_id, project_id) values ($1, $2, $3, $4)",
        &[&workspace, &portal, &client, &project],
    )
    .await
    .unwrap();
    laid.execute(
        "insert into portal.guests (workspace_id, id, portal_id, contact_id, notify) values ($1, $2, $3, $4, $5)",
        &[&workspace, &guest, &portal, &work.contact.uuid(), &notify],
    )
    .await
    .unwrap();
    portal
}

pub fn by(kind: ActorKind, id: Uuid, name: &str) -> Origin {
    Origin { kind, id: Some(id), name: Some(name.into()), ..Origin::system() }
}

/// Publishes an event and lets everything that follows happen; then delivers it a second time.
pub async fn happens<E: Event>(world: &World, of: &Signed, origin: Origin, event: &E) {
    let tx = world.app.db.begin(of.workspace_id, origin).await.unwrap();
    tx.publish(event);
    tx.commit().await.unwrap();
    world.settle().await;
    deliver_again(world).await;
}

/// Takes the relay back to the beginning, so that every event goes out a second time.
pub async fn deliver_again(world: &World) {
    let rewind = "update spine.relay set txid = '0', seq = 0 where name = 'listeners'";
    world.owner().await.execute(rewind, &[]).await.unwrap();
    world.settle().await;
}

/// Titles of a member's notices of one kind.
pub async fn notices(of: &mut Signed, kind: &str) -> Vec<String> {
    let page = of.api.get("/api/notifications").await.expect(200).json();
    let all = page["data"].as_array().unwrap().iter();
    all.filter(|one| one["kind"] == kind).map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

/// Recipients and subjects of the mails of one kind.
pub async fn mails(world: &World, kind: &str) -> Vec<(String, String)> {
    let sql = "select recipient_email, subject from mail.outbox where kind = $1 order by created_at, id";
    let rows = world.owner().await.query(sql, &[&kind]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// The tasks of a project.
pub async fn tasks(of: &mut Signed, project: ProjectId) -> Vec<Value> {
    let page = of.api.get(&format!("/api/projects/{project}/tasks")).await.expect(200).json();
    page["data"].as_array().unwrap().clone()
}
