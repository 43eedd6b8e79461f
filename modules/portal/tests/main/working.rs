//! What guests do: decide, write, hand in.

use jiff::SignedDuration;
use serde_json::json;

use crate::{Scene, id};

#[tokio::test]
async fn a_guest_approves_a_deliverable_once_however_often_they_press() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Homepage").await;
    let guest = scene.guest().await;
    assert!(guest.clone().get(&scene.path("")).await.expect(200).text().contains("Approve Homepage"));
    let tries = (0..4).map(|_| {
        let (mut http, path) = (guest.clone(), scene.path(&format!("deliverables/{deliverable}/approve")));
        async move { http.post(&path, &[("comment", "Lovely")]).await.status }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(scene.events("deliverable.approved").await, 1);
    let page =
        guest.clone().get(&scene.path(&format!("deliverables/{deliverable}"))).await.expect(200).text();
    assert!(page.contains("Grace Hopper") && page.contains("Lovely") && page.contains("Receipt"));
}

#[tokio::test]
async fn a_revision_says_what_should_change() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Homepage").await;
    let mut guest = scene.guest().await;
    let path = scene.path(&format!("deliverables/{deliverable}/revise"));
    let refused = guest.post(&path, &[("comment", " ")]).await.expect(422).text();
    assert!(refused.contains("what should change"));
    guest.post(&path, &[("comment", "Larger logo")]).await.expect(303);
    assert_eq!(scene.events("deliverable.revision_requested").await, 1);
    let now = guest.get("/api/portal/deliverables").await.expect(200).json();
    assert_eq!(now["data"][0]["status"], "revision_requested");
}

#[tokio::test]
async fn the_api_of_guests_decides_and_writes_with_their_proof() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Homepage").await;
    let mut guest = scene.guest().await;
    let decided = guest
        .json(
            "POST",
            &format!("/api/portal/deliverables/{deliverable}/approve"),
            json!({ "comment": "Fine" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(decided["status"], "approved");
    let written = guest
        .json("POST", "/api/portal/messages", json!({ "content": "Thank you" }))
        .await
        .expect(201)
        .json();
    assert_eq!(written["content"], "Thank you");
    guest
        .json("POST", "/api/portal/feedback", json!({ "comment": "Great", "project_id": scene.project }))
        .await
        .expect(201);
    assert_eq!(scene.events("feedback.given").await, 1);
    guest
        .json("POST", "/api/portal/messages", json!({ "content": "", "is_internal": true }))
        .await
        .expect(422);
    scene.world.http().json("POST", "/api/portal/messages", json!({ "content": "x" })).await.expect(401);
}

#[tokio::test]
async fn a_program_of_a_guest_needs_only_the_cookie_and_json() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Homepage").await;
    let guest = scene.guest().await;
    let name = format!("guest-{}", scene.portal.replace('-', ""));
    let cookie = guest.cookie(&name).unwrap();
    let mut program = scene.world.http().with_cookie(&name, cookie);
    program.json("POST", "/api/portal/messages", json!({ "content": "Hello" })).await.expect(201);
    program.json("POST", "/api/portal/feedback", json!({ "content": "Great" })).await.expect(201);
    let mut twice = program.clone().with_header("idempotency-key", "k1");
    let written = json!({ "content": "Once" });
    let first = twice.json("POST", "/api/portal/messages", written.clone()).await.expect(201).json();
    assert_eq!(twice.json("POST", "/api/portal/messages", written).await.expect(201).json(), first);
    let approve = format!("/api/portal/deliverables/{deliverable}/approve");
    program
        .clone()
        .with_header("origin", "https://evil.example")
        .json("POST", &approve, json!({}))
        .await
        .expect(403);
    program
        .clone()
        .with_header("x-csrf-token", "guessed")
        .json("POST", &approve, json!({}))
        .await
        .expect(403);
    let form = "application/x-www-form-urlencoded";
    program.send("POST".parse().unwrap(), &approve, Some(form), b"comment=x".to_vec()).await.expect(403);
    assert_eq!(program.json("POST", &approve, json!({})).await.expect(200).json()["status"], "approved");
}

#[tokio::test]
async fn messages_go_both_ways_with_receipts_and_unread_counts() {
    let mut scene = Scene::new().await;
    let portal = scene.portal.clone();
    scene.api("POST", &format!("/api/portals/{portal}/messages"), json!({ "content": "Have a look" })).await;
    let mut guest = scene.guest().await;
    assert!(guest.get(&scene.path("")).await.expect(200).text().contains("1\u{a0}new message"));
    let thread = guest.get(&scene.path("messages")).await.expect(200).text();
    assert!(thread.contains("Have a look") && thread.contains("Mark as read"));
    guest.post(&scene.path("messages/read"), &[]).await.expect(303);
    assert!(!guest.get(&scene.path("messages")).await.expect(200).text().contains("Mark as read"));
    let seen = scene.api("GET", &format!("/api/portals/{portal}/messages"), json!({})).await;
    assert!(seen["data"][0]["read_at"].is_string(), "{seen}");

    scene.world.clock.advance(SignedDuration::from_mins(1));
    guest
        .upload(
            &scene.path("messages"),
            &[("content", "Looks good")],
            &[("file", "notes.txt", "text/plain", b"text")],
        )
        .await
        .expect(303);
    let inbox = scene.owner.http.get(&scene.owner.path("inbox")).await.expect(200).text();
    assert!(inbox.contains("is-unread") && inbox.contains("Looks good"));
    let list = scene.api("GET", "/api/conversations?unread=true", json!({})).await;
    assert_eq!(list["total"], 1);
    let conversation = id(&list["data"][0]);
    let page =
        scene.owner.http.get(&scene.owner.path(&format!("inbox/{conversation}"))).await.expect(200).text();
    assert!(page.contains("notes.txt"));
    scene.owner.http.post(&scene.owner.path(&format!("inbox/{conversation}/read")), &[]).await.expect(303);
    assert_eq!(scene.api("GET", "/api/conversations?unread=true", json!({})).await["total"], 0);
}

#[tokio::test]
async fn a_message_may_be_changed_by_its_author_for_five_minutes() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    let written =
        guest.json("POST", "/api/portal/messages", json!({ "content": "Teh text" })).await.expect(201).json();
    let path = scene.path(&format!("messages/{}", id(&written)));
    guest.post(&path, &[("content", "The text")]).await.expect(303);
    assert!(guest.get(&scene.path("messages")).await.expect(200).text().contains("The text"));
    scene
        .owner
        .api
        .json("PATCH", &format!("/api/messages/{}", id(&written)), json!({ "content": "Not mine" }))
        .await
        .expect(404);
    scene.world.clock.advance(SignedDuration::from_mins(5));
    guest.post(&path, &[("content", "Too late")]).await.expect(303);
    assert!(!guest.get(&scene.path("messages")).await.expect(200).text().contains("Too late"));
}

