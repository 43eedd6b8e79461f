//! Links: how guests come in, and how they are kept out.

use jiff::SignedDuration;
use serde_json::json;

use crate::{Scene, id};

#[tokio::test]
async fn a_link_is_a_page_with_a_button_until_it_is_posted() {
    let mut scene = Scene::new().await;
    let path = scene.link(json!({ "single_use": true })).await;
    for _ in 0..3 {
        let page = scene.world.http().get(&path).await.expect(200);
        assert!(page.headers.get("set-cookie").is_none(), "looking at a link leaves no cookie");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert!(page.text().contains("Open the portal"));
    }
    let mut guest = scene.world.http();
    let entered = guest.post(&path, &[]).await.expect(303);
    assert_eq!(entered.location(), scene.path(""));
    assert!(guest.get(&scene.path("")).await.expect(200).text().contains("Hello Grace"));
    assert_eq!(scene.events("portal.visited").await, 1);
}

#[tokio::test]
async fn of_several_who_redeem_a_link_that_works_once_one_gets_in() {
    let mut scene = Scene::new().await;
    let path = scene.link(json!({ "single_use": true })).await;
    let tries = (0..8).map(|_| {
        let (mut http, path) = (scene.world.http(), path.clone());
        async move { http.post(&path, &[]).await.status }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 410).count(), 7, "{answers:?}");
    scene.world.http().get(&path).await.expect(410);
}

#[tokio::test]
async fn a_link_that_may_be_used_often_works_on_every_device_until_it_expires() {
    let mut scene = Scene::new().await;
    let path = scene.link(json!({ "expires_in_days": 7 })).await;
    for _ in 0..3 {
        scene.world.http().post(&path, &[]).await.expect(303);
    }
    scene.world.clock.advance(SignedDuration::from_hours(24 * 7));
    scene.world.http().post(&path, &[]).await.expect(410);
    let page = scene.world.http().get(&path).await.expect(410);
    assert!(page.text().contains("Ask for a new link"));
}

#[tokio::test]
async fn revoking_a_link_ends_the_visits_that_came_by_it_at_once() {
    let mut scene = Scene::new().await;
    let made = scene.api("POST", &format!("/api/portals/{}/links", scene.portal), json!({})).await;
    let mut guest = scene.guest().await;
    let path = made["url"].as_str().unwrap().replace("http://localhost:8080", "");
    let mut other = scene.world.http();
    other.post(&path, &[]).await.expect(303);
    other.get(&scene.path("")).await.expect(200);
    scene.owner.api.delete(&format!("/api/portals/{}/links/{}", scene.portal, id(&made))).await.expect(204);
    assert_eq!(other.get(&scene.path("")).await.expect(303).location(), scene.path("enter"));
    other.get("/api/portal/projects").await.expect(401);
    scene.world.http().post(&path, &[]).await.expect(410);
    guest.get(&scene.path("")).await.expect(200);
    scene
        .owner
        .http
        .post(&scene.owner.path(&format!("portals/{}/links/revoke", scene.portal)), &[])
        .await
        .expect(303);
    guest.get(&scene.path("")).await.expect(303);
}

#[tokio::test]
async fn a_day_without_a_request_ends_a_visit() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    scene.world.clock.advance(SignedDuration::from_hours(23));
    guest.get(&scene.path("")).await.expect(200);
    scene.world.clock.advance(SignedDuration::from_hours(23));
    guest.get(&scene.path("")).await.expect(200);
    scene.world.clock.advance(SignedDuration::from_hours(25));
    guest.get(&scene.path("")).await.expect(303);
}

#[tokio::test]
async fn a_new_link_goes_only_to_a_contact_and_the_answer_is_the_same_for_all() {
    let scene = Scene::new().await;
    let mut answers = Vec::new();
    for email in ["Grace@HopperLtd.example", "nobody@example.com"] {
        let mut http = scene.world.http();
        http.get(&scene.path("enter")).await.expect(200);
        let answer = http.post(&scene.path("enter"), &[("email", email)]).await.expect(303);
        answers.push((
            answer.location().to_owned(),
            http.get(&scene.path("enter?asked=1")).await.expect(200).status,
        ));
    }
    assert_eq!(answers[0], answers[1]);
    scene.world.settle().await;
    let mails = scene
        .world
        .owner()
        .await
        .query("select recipient_email, body_text from mail.outbox where kind = 'portal.link'", &[])
        .await
        .unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].get::<_, String>(0), "grace@hopperltd.example");
    let text: String = mails[0].get(1);
    let at = text.find("http://localhost:8080/portal/").expect("a link in the mail");
    let link = text[at..].split_whitespace().next().unwrap().replace("http://localhost:8080", "");
    scene.world.http().post(&link, &[]).await.expect(303);
}

