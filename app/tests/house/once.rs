//! An `Idempotency-Key` holds whatever becomes of the process between the commit and the answer.

use identity::testing::{self, Signed};
use jiff::SignedDuration;
use rapport_testkit::World;
use serde_json::json;

use crate::world;

const CLIENTS: &str = "select count(*) from clients.clients where company_name = 'Kestrel'";

async fn sent(owner: &Signed, status: u16) -> serde_json::Value {
    let mut api = owner.api.clone().with_header("idempotency-key", "kestrel");
    api.json("POST", "/api/clients", json!({"company_name": "Kestrel"})).await.expect(status).json()
}

/// As a process leaves it that ended after the request was begun, with or without its commit.
async fn ended_before_the_answer(world: &World, status: &str) {
    let owner = world.owner().await;
    let sql = format!("update web.idempotency_keys set status = {status}, headers = null, body = null");
    assert_eq!(owner.execute(&sql, &[]).await.unwrap(), 1);
}

async fn clients(world: &World) -> i64 {
    world.owner().await.query_one(CLIENTS, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_request_that_was_committed_and_never_answered_is_not_carried_out_again() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    sent(&owner, 201).await;
    ended_before_the_answer(&world, "0").await;
    for _ in 0..2 {
        assert_eq!(sent(&owner, 409).await["code"], "carried_out");
        world.clock.advance(SignedDuration::from_mins(3));
    }
    assert_eq!(clients(&world).await, 1);
}

#[tokio::test]
async fn a_request_that_was_never_committed_is_carried_out_when_it_is_sent_again_ten_seconds_later() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    sent(&owner, 201).await;
    world
        .owner()
        .await
        .execute("delete from clients.clients where company_name = 'Kestrel'", &[])
        .await
        .unwrap();
    ended_before_the_answer(&world, "null").await;
    assert_eq!(sent(&owner, 409).await["code"], "still_running");
    world.clock.advance(SignedDuration::from_secs(11));
    let carried_out = sent(&owner, 201).await;
    assert_eq!(sent(&owner, 201).await["id"], carried_out["id"]);
    assert_eq!(clients(&world).await, 1);
}
