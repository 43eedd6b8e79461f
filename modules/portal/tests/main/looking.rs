//! What guests see, and above all what they do not.

use serde_json::json;

use crate::{Scene, id};

/// Fills internal fields with texts that no guest may ever meet.
async fn plant_canaries(scene: &mut Scene) {
    let project = scene.project.clone();
    scene
        .api(
            "PATCH",
            &format!("/api/projects/{project}"),
            json!({ "description": "CANARY-PROJECT", "budget_cents": 98_765_400 }),
        )
        .await;
    scene
        .api(
            "POST",
            &format!("/api/projects/{project}/tasks"),
            json!({ "title": "CANARY-HIDDEN-TASK", "is_client_visible": false }),
        )
        .await;
    scene
        .api(
            "POST",
            &format!("/api/projects/{project}/tasks"),
            json!({ "title": "Seen task", "description": "CANARY-TASK-TEXT", "is_client_visible": true }),
        )
        .await;
    scene
        .api(
            "POST",
            &format!("/api/projects/{project}/milestones"),
            json!({ "title": "CANARY-HIDDEN-MILESTONE", "is_client_visible": false }),
        )
        .await;
    scene
        .api(
            "POST",
            &format!("/api/projects/{project}/milestones"),
            json!({ "title": "Seen milestone", "amount_cents": 98_765_400, "is_client_visible": true }),
        )
        .await;
    scene
        .api("POST", &format!("/api/projects/{project}/deliverables"), json!({ "title": "CANARY-DRAFT" }))
        .await;
    scene.api("PATCH", &format!("/api/clients/{}", scene.client), json!({ "notes": "CANARY-NOTES" })).await;
    let portal = scene.portal.clone();
    scene
        .api(
            "POST",
            &format!("/api/portals/{portal}/messages"),
            json!({ "content": "CANARY-INTERNAL-NOTE", "is_internal": true }),
        )
        .await;
    scene.api("POST", &format!("/api/portals/{portal}/messages"), json!({ "content": "Seen message" })).await;
    let upload = [("portal_id", portal.as_str()), ("visibility", "internal")];
    scene
        .owner
        .api
        .upload("/api/files", &upload, &[("file", "canary-internal.txt", "text/plain", b"CANARY-FILE")])
        .await
        .expect(201);
    let upload = [("portal_id", portal.as_str()), ("visibility", "client")];
    scene
        .owner
        .api
        .upload("/api/files", &upload, &[("file", "seen.txt", "text/plain", b"seen")])
        .await
        .expect(201);
}

#[tokio::test]
async fn nothing_internal_reaches_a_guest_on_any_page_or_in_the_api() {
    let mut scene = Scene::new().await;
    plant_canaries(&mut scene).await;
    let deliverable = scene.deliverable("Seen design").await;
    let mut guest = scene.guest().await;
    let mut all = String::new();
    let shown = format!("deliverables/{deliverable}");
    for page in ["", "progress", "deliverables", shown.as_str(), "files", "messages", "invoices", "team"] {
        all += &guest.get(&scene.path(page)).await.expect(200).text();
    }
    for path in ["me", "projects", "deliverables", "invoices", "messages"] {
        all += &guest.get(&format!("/api/portal/{path}")).await.expect(200).text();
    }
    for canary in ["CANARY", "canary", "987,654", "98765400"] {
        assert!(
            !all.contains(canary),
            "{canary} is shown: {}",
            &all[all.find(canary).unwrap().saturating_sub(200)..][..400]
        );
    }
    for seen in
        ["Seen task", "Seen milestone", "Seen message", "seen.txt", "Seen design", "New website", "Ada Morel"]
    {
        assert!(all.contains(seen), "{seen} is missing");
    }
}