#[tokio::test]
async fn whose_access_was_taken_away_gets_no_link_by_asking() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    let page = scene
        .owner
        .http
        .get(&scene.owner.path(&format!("portals/{}/links", scene.portal)))
        .await
        .expect(200)
        .text();
    let guest_id = page.split("id=\"guest-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    scene
        .owner
        .http
        .post(&scene.owner.path(&format!("portals/{}/guests/{guest_id}", scene.portal)), &[("act", "revoke")])
        .await
        .expect(303);
    guest.get(&scene.path("")).await.expect(303);
    let mut http = scene.world.http();
    http.get(&scene.path("enter")).await.expect(200);
    http.post(&scene.path("enter"), &[("email", "grace@hopperltd.example")]).await.expect(303);
    scene.world.settle().await;
    let mails = scene
        .world
        .owner()
        .await
        .query("select 1 from mail.outbox where kind = 'portal.link'", &[])
        .await
        .unwrap();
    assert!(mails.is_empty());
}

#[tokio::test]
async fn a_link_is_sent_by_mail_and_shown_once() {
    let mut scene = Scene::new().await;
    let here = scene.owner.path(&format!("portals/{}/links", scene.portal));
    let contact = clients::testing::contact_of(
        &scene.world.app,
        scene.owner.workspace_id,
        scene.client.parse().unwrap(),
    )
    .await
    .to_string();
    let form = [("contact_id", contact.as_str()), ("expires_in_days", "10"), ("send", "on")];
    let answer = scene.owner.http.post(&here, &form).await.expect(200).text();
    assert!(answer.contains(&format!("http://localhost:8080/portal/{}/", scene.portal)));
    let later = scene.owner.http.get(&here).await.expect(200).text();
    assert!(!later.contains(&format!("http://localhost:8080/portal/{}/", scene.portal)));
    let sent = scene
        .world
        .owner()
        .await
        .query("select 1 from mail.outbox where kind = 'portal.link'", &[])
        .await
        .unwrap();
    assert_eq!(sent.len(), 1);
    let stored = scene
        .world
        .owner()
        .await
        .query_one("select count(*) from portal.links where length(token_hash) = 32", &[])
        .await
        .unwrap();
    assert_eq!(stored.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_cookie_of_one_portal_opens_no_other() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    let other = clients::testing::client(&scene.world.app, scene.owner.workspace_id, "Other Ltd").await;
    let second = portal::testing::portal(&mut scene.owner, &other.to_string()).await;
    assert_eq!(
        guest.get(&format!("/portal/{}", id(&second))).await.expect(303).location(),
        format!("/portal/{}/enter", id(&second))
    );
}

#[tokio::test]
async fn a_draft_or_archived_portal_lets_nobody_in() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    let path = scene.link(json!({})).await;
    scene.api("PATCH", &format!("/api/portals/{}", scene.portal), json!({ "status": "archived" })).await;
    guest.get(&scene.path("")).await.expect(303);
    scene.world.http().post(&path, &[]).await.expect(410);
    scene
        .owner
        .api
        .json("POST", &format!("/api/portals/{}/links", scene.portal), json!({}))
        .await
        .expect(409);
}

#[tokio::test]
async fn members_see_only_portals_of_their_projects_and_viewers_change_nothing() {
    let mut scene = Scene::new().await;
    let mut member = identity::testing::member(&scene.world, &scene.owner, "member").await;
    let mut viewer = identity::testing::member(&scene.world, &scene.owner, "viewer").await;
    let here = format!("/api/portals/{}", scene.portal);
    member.api.get(&here).await.expect(404);
    assert_eq!(member.api.get("/api/portals").await.expect(200).json()["total"], 0);
    viewer.api.get(&here).await.expect(200);
    viewer.api.json("POST", &format!("{here}/links"), json!({})).await.expect(403);
    viewer.api.json("PATCH", &here, json!({ "title": "Mine" })).await.expect(403);
    let put = json!({ "members": [{ "member_id": scene.owner.member_id, "role": "lead" }, { "member_id": member.member_id, "role": "contributor" }] });
    scene.api("PUT", &format!("/api/projects/{}/members", scene.project), put).await;
    member.api.get(&here).await.expect(200);
    member.http.get(&member.path(&format!("portals/{}", scene.portal))).await.expect(200);
}

#[tokio::test]
async fn two_people_who_change_a_portal_do_not_undo_each_other() {
    let mut scene = Scene::new().await;
    let here = format!("/api/portals/{}", scene.portal);
    let mut first = scene.owner.api.clone().with_header("if-match", "\"1\"");
    first.json("PATCH", &here, json!({ "title": "First" })).await.expect(200);
    first.json("PATCH", &here, json!({ "title": "Second" })).await.expect(412);
    assert_eq!(scene.api("GET", &here, json!({})).await["title"], "First");
    scene.owner.api.json("PATCH", &here, json!({ "theme": { "accent_color": "red" } })).await.expect(422);
}