#[tokio::test]
async fn the_same_name_makes_a_new_version_even_when_two_upload_at_once() {
    let mut scene = Scene::new().await;
    let guest = scene.guest().await;
    let uploads = (0..4).map(|n| {
        let (mut http, path) = (guest.clone(), scene.path("files"));
        async move {
            http.upload(&path, &[], &[("file", "plan.txt", "text/plain", format!("plan {n}").as_bytes())])
                .await
                .status
        }
    });
    let answers = futures::future::join_all(uploads).await;
    assert!(answers.iter().all(|status| *status == 303), "{answers:?}");
    let files = scene.api("GET", &format!("/api/files?portal_id={}", scene.portal), json!({})).await;
    assert_eq!(files["total"], 1);
    assert_eq!(files["data"][0]["current_version"], 4);
    let versions =
        scene.api("GET", &format!("/api/files/{}/versions", id(&files["data"][0])), json!({})).await;
    assert_eq!(versions["total"], 4);
}

#[tokio::test]
async fn a_file_that_is_not_what_it_says_is_refused_beside_its_field() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    let page = guest
        .upload(&scene.path("files"), &[], &[("file", "photo.png", "image/png", b"#!/bin/sh\nrm -rf /\n")])
        .await
        .expect(422)
        .text();
    assert!(
        page.contains("photo") || page.contains("cannot be uploaded") || page.contains("content is"),
        "{page}"
    );
    let files = scene.api("GET", &format!("/api/files?portal_id={}", scene.portal), json!({})).await;
    assert_eq!(files["total"], 0);
}