#[tokio::test]
async fn files_of_others_internal_ones_and_those_of_other_portals_are_not_there() {
    let mut scene = Scene::new().await;
    let portal = scene.portal.clone();
    let put = async |scene: &mut Scene, portal: &str, visibility: &str, name: &str| {
        let fields = [("portal_id", portal), ("visibility", visibility)];
        id(&scene
            .owner
            .api
            .upload("/api/files", &fields, &[("file", name, "text/plain", b"text")])
            .await
            .expect(201)
            .json())
    };
    let other_client =
        clients::testing::client(&scene.world.app, scene.owner.workspace_id, "Other Ltd").await;
    let other = id(&portal::testing::portal(&mut scene.owner, &other_client.to_string()).await);
    let seen = put(&mut scene, &portal, "client", "a.txt").await;
    let internal = put(&mut scene, &portal, "internal", "b.txt").await;
    let foreign = put(&mut scene, &other, "client", "c.txt").await;
    let mut guest = scene.guest().await;
    let file = guest.get(&scene.path(&format!("files/{seen}"))).await.expect(200);
    assert_eq!(file.body, b"text");
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"a.txt\"");
    assert!(file.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    guest.get(&scene.path(&format!("files/{internal}"))).await.expect(404);
    guest.get(&scene.path(&format!("files/{foreign}"))).await.expect(404);
    scene.world.http().get(&scene.path(&format!("files/{seen}"))).await.expect(303);
    assert_eq!(scene.events("file.downloaded").await, 1);
}

#[tokio::test]
async fn a_section_that_is_switched_off_is_not_there() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Design").await;
    let off = json!({ "sections": { "progress": false, "files": false, "messages": false, "approvals": false, "invoices": false, "team": false } });
    scene.api("PATCH", &format!("/api/portals/{}", scene.portal), off).await;
    let mut guest = scene.guest().await;
    for page in ["progress", "files", "messages", "deliverables", "invoices", "team"] {
        guest.get(&scene.path(page)).await.expect(404);
        if !matches!(page, "files" | "team") {
            let api = if page == "progress" { "projects" } else { page };
            guest.get(&format!("/api/portal/{api}")).await.expect(404);
        }
    }
    guest.post(&scene.path(&format!("deliverables/{deliverable}/approve")), &[]).await.expect(404);
    assert!(!guest.get(&scene.path("")).await.expect(200).text().contains("New website"));
}

#[tokio::test]
async fn a_project_the_portal_does_not_show_is_not_there() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Design").await;
    scene.api("PATCH", &format!("/api/portals/{}", scene.portal), json!({ "project_ids": [] })).await;
    let mut guest = scene.guest().await;
    assert_eq!(guest.get("/api/portal/projects").await.expect(200).json()["total"], 0);
    guest.get(&scene.path(&format!("deliverables/{deliverable}"))).await.expect(404);
    guest.post(&scene.path(&format!("deliverables/{deliverable}/approve")), &[]).await.expect(404);
    let foreign = json!({ "project_ids": [uuid::Uuid::now_v7()] });
    scene.owner.api.json("PATCH", &format!("/api/portals/{}", scene.portal), foreign).await.expect(422);
}

#[tokio::test]
async fn viewing_as_the_client_shows_the_same_and_changes_nothing() {
    let mut scene = Scene::new().await;
    let deliverable = scene.deliverable("Design").await;
    let preview = scene.owner.path(&format!("portals/{}/preview", scene.portal));
    let to = scene.owner.http.post(&preview, &[]).await.expect(303).location().to_owned();
    assert_eq!(to, scene.path(""));
    let mut looking = scene.owner.http.clone();
    let page = looking.get(&to).await.expect(200).text();
    assert!(page.contains("Approve Design"));
    for (path, form) in [
        (format!("deliverables/{deliverable}/approve"), vec![]),
        ("feedback".into(), vec![("comment", "no")]),
        ("messages/read".into(), vec![]),
    ] {
        looking.post(&scene.path(&path), &form).await.expect(403);
    }
    looking.upload(&scene.path("messages"), &[("content", "no")], &[]).await.expect(403);
    assert_eq!(scene.events("portal.previewed").await, 1);
    assert_eq!(scene.events("message.sent").await, 0);
    scene.world.clock.advance(jiff::SignedDuration::from_mins(61));
    looking.get(&to).await.expect(303);
}

