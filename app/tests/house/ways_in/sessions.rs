//! A session is new with every sign-in and rise of privilege, ends at once when it should, and is
//! never one that somebody else chose.

use identity::testing::{self, PASSWORD, Signed};
use rapport_testkit::{Http, World};
use serde_json::json;

use super::address;
use crate::world;

const NEW: &str = "another horse battery 9";

/// Signs in with a browser that has what it has.
async fn sign_in(browser: &mut Http, email: &str, password: &str) {
    browser.get("/sign-in").await;
    let there = browser.post("/sign-in", &[("email", email), ("password", password)]).await.expect(303);
    assert_eq!(there.location(), "/app");
}

fn cookie(browser: &Http) -> String {
    browser.cookie("rapport").expect("a session").to_owned()
}

/// Whether a session's token opens anything.
async fn opens(world: &World, token: &str) -> bool {
    world.http().with_cookie("rapport", token).get("/account").await.status == 200
}

#[tokio::test]
async fn a_token_planted_before_the_sign_in_is_not_the_sessions_and_opens_nothing() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    let planted = "p".repeat(43);
    let mut browser =
        world.http().with_cookie("rapport", &planted).with_cookie("visitor", &planted).at(address(1));
    browser.get("/sign-in").await.expect(200);
    let before = browser.csrf().to_owned();
    sign_in(&mut browser, &owner.email, PASSWORD).await;
    assert_ne!(cookie(&browser), planted);
    assert!(!opens(&world, &planted).await);
    browser.get("/account").await.expect(200);
    assert_ne!(browser.csrf(), before, "the forms' proof is another, too");
    // Whoever planted the visitor's cookie knows the proof of before, which is worth nothing now.
    let mut forger = browser.clone();
    forger.keep_csrf(&before);
    forger.post("/account", &[("name", "Mallory")]).await.expect(403);
}

#[tokio::test]
async fn a_sign_in_in_a_signed_in_browser_ends_the_session_it_had() {
    let world = world().await;
    let (one, two) = (testing::owner(&world).await, testing::owner(&world).await);
    let mut browser = world.http().at(address(1));
    sign_in(&mut browser, &one.email, PASSWORD).await;
    let first = cookie(&browser);
    let mut again = browser.clone();
    again.get("/account").await.expect(200);
    let fields = [("email", two.email.as_str()), ("password", PASSWORD), ("action", "/account")];
    again.post("/sign-in/again", &fields).await.expect(200);
    let second = cookie(&again);
    assert_ne!(first, second);
    assert!(!opens(&world, &first).await, "the session of the person before has ended");
    assert!(opens(&world, &second).await);
    let mut out = again.clone();
    out.get("/account").await.expect(200);
    out.post("/sign-out", &[]).await.expect(303);
    assert!(out.cookie("rapport").is_none());
    assert!(!opens(&world, &second).await, "who signs out is out");
}

#[tokio::test]
async fn a_new_password_gives_a_new_token_and_ends_all_other_sessions_and_programs() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    let mut here = world.http().at(address(1));
    let mut elsewhere = world.http().at(address(2));
    sign_in(&mut here, &owner.email, PASSWORD).await;
    sign_in(&mut elsewhere, &owner.email, PASSWORD).await;
    let before = cookie(&here);
    here.get("/account").await.expect(200);
    let proof = here.csrf().to_owned();
    here.post("/account/password", &[("present", PASSWORD), ("password", NEW)]).await.expect(303);
    assert_ne!(cookie(&here), before);
    here.get("/account").await.expect(200);
    assert_ne!(here.csrf(), proof);
    for token in [before, cookie(&elsewhere)] {
        assert!(!opens(&world, &token).await);
    }
    owner.api.clone().get("/api/me").await.expect(401);
    let mut old = world.http().at(address(3));
    old.get("/sign-in").await.expect(200);
    old.post("/sign-in", &[("email", &owner.email), ("password", PASSWORD)]).await.expect(401);
    sign_in(&mut old, &owner.email, NEW).await;
}

