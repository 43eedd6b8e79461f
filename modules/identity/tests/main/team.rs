use identity::testing::{self, PASSWORD};
use serde_json::json;

use crate::world;

#[tokio::test]
async fn members_are_listed_and_rates_are_seen_by_those_who_may() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut mia = testing::member(&world, &ada, "member").await;
    let change =
        json!({"hourly_rate_cents": 12_000, "cost_rate_cents": 6_000, "capacity_hours_weekly": 32.5});
    let path = format!("/api/team/members/{}", mia.member_id);
    let reply = ada.api.json("PATCH", &path, change).await.expect(200).json();
    assert_eq!(reply["capacity_hours_weekly"], json!(32.5));
    let list = ada.api.get("/api/team/members").await.expect(200).json();
    assert_eq!(list["total"], 2);
    assert_eq!(list["data"][1]["hourly_rate_cents"], 12_000);
    let seen = mia.api.get("/api/team/members").await.expect(200).json();
    assert!(seen["data"][1]["hourly_rate_cents"].is_null() && seen["data"][1]["cost_rate_cents"].is_null());
    mia.api.json("PATCH", &path, json!({"role": "admin"})).await.expect(403);
    let first = ada.api.get("/api/team/members?limit=1").await.expect(200).json();
    let second = ada
        .api
        .get(&format!("/api/team/members?limit=1&after={}", first["next"].as_str().unwrap()))
        .await
        .expect(200)
        .json();
    assert_eq!(second["data"][0]["id"], mia.member_id.to_string());
    assert!(second["next"].is_null());
}

#[tokio::test]
async fn a_changed_role_and_a_deactivation_hold_from_the_next_request() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut max = testing::member(&world, &ada, "admin").await;
    let path = format!("/api/team/members/{}", max.member_id);
    max.api.get("/api/api-keys").await.expect(200);
    ada.api.json("PATCH", &path, json!({"role": "viewer"})).await.expect(200);
    max.api.get("/api/api-keys").await.expect(403);
    ada.api.json("PATCH", &path, json!({"is_active": false})).await.expect(200);
    max.api.get("/api/me").await.expect(401);
    max.http.get(&max.path("settings/team")).await.expect(404);
    ada.api.json("PATCH", &path, json!({"is_active": true})).await.expect(200);
    max.http.get(&max.path("settings/team")).await.expect(200);
    max.api.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn of_two_owners_who_demote_each_other_at_once_one_stays() {
    let world = world().await;
    for _ in 0..5 {
        let mut ada = testing::owner(&world).await;
        let mut bea = testing::member(&world, &ada, "owner").await;
        let (to_bea, to_ada) =
            (format!("/api/team/members/{}", bea.member_id), format!("/api/team/members/{}", ada.member_id));
        let (one, two) = tokio::join!(
            ada.api.json("PATCH", &to_bea, json!({"role": "admin"})),
            bea.api.json("PATCH", &to_ada, json!({"role": "admin"})),
        );
        assert!([one.status, two.status].contains(&200), "{} {}", one.status, two.status);
        let sql = "select count(*) from identity.memberships where workspace_id = $1 and role = 'owner' and is_active";
        let owners: i64 =
            world.owner().await.query_one(sql, &[&ada.workspace_id.uuid()]).await.unwrap().get(0);
        assert_eq!(owners, 1);
    }
}

#[tokio::test]
async fn the_last_owner_can_be_neither_demoted_nor_deactivated() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let path = format!("/api/team/members/{}", ada.member_id);
    assert_eq!(
        ada.api.json("PATCH", &path, json!({"role": "admin"})).await.expect(409).json()["code"],
        "team.last_owner"
    );
    ada.api.json("PATCH", &path, json!({"is_active": false})).await.expect(409);
    let mut max = testing::member(&world, &ada, "admin").await;
    max.api.json("PATCH", &path, json!({"role": "member"})).await.expect(403);
    let own = format!("/api/team/members/{}", max.member_id);
    max.api.json("PATCH", &own, json!({"role": "owner"})).await.expect(403);
}

#[tokio::test]
async fn ownership_is_handed_over_with_the_password() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut max = testing::member(&world, &ada, "manager").await;
    let page = ada.path(&format!("settings/team/{}", max.member_id));
    ada.http.get(&page).await.expect(200);
    ada.http.post(&format!("{page}/make-owner"), &[("password", "wrong horse battery")]).await.expect(422);
    ada.http.post(&format!("{page}/make-owner"), &[("password", PASSWORD)]).await.expect(303);
    assert_eq!(max.api.get("/api/me").await.json()["role"], "owner");
    assert_eq!(ada.api.get("/api/me").await.json()["role"], "admin");
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mia = testing::member(&world, &ada, "member").await;
    let path = format!("/api/team/members/{}", mia.member_id);
    let mut first = ada.api.clone().with_header("if-match", "\"1\"");
    first.json("PATCH", &path, json!({"title": "Designer"})).await.expect(200);
    first.json("PATCH", &path, json!({"title": "Writer"})).await.expect(412);
    ada.http.get(&ada.path("settings/team")).await.expect(200);
    let form = [("role", "member"), ("version", "1"), ("title", "Writer"), ("capacity_hours_weekly", "40")];
    let text =
        ada.http.post(&ada.path(&format!("settings/team/{}", mia.member_id)), &form).await.expect(422).text();
    assert!(text.contains("Someone changed this") && text.contains("Writer"), "{text}");
}

#[tokio::test]
async fn another_workspaces_members_do_not_exist() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let mut eve = testing::owner(&world).await;
    let path = format!("/api/team/members/{}", ada.member_id);
    eve.api.get(&path).await.expect(404);
    eve.api.json("PATCH", &path, json!({"is_active": false})).await.expect(404);
    eve.http.get(&ada.path("settings/team")).await.expect(404);
    let mut ada = ada;
    ada.api.get("/api/me").await.expect(200);
}
