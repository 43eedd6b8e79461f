//! Deals over HTTP against a real database.

mod board;
mod pages;
mod pipelines;
mod stage;
mod whose;

use deals::{OnWon, StageKind, TemplateChoices};
use futures::FutureExt;
use identity::testing::{self, Signed};
use rapport_testkit::World;
use serde_json::{Value, json};
use uuid::Uuid;

/// A house with deals, in which winning opens a "project" whose id is the deal's own with another first byte.
pub async fn world() -> World {
    let modules = vec![identity::module(), clients::module(), deals::module()];
    World::start_with(modules, |parts| {
        parts.with(OnWon(|_, won| async move { Ok(Some(project_of(won.deal_id.uuid()))) }.boxed())).with(
            TemplateChoices(|_| async { Ok(vec![(Uuid::nil(), "Website project".to_owned())]) }.boxed()),
        )
    })
    .await
}

/// The project that winning a deal opens in these tests.
pub fn project_of(deal: Uuid) -> Uuid {
    let mut bytes = *deal.as_bytes();
    bytes[0] ^= 0xff;
    Uuid::from_bytes(bytes)
}

/// An owner in a house of their own.
pub async fn shop() -> (World, Signed) {
    let world = world().await;
    let owner = testing::owner(&world).await;
    (world, owner)
}

/// The id of the first stage of a kind.
pub async fn stage(world: &World, signed: &Signed, kind: StageKind) -> String {
    let pipeline = deals::testing::pipeline(&world.app, signed.workspace_id).await;
    pipeline.stages.iter().find(|stage| stage.kind == kind).expect("a stage").id.to_string()
}

/// The id of a stage by its name.
pub async fn stage_named(world: &World, signed: &Signed, name: &str) -> String {
    let pipeline = deals::testing::pipeline(&world.app, signed.workspace_id).await;
    pipeline.stages.iter().find(|stage| stage.name == name).expect("a stage").id.to_string()
}

/// A client and an open deal of that title.
pub async fn deal(world: &World, signed: &Signed, title: &str) -> String {
    let client = clients::testing::client(&world.app, signed.workspace_id, &format!("{title} Ltd")).await;
    deals::testing::deal(&world.app, signed.workspace_id, client, title).await.to_string()
}

/// Moves a deal over the API.
pub async fn move_to(signed: &mut Signed, deal: &str, body: Value, status: u16) -> Value {
    signed.api.json("POST", &format!("/api/deals/{deal}/stage"), body).await.expect(status).json()
}

/// Assigns a deal.
pub async fn assign(owner: &mut Signed, deal: &str, to: &Signed) {
    owner
        .api
        .json("PATCH", &format!("/api/deals/{deal}"), json!({"assigned_to": to.member_id}))
        .await
        .expect(200);
}

/// How many events of a kind there are.
pub async fn events(world: &World, kind: &str) -> i64 {
    let owner = world.owner().await;
    owner
        .query_one("select count(*) from spine.events where kind = $1", &[&kind])
        .await
        .expect("a count")
        .get(0)
}
