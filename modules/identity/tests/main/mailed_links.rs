use identity::testing::{self, PASSWORD};
use jiff::SignedDuration;
use serde_json::json;

use crate::{mail, mails, path_in, world};

const NEW: &str = "seven quiet otters swim";

fn code_in(mail: &str) -> String {
    mail.split_whitespace()
        .find(|word| word.len() == 6 && word.chars().all(|c| c.is_ascii_digit()))
        .expect("a code")
        .to_owned()
}

#[tokio::test]
async fn a_link_signs_in_the_browser_that_asked_and_only_by_a_post() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let mut asker = world.http();
    asker.get("/sign-in/link?next=/app/northlight/clients").await.expect(200);
    asker
        .post("/sign-in/link", &[("email", &ada.email), ("next", "/app/northlight/clients")])
        .await
        .expect(303);
    let link = path_in(&mail(&world, "identity.sign_in", &ada.email).await, "/sign-in/link/");

    let mut stranger = world.http();
    stranger.get(&link).await.expect(200);
    let text = stranger.post(&link, &[]).await.expect(422).text();
    assert!(text.contains("in the browser you asked from"), "{text}");
    assert!(stranger.cookie("rapport").is_none());

    for _ in 0..3 {
        asker.get(&link).await.expect(200);
    }
    let reply = asker.post(&link, &[]).await.expect(303);
    assert_eq!(reply.location(), "/app/northlight/clients");
    asker.get("/account").await.expect(200);

    let mut again = world.http();
    again.get(&link).await.expect(200);
    again.post(&link, &[]).await.expect(422);
}

#[tokio::test]
async fn a_code_works_once_for_ten_minutes_and_not_after_five_wrong_ones() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let ask = |http: &mut rapport_testkit::Http| {
        let mut http = http.clone();
        let email = ada.email.clone();
        async move {
            http.get("/sign-in/link").await.expect(200);
            http.post("/sign-in/link", &[("email", &email)]).await.expect(303);
            http
        }
    };
    let mut http = ask(&mut world.http()).await;
    let code = code_in(&mail(&world, "identity.sign_in", &ada.email).await);
    http.clone().post("/sign-in/code", &[("code", &code)]).await.expect(303);
    http.post("/sign-in/code", &[("code", &code)]).await.expect(422);

    world.clock.advance(SignedDuration::from_mins(2));
    let mut late = ask(&mut world.http()).await;
    let code = code_in(&mail(&world, "identity.sign_in", &ada.email).await);
    world.clock.advance(SignedDuration::from_mins(11));
    late.post("/sign-in/code", &[("code", &code)]).await.expect(422);

    world.clock.advance(SignedDuration::from_mins(2));
    let mut guesser = ask(&mut world.http()).await;
    let code = code_in(&mail(&world, "identity.sign_in", &ada.email).await);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        guesser.post("/sign-in/code", &[("code", wrong)]).await.expect(422);
    }
    world.clock.advance(SignedDuration::from_mins(2));
    guesser.post("/sign-in/code", &[("code", &code)]).await.expect(422);
}

#[tokio::test]
async fn two_browsers_that_use_one_link_at_once_get_one_session() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let mut a = world.http();
    a.get("/sign-in/link").await.expect(200);
    a.post("/sign-in/link", &[("email", &ada.email)]).await.expect(303);
    let link = path_in(&mail(&world, "identity.sign_in", &ada.email).await, "/sign-in/link/");
    let mut b = a.clone();
    let (one, two) = tokio::join!(a.post(&link, &[]), b.post(&link, &[]));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
}

#[tokio::test]
async fn asking_is_answered_the_same_for_an_unknown_address_and_sends_it_nothing() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    for path in ["/api/auth/password/forgot", "/api/auth/magic-link"] {
        let known = world.http().json("POST", path, json!({"email": ada.email})).await.expect(202);
        let unknown =
            world.http().json("POST", path, json!({"email": "nobody@example.com"})).await.expect(202);
        assert_eq!(known.body.len(), unknown.body.len());
    }
    assert_eq!(mails(&world, "identity.sign_in").await, 1);
    assert_eq!(mails(&world, "identity.reset_password").await, 1);
}

#[tokio::test]
async fn a_program_signs_in_with_the_code_and_what_it_was_given() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    let asked = world
        .http()
        .json("POST", "/api/auth/magic-link", json!({"email": ada.email}))
        .await
        .expect(202)
        .json();
    let code = code_in(&mail(&world, "identity.sign_in", &ada.email).await);
    let other = json!({"pending": "x".repeat(43), "code": code});
    world.http().json("POST", "/api/auth/magic-link/code", other).await.expect(422);
    let right = json!({"pending": asked["pending"], "code": code});
    let reply = world.http().json("POST", "/api/auth/magic-link/code", right).await.expect(200).json();
    assert_eq!(reply["user"]["id"], ada.user_id.to_string());
}

#[tokio::test]
async fn a_new_password_by_mail_works_once_and_ends_every_session() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let mut http = world.http();
    http.get("/forgot").await.expect(200);
    http.post("/forgot", &[("email", &ada.email)]).await.expect(200);
    let link = path_in(&mail(&world, "identity.reset_password", &ada.email).await, "/reset/");
    http.get(&link).await.expect(200);
    http.post(&link, &[("password", "short")]).await.expect(422);
    http.post(&link, &[("password", NEW)]).await.expect(303);
    http.post(&link, &[("password", "another fine password")]).await.expect(422);
    ada.http.get("/account").await.expect(303);
    ada.api.get("/api/me").await.expect(401);
    world
        .http()
        .json("POST", "/api/auth/login", json!({"email": ada.email, "password": PASSWORD}))
        .await
        .expect(401);
    world
        .http()
        .json("POST", "/api/auth/login", json!({"email": ada.email, "password": NEW}))
        .await
        .expect(200);
    assert_eq!(mails(&world, "identity.password_changed").await, 1);
}

#[tokio::test]
async fn a_reset_link_ends_after_an_hour() {
    let world = world().await;
    let ada = testing::owner(&world).await;
    world.http().json("POST", "/api/auth/password/forgot", json!({"email": ada.email})).await.expect(202);
    let link = path_in(&mail(&world, "identity.reset_password", &ada.email).await, "/reset/");
    world.clock.advance(SignedDuration::from_mins(61));
    let token = link.strip_prefix("/reset/").unwrap();
    world
        .http()
        .json("POST", "/api/auth/password/reset", json!({"token": token, "password": NEW}))
        .await
        .expect(404);
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_post_and_not_by_looking() {
    let world = world().await;
    let body =
        json!({"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "workspace_name": "Nord"});
    let reply = world.http().json("POST", "/api/auth/signup", body).await.expect(201).json();
    let mut api = world.http().with_bearer(reply["access_token"].as_str().unwrap());
    let link = path_in(&mail(&world, "identity.confirm_address", "ada@example.com").await, "/verify/");
    let mut http = world.http();
    http.get(&link).await.expect(200);
    assert_eq!(api.get("/api/me").await.json()["user"]["email_verified"], false);
    http.post(&link, &[]).await.expect(303);
    assert_eq!(api.get("/api/me").await.json()["user"]["email_verified"], true);
}
