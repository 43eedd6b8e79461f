use identity::testing::{self, PASSWORD};
use jiff::SignedDuration;
use serde_json::json;

use crate::world;

const NEW: &str = "seven quiet otters swim";

#[tokio::test]
async fn me_tells_person_workspace_role_and_permissions() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let me = ada.api.get("/api/me").await.expect(200).json();
    assert_eq!(me["user"]["email"], ada.email);
    assert_eq!(me["workspace"]["slug"], ada.slug);
    assert_eq!(me["role"], "owner");
    assert!(me["permissions"].as_array().unwrap().contains(&json!("team.manage")));
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions_and_renews_this_one() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut elsewhere = world.http();
    elsewhere.get("/sign-in").await.expect(200);
    elsewhere.post("/sign-in", &[("email", &ada.email), ("password", PASSWORD)]).await.expect(303);
    ada.http.get("/account").await.expect(200);
    let before = ada.http.cookie("rapport").unwrap().to_owned();
    ada.http.post("/account/password", &[("present", "wrong horse"), ("password", NEW)]).await.expect(422);
    ada.http.post("/account/password", &[("present", PASSWORD), ("password", NEW)]).await.expect(303);
    assert_ne!(ada.http.cookie("rapport").unwrap(), before);
    ada.http.get("/account").await.expect(200);
    elsewhere.get("/account").await.expect(303);
    ada.api.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut browser = world.http().with_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    browser.get("/sign-in").await.expect(200);
    browser.post("/sign-in", &[("email", &ada.email), ("password", PASSWORD)]).await.expect(303);
    let list = ada.api.get("/api/sessions").await.expect(200).json();
    let rows = list["data"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows.iter().filter(|row| row["current"] == true).count(), 1);
    let firefox = rows.iter().find(|row| row["device"] == "Firefox on Linux").unwrap();
    ada.api.delete(&format!("/api/sessions/{}", firefox["id"].as_str().unwrap())).await.expect(204);
    browser.get("/account").await.expect(303);
    ada.api.delete("/api/sessions").await.expect(204);
    ada.http.get("/account").await.expect(303);
    ada.api.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn nobody_ends_the_sessions_of_another() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut eve = testing::owner(&world).await;
    let list = ada.api.get("/api/sessions").await.expect(200).json();
    for row in list["data"].as_array().unwrap() {
        eve.api.delete(&format!("/api/sessions/{}", row["id"].as_str().unwrap())).await.expect(404);
    }
    ada.http.get("/account").await.expect(200);
}

#[tokio::test]
async fn a_session_ends_after_a_week_without_activity_and_after_thirty_days_in_any_case() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let day = SignedDuration::from_hours(24);
    for _ in 0..4 {
        world.clock.advance(day * 6);
        ada.http.get("/account").await.expect(200);
    }
    world.clock.advance(day * 7);
    ada.http.get("/account").await.expect(303);
    let mut idle = testing::owner(&world).await;
    world.clock.advance(day * 7 + SignedDuration::from_secs(1));
    idle.http.get("/account").await.expect(303);
}

#[tokio::test]
async fn a_profile_is_changed_by_page_and_api_with_errors_beside_fields() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.http.get("/account").await.expect(200);
    ada.http
        .post(
            "/account",
            &[
                ("name", "Ada M."),
                ("timezone", "Europe/Berlin"),
                ("locale", "de"),
                ("phone", "+49 30 901820"),
            ],
        )
        .await
        .expect(303);
    let me = ada.api.get("/api/me").await.json();
    assert_eq!(
        (me["user"]["name"].as_str(), me["user"]["timezone"].as_str()),
        (Some("Ada M."), Some("Europe/Berlin"))
    );
    let reply = ada
        .api
        .json("PATCH", "/api/me", json!({"timezone": "Mars/Olympus", "name": " "}))
        .await
        .expect(422)
        .json();
    assert_eq!(reply["errors"].as_array().unwrap().len(), 2);
    ada.api.json("PATCH", "/api/me", json!({"email": "x@example.com"})).await.expect(422);
}

#[tokio::test]
async fn a_form_posted_after_the_session_ended_is_handed_back_after_a_new_sign_in() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.http.get("/sign-in").await;
    world.clock.advance(SignedDuration::from_hours(24 * 8));
    let reply = ada
        .http
        .post(&ada.path("settings/workspace"), &[("name", "Nord <b>"), ("version", "1")])
        .await
        .expect(401);
    let text = reply.text();
    assert!(text.contains("typed.name") && !text.contains("Nord <b>"), "{text}");
    let fields = [
        ("email", ada.email.as_str()),
        ("password", PASSWORD),
        ("action", &ada.path("settings/workspace")),
        ("typed.name", "Nord <b>"),
        ("typed.version", "1"),
    ];
    let reply = ada.http.post("/sign-in/again", &fields).await.expect(200);
    assert!(reply.text().contains("Save what I typed"));
    ada.http.get(&ada.path("settings/workspace")).await.expect(200);
}

#[tokio::test]
async fn a_wrong_proof_is_refused() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.http.keep_csrf("forged");
    ada.http.post("/account", &[("name", "Eve")]).await.expect(403);
}

#[tokio::test]
async fn one_person_works_in_several_workspaces_and_comes_back_to_the_last() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.http.get("/workspaces/new").await.expect(200);
    let reply = ada
        .http
        .post("/workspaces/new", &[("name", "Südlicht"), ("currency", "EUR"), ("timezone", "Europe/Berlin")])
        .await
        .expect(303);
    assert_eq!(reply.location(), "/app/sudlicht");
    ada.http.get("/app/sudlicht/settings/workspace").await.expect(200);
    assert_eq!(ada.http.get("/app").await.expect(303).location(), "/app/sudlicht");
    ada.http.get(&ada.path("settings/workspace")).await.expect(200);
    assert_eq!(ada.http.get("/app").await.expect(303).location(), format!("/app/{}", ada.slug));
    let other =
        ada.api.clone().with_header("x-workspace", "sudlicht").get("/api/me").await.expect(200).json();
    assert_eq!(other["workspace"]["slug"], "sudlicht");
}