#[tokio::test]
async fn a_reset_password_ends_every_session_and_every_other_link() {
    let world = world().await;
    let owner = testing::owner(&world).await;
    let mut browser = world.http().at(address(1));
    browser.get("/forgot").await.expect(200);
    browser.post("/forgot", &[("email", &owner.email)]).await.expect(200);
    let first = super::mailed_link(&world, &owner.email, "/reset/").await;
    world.clock.advance(jiff::SignedDuration::from_mins(2));
    browser.post("/forgot", &[("email", &owner.email)]).await.expect(200);
    let second = super::mailed_link(&world, &owner.email, "/reset/").await;
    assert_ne!(first, second);
    browser.get(&second).await.expect(200);
    browser.post(&second, &[("password", NEW)]).await.expect(303);
    assert!(browser.cookie("rapport").is_none(), "a reset signs nobody in");
    assert_eq!(owner.http.clone().get("/account").await.status, 303);
    owner.api.clone().get("/api/me").await.expect(401);
    browser.get(&first).await.expect(200);
    let late = browser.post(&first, &[("password", "a third horse battery 9")]).await;
    assert_eq!(late.status, 422, "a link sent before has ended with it");
}

/// What a member still reaches: by browser, by token, by key.
async fn reaches(who: &mut Signed, key: &mut Http) -> [u16; 3] {
    [
        who.http.get(&who.path("settings/team")).await.status,
        who.api.get("/api/team/members").await.status,
        key.get("/api/team/members").await.status,
    ]
}

async fn key_of(world: &World, who: &mut Signed) -> Http {
    let wished = json!({"name": "script", "permissions": ["team.read", "team.manage"]});
    let made = who.api.json("POST", "/api/api-keys", wished).await.expect(201).json();
    let key = made
        .as_object()
        .unwrap()
        .values()
        .find_map(|value| value.as_str().filter(|v| v.starts_with("rapport_")));
    world.http().with_bearer(key.expect("the key itself")).at(address(9))
}

#[tokio::test]
async fn a_demotion_a_deactivation_and_a_suspended_workspace_hold_from_the_next_request_on() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    let mut admin = testing::member(&world, &owner, "admin").await;
    let mut key = key_of(&world, &mut admin).await;
    assert_eq!(reaches(&mut admin, &mut key).await, [200; 3]);

    let path = format!("/api/team/members/{}", admin.member_id);
    owner.api.json("PATCH", &path, json!({"role": "viewer"})).await.expect(200);
    let invite = json!({"email": "new@client.example", "role": "member"});
    admin.api.json("POST", "/api/team/invitations", invite.clone()).await.expect(403);
    key.json("POST", "/api/team/invitations", invite.clone()).await.expect(403);
    assert_eq!(admin.http.get(&admin.path("settings/api-keys")).await.status, 403);
    assert_eq!(reaches(&mut admin, &mut key).await, [200; 3], "a viewer still sees the team");

    owner.api.json("PATCH", &path, json!({"is_active": false})).await.expect(200);
    for status in reaches(&mut admin, &mut key).await {
        assert!(matches!(status, 303 | 401 | 404), "{status} after the deactivation");
    }
    owner.api.json("PATCH", &path, json!({"is_active": true, "role": "admin"})).await.expect(200);
    let mut back = world.http().at(address(3));
    sign_in(&mut back, &admin.email, PASSWORD).await;
    back.get(&admin.path("settings/team")).await.expect(200);

    let database = world.owner().await;
    let suspend = "update identity.workspaces set status = $2 where id = $1";
    database.execute(suspend, &[&owner.workspace_id.uuid(), &"suspended"]).await.unwrap();
    back.get(&admin.path("settings/team")).await.expect(404);
    for status in reaches(&mut owner, &mut key).await {
        assert!(matches!(status, 401 | 404), "{status} in a suspended workspace");
    }
    database.execute(suspend, &[&owner.workspace_id.uuid(), &"active"]).await.unwrap();
    owner.api.get("/api/team/members").await.expect(200);

    database
        .execute("update identity.users set disabled_at = now() where id = $1", &[&owner.user_id.uuid()])
        .await
        .unwrap();
    assert_eq!(owner.http.get("/account").await.status, 303);
    owner.api.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn who_was_invited_and_has_not_come_yet_reaches_nothing() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    let mut guest = testing::owner(&world).await;
    let invite = json!({"email": guest.email, "role": "admin"});
    owner.api.json("POST", "/api/team/invitations", invite).await.expect(201);
    let path = owner.path("settings/team");
    guest.http.get(&path).await.expect(404);
    guest.api.clone().with_header("x-workspace", &owner.slug).get("/api/team/members").await.expect(404);
    let link = super::mailed_link(&world, &guest.email, "/invitations/").await;
    // The one who is signed in with another address does not come in by it either.
    let mut other = testing::owner(&world).await;
    other.http.get(&link).await;
    other.http.post(&link, &[]).await;
    other.http.get(&path).await.expect(404);
    guest.http.get(&link).await.expect(200);
    guest.http.post(&link, &[]).await.expect(303);
    guest.http.get(&path).await.expect(200);
}
