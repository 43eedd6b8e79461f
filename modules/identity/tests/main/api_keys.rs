use identity::testing;
use jiff::SignedDuration;
use serde_json::json;

use crate::world;

#[tokio::test]
async fn a_key_is_shown_once_and_may_only_what_it_was_given() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let made = ada
        .api
        .json("POST", "/api/api-keys", json!({"name": "Site", "permissions": ["team.read"]}))
        .await
        .expect(201)
        .json();
    let secret = made["key"].as_str().unwrap();
    assert!(secret.starts_with(made["prefix"].as_str().unwrap()) && secret.len() > 40);
    let list = ada.api.get("/api/api-keys").await.expect(200);
    assert!(!list.text().contains(secret));
    let mut program = world.http().with_bearer(secret);
    program.get("/api/team/members").await.expect(200);
    program.get("/api/api-keys").await.expect(403);
    assert_eq!(program.get("/api/me").await.json()["permissions"], json!(["team.read"]));
    assert!(ada.api.get("/api/api-keys").await.json()["data"][0]["last_used_at"].is_string());
    ada.api.delete(&format!("/api/api-keys/{}", made["id"].as_str().unwrap())).await.expect(204);
    program.get("/api/team/members").await.expect(401);
}

#[tokio::test]
async fn a_key_never_may_more_than_its_maker() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut max = testing::member(&world, &ada, "admin").await;
    max.api
        .json("POST", "/api/api-keys", json!({"name": "x", "permissions": ["team.transfer"]}))
        .await
        .expect(422);
    max.api.json("POST", "/api/api-keys", json!({"name": "x", "permissions": []})).await.expect(422);
    let made = max
        .api
        .json("POST", "/api/api-keys", json!({"name": "x", "permissions": ["team.manage", "team.read"]}))
        .await
        .expect(201)
        .json();
    let mut program = world.http().with_bearer(made["key"].as_str().unwrap());
    let path = format!("/api/team/members/{}", max.member_id);
    ada.api.json("PATCH", &path, json!({"role": "viewer"})).await.expect(200);
    program.json("PATCH", &path, json!({"role": "admin"})).await.expect(403);
    ada.api.json("PATCH", &path, json!({"is_active": false})).await.expect(200);
    program.get("/api/team/members").await.expect(404);
}

#[tokio::test]
async fn a_key_ends_when_it_was_to_end_and_works_from_its_addresses_only() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let until = world.clock.now() + SignedDuration::from_mins(5);
    let body = json!({"name": "x", "permissions": ["team.read"], "expires_at": until.to_string()});
    let made = ada.api.json("POST", "/api/api-keys", body).await.expect(201).json();
    let mut program = world.http().with_bearer(made["key"].as_str().unwrap());
    program.get("/api/team/members").await.expect(200);
    world.clock.advance(SignedDuration::from_mins(6));
    program.get("/api/team/members").await.expect(401);
    let body = json!({"name": "x", "permissions": ["team.read"], "allowed_ips": ["192.0.2.0/24"]});
    let made = ada.api.json("POST", "/api/api-keys", body).await.expect(201).json();
    world.http().with_bearer(made["key"].as_str().unwrap()).get("/api/team/members").await.expect(401);
    let reply = ada
        .api
        .json(
            "POST",
            "/api/api-keys",
            json!({"name": "x", "permissions": ["team.read"], "allowed_ips": ["office"]}),
        )
        .await;
    assert_eq!(reply.expect(422).json()["errors"][0]["field"], "allowed_ips");
}

#[tokio::test]
async fn a_key_is_no_key_to_its_makers_other_workspaces() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.http
        .post("/workspaces/new", &[("name", "Other"), ("currency", "EUR"), ("timezone", "UTC")])
        .await
        .expect(303);
    let made = ada
        .api
        .json("POST", "/api/api-keys", json!({"name": "x", "permissions": ["team.read"]}))
        .await
        .expect(201)
        .json();
    let mut program = world.http().with_bearer(made["key"].as_str().unwrap());
    program.get("/api/team/members").await.expect(200);
    program.with_header("x-workspace", "other").get("/api/team/members").await.expect(404);
}

#[tokio::test]
async fn the_page_makes_shows_and_ends_keys() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let path = ada.path("settings/api-keys");
    ada.http.get(&path).await.expect(200);
    ada.http.post(&path, &[("name", ""), ("life", "30")]).await.expect(422);
    let text = ada
        .http
        .post(
            &path,
            &[("name", "Site"), ("life", "30"), ("permissions", "team.read"), ("permissions", "team.manage")],
        )
        .await
        .expect(200)
        .text();
    assert!(text.contains("rapport_"), "{text}");
    let list = ada.api.get("/api/api-keys").await.json();
    let id = list["data"][0]["id"].as_str().unwrap();
    ada.http.post(&format!("{path}/{id}/revoke"), &[]).await.expect(303);
    assert_eq!(ada.api.get("/api/api-keys").await.json()["total"], 0);
}