#[tokio::test]
async fn a_forged_preview_cookie_opens_nothing() {
    let scene = Scene::new().await;
    let until = 4_000_000_000_i64;
    let said =
        format!("preview.{}.{}.{}.{until}", scene.owner.workspace_id, scene.portal, scene.owner.member_id);
    let cookie = format!("guest-{}", scene.portal.replace('-', ""));
    let mut forger = scene.world.http().with_cookie(&cookie, &format!("{said}.AAAA"));
    forger.get(&scene.path("")).await.expect(303);
}

#[tokio::test]
async fn what_guests_do_is_in_the_access_log() {
    let mut scene = Scene::new().await;
    let mut guest = scene.guest().await;
    guest.get(&scene.path("progress")).await.expect(200);
    guest.upload(&scene.path("messages"), &[("content", "Hello")], &[]).await.expect(303);
    let log = scene.api("GET", &format!("/api/portals/{}/activity", scene.portal), json!({})).await;
    let actions: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    for action in ["opened_link", "viewed_home", "viewed_progress", "wrote"] {
        assert!(actions.contains(&action), "{action} is missing in {actions:?}");
    }
    assert!(log["data"][0]["contact_name"] == "Grace Hopper");
    let page = scene
        .owner
        .http
        .get(&scene.owner.path(&format!("portals/{}/activity", scene.portal)))
        .await
        .expect(200)
        .text();
    assert!(page.contains("opened the portal by a link"));
}

#[tokio::test]
async fn issued_invoices_are_shown_fetched_and_paid_and_drafts_are_not_there() {
    let mut scene = Scene::new().await;
    let lines = json!([{ "description": "Design sprint", "quantity": "2", "unit_price_cents": 50_000 }]);
    let draft = scene
        .api(
            "POST",
            "/api/invoices",
            json!({ "client_id": scene.client, "lines": lines, "notes": "CANARY-DRAFT" }),
        )
        .await;
    let issued =
        scene.api("POST", "/api/invoices", json!({ "client_id": scene.client, "lines": lines })).await;
    scene.api("POST", &format!("/api/invoices/{}/issue", id(&issued)), json!({})).await;
    let mut guest = scene.guest().await;
    let list = guest.get("/api/portal/invoices").await.expect(200).json();
    assert_eq!((list["total"].as_i64(), list["data"][0]["status"].as_str()), (Some(1), Some("open")));
    guest.get(&scene.path(&format!("invoices/{}", id(&draft)))).await.expect(404);
    guest.get(&scene.path(&format!("invoices/{}/pdf", id(&draft)))).await.expect(404);
    let here = scene.path(&format!("invoices/{}", id(&issued)));
    assert!(guest.get(&here).await.expect(200).text().contains("Design sprint"));
    let pdf = guest.get(&format!("{here}/pdf")).await.expect(200);
    assert!(pdf.body.starts_with(b"%PDF"));
    let to = guest.post(&format!("{here}/pay"), &[]).await.expect(303).location().to_owned();
    assert!(to.starts_with("http://localhost:8080/"), "{to}");
    let other = clients::testing::client(&scene.world.app, scene.owner.workspace_id, "Other Ltd").await;
    let foreign = scene.api("POST", "/api/invoices", json!({ "client_id": other, "lines": lines })).await;
    scene.api("POST", &format!("/api/invoices/{}/issue", id(&foreign)), json!({})).await;
    guest.get(&scene.path(&format!("invoices/{}", id(&foreign)))).await.expect(404);
    guest.get(&scene.path(&format!("invoices/{}/pdf", id(&foreign)))).await.expect(404);
}