#[tokio::test]
async fn a_viewer_looks_and_an_approver_does_not_need_more() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Homepage").await;
    let mut guest = scene.guest().await;
    let page = scene
        .owner
        .http
        .get(&scene.owner.path(&format!("portals/{}/links", scene.portal)))
        .await
        .expect(200)
        .text();
    let guest_id = page.split("id=\"guest-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let role = scene.owner.path(&format!("portals/{}/guests/{guest_id}", scene.portal));
    scene.owner.http.post(&role, &[("role", "viewer")]).await.expect(303);
    let approve = scene.path(&format!("deliverables/{deliverable}/approve"));
    guest.post(&approve, &[]).await.expect(403);
    guest.json("POST", "/api/portal/messages", json!({ "content": "x" })).await.expect(403);
    scene.owner.http.post(&role, &[("role", "approver")]).await.expect(303);
    guest.post(&approve, &[]).await.expect(303);
    scene.owner.http.post(&role, &[("role", "king")]).await.expect(422);
}

#[tokio::test]
async fn where_the_owner_wants_it_approving_asks_for_a_code_by_mail_first() {
    let mut scene = Scene::new().await;
    scene.api("PATCH", &format!("/api/portals/{}", scene.portal), json!({ "require_code": true })).await;
    let deliverable = scene.deliverable("Homepage").await;
    let mut guest = scene.guest().await;
    let approve = scene.path(&format!("deliverables/{deliverable}/approve"));
    let to = guest.post(&approve, &[]).await.expect(303).location().to_owned();
    assert!(to.starts_with(&scene.path("confirm?next=")));
    guest
        .json("POST", &format!("/api/portal/deliverables/{deliverable}/approve"), json!({}))
        .await
        .expect(403);
    guest.get(&to).await.expect(200);
    guest.post(&scene.path("confirm/send"), &[("next", &scene.path("deliverables"))]).await.expect(303);
    let mail = scene
        .world
        .owner()
        .await
        .query_one("select subject from mail.outbox where kind = 'portal.code'", &[])
        .await
        .unwrap();
    let code: String = mail.get::<_, String>(0).chars().take(6).collect();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    guest.post(&scene.path("confirm"), &[("code", wrong)]).await.expect(422);
    let mut other = scene.guest().await;
    other.post(&scene.path("confirm"), &[("code", &code)]).await.expect(422);
    guest
        .post(&scene.path("confirm"), &[("code", &code), ("next", &scene.path("deliverables"))])
        .await
        .expect(303);
    guest.post(&approve, &[]).await.expect(303);
    assert_eq!(scene.events("deliverable.approved").await, 1);
}

#[tokio::test]
async fn every_page_of_the_team_is_there() {
    let mut scene = Scene::new().await;
    scene.guest().await;
    let portal = scene.portal.clone();
    for page in [
        "portals".to_owned(),
        format!("portals/{portal}"),
        format!("portals/{portal}/links"),
        format!("portals/{portal}/files"),
        format!("portals/{portal}/activity"),
        format!("portals/{portal}/settings"),
        "inbox".into(),
    ] {
        scene.owner.http.get(&scene.owner.path(&page)).await.expect(200);
    }
    let client = scene.client.clone();
    let opened = scene
        .owner
        .http
        .post(&scene.owner.path("portals"), &[("client_id", &client), ("title", "Second")])
        .await
        .expect(303);
    assert!(opened.location().ends_with("/links"));
    let form = [
        ("version", "1"),
        ("title", "Renamed"),
        ("status", "active"),
        ("link_days", "14"),
        ("messages", "on"),
        ("own_color", "on"),
        ("theme.accent_color", "#AA3311"),
        ("theme.welcome_text", "Welcome!"),
    ];
    let settings = scene.owner.path(&format!("portals/{portal}/settings"));
    scene
        .owner
        .http
        .upload(&settings, &form, &[("logo", "logo.png", "image/png", files::testing::PNG)])
        .await
        .expect(303);
    let css = scene.world.http().get(&scene.path("brand.css")).await.expect(200).text();
    assert!(css.contains('#') || css.contains("oklch") || css.contains("rgb"), "{css}");
    let logo = scene.world.http().get(&scene.path("logo")).await.expect(200);
    assert_eq!(logo.headers["content-type"], "image/png");
    scene.owner.http.upload(&settings, &form, &[]).await.expect(422);
}
