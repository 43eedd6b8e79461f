use identity::testing::{self, PASSWORD};
use jiff::SignedDuration;
use serde_json::json;

use crate::world;

#[tokio::test]
async fn wrong_password_and_unknown_address_are_answered_the_same() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let login = |email: &str, password: &str| json!({"email": email, "password": password});
    let wrong = world
        .http()
        .json("POST", "/api/auth/login", login(&ada.email, "wrong horse battery 9"))
        .await
        .expect(401);
    let unknown =
        world.http().json("POST", "/api/auth/login", login("nobody@example.com", PASSWORD)).await.expect(401);
    assert_eq!(wrong.json(), unknown.json());
    let reply = world
        .http()
        .json("POST", "/api/auth/login", login(&ada.email.to_uppercase(), PASSWORD))
        .await
        .expect(200)
        .json();
    assert_eq!(reply["workspace"]["id"], ada.workspace_id.to_string());
}

#[tokio::test]
async fn five_wrong_passwords_a_minute_and_then_one_waits() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    for _ in 0..5 {
        world
            .http()
            .json("POST", "/api/auth/login", json!({"email": ada.email, "password": "wrong horse battery"}))
            .await
            .expect(401);
    }
    let reply = world
        .http()
        .json("POST", "/api/auth/login", json!({"email": ada.email, "password": PASSWORD}))
        .await
        .expect(429);
    assert_eq!(reply.headers["retry-after"], "60");
    world.clock.advance(SignedDuration::from_secs(61));
    world
        .http()
        .json("POST", "/api/auth/login", json!({"email": ada.email, "password": PASSWORD}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_family() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let first = world
        .http()
        .json("POST", "/api/auth/login", json!({"email": ada.email, "password": PASSWORD}))
        .await
        .expect(200)
        .json();
    let old = first["refresh_token"].as_str().unwrap().to_owned();
    let second = world
        .http()
        .json("POST", "/api/auth/refresh", json!({"refresh_token": old}))
        .await
        .expect(200)
        .json();
    let newest = second["refresh_token"].as_str().unwrap().to_owned();
    let mut api = world.http().with_bearer(second["access_token"].as_str().unwrap());
    assert_ne!(api.json("POST", "/api/auth/refresh", json!({"refresh_token": old})).await.status, 200);
    world.http().json("POST", "/api/auth/refresh", json!({"refresh_token": newest})).await.expect(401);
    api.json("POST", "/api/auth/logout", json!({})).await.expect(401);
}

#[tokio::test]
async fn signing_out_ends_the_access_token_too() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.api.json("POST", "/api/auth/logout", json!({})).await.expect(204);
    ada.api.json("POST", "/api/auth/logout", json!({})).await.expect(401);
    ada.http.post("/sign-out", &[]).await.expect(303);
    assert_eq!(ada.http.cookie("rapport"), None);
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    ada.api.get("/api/me").await.expect(200);
    world.clock.advance(SignedDuration::from_secs(3_601));
    ada.api.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn a_token_that_was_taken_once_is_refused_when_one_letter_of_it_differs() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let body = json!({"email": ada.email, "password": PASSWORD});
    let token = world.http().json("POST", "/api/auth/login", body).await.expect(200).json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    world.http().with_bearer(&token).get("/api/me").await.expect(200);
    for at in [10, token.len() / 2, token.len() - 10] {
        let mut other = token.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).unwrap();
        world.http().with_bearer(&other).get("/api/me").await.expect(401);
    }
}
