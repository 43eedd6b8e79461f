//! The API.

use identity::testing::member;
use serde_json::json;

use crate::{client, house, id, kinds, project};

#[tokio::test]
async fn a_project_is_opened_changed_and_listed() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let reply = owner
        .api
        .json("POST", "/api/projects", json!({ "client_id": client, "name": "Relaunch", "budget_cents": 10_000, "start_date": "2026-11-01" }))
        .await
        .expect(201);
    let made = reply.json();
    assert_eq!(
        (made["status"].as_str(), made["spent_cents"].as_i64(), made["progress_percent"].as_i64()),
        (Some("active"), Some(0), Some(0))
    );
    assert_eq!(made["members"][0]["role"], "lead");
    assert_eq!(reply.location(), format!("/api/projects/{}", id(&made)));
    let path = format!("/api/projects/{}", id(&made));
    let changed = owner
        .api
        .json("PATCH", &path, json!({ "status": "on_hold", "deadline": "2026-12-24", "budget_cents": null }))
        .await
        .expect(200);
    let changed = changed.json();
    assert_eq!(
        (changed["status"].as_str(), changed["deadline"].as_str()),
        (Some("on_hold"), Some("2026-12-24"))
    );
    assert!(changed["budget_cents"].is_null());
    owner.api.json("PATCH", &path, json!({ "deadline": "2026-10-01" })).await.expect(422);
    owner.api.json("PATCH", &path, json!({ "colour": "red" })).await.expect(422);
    let list = owner.api.get("/api/projects?search=rel%20acme&status=open").await.expect(200).json();
    assert_eq!((list["total"].as_i64(), id(&list["data"][0])), (Some(1), id(&made)));
    assert_eq!(owner.api.get("/api/projects?status=active").await.expect(200).json()["total"], 0);
    let events = kinds(&world, &owner).await;
    assert!(
        events.ends_with(&[
            "project.created".into(),
            "project.status_changed".into(),
            "project.updated".into()
        ]),
        "{events:?}"
    );
}

#[tokio::test]
async fn what_someone_else_changed_meanwhile_is_not_overwritten() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let path = format!("/api/projects/{}", project(&mut owner, client, "Relaunch").await);
    let mut late = owner.api.clone().with_header("If-Match", "\"1\"");
    owner.api.json("PATCH", &path, json!({ "name": "First" })).await.expect(200);
    late.json("PATCH", &path, json!({ "name": "Second" })).await.expect(412);
    assert_eq!(owner.api.get(&path).await.json()["name"], "First");
}

#[tokio::test]
async fn lists_go_on_page_by_page_in_every_order() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    for name in ["Bravo", "alpha", "Délta", "Charlie", "echo"] {
        project(&mut owner, client, name).await;
    }
    for sort in ["name", "-created_at", "-activity", "deadline"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = owner
                .api
                .get(&format!("/api/projects?sort={sort}&limit=2&after={after}"))
                .await
                .expect(200)
                .json();
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 5, "{sort}: {seen:?}");
        if sort == "name" {
            assert_eq!(seen, ["alpha", "Bravo", "Charlie", "Délta", "echo"]);
        }
    }
    owner.api.get("/api/projects?sort=colour").await.expect(422);
}

#[tokio::test]
async fn members_see_only_their_projects_and_no_money() {
    let (world, mut owner) = house().await;
    let mut mia = member(&world, &owner, "member").await;
    let client = client(&world, &owner).await;
    let (own, other) = (project(&mut owner, client, "Own").await, project(&mut owner, client, "Other").await);
    let team = json!({ "members": [{ "member_id": mia.member_id, "role": "contributor", "hourly_rate_cents": 7_000 }] });
    let put = owner.api.json("PUT", &format!("/api/projects/{own}/members"), team).await.expect(200).json();
    assert_eq!((put["total"].as_i64(), put["data"][0]["hourly_rate_cents"].as_i64()), (Some(1), Some(7_000)));

    let list = mia.api.get("/api/projects").await.expect(200).json();
    assert_eq!((list["total"].as_i64(), id(&list["data"][0])), (Some(1), own.clone()));
    let seen = mia.api.get(&format!("/api/projects/{own}")).await.expect(200).json();
    for field in ["budget_cents", "spent_cents", "hourly_rate_cents"] {
        assert!(seen[field].is_null(), "{field}");
    }
    assert!(seen["members"][0]["hourly_rate_cents"].is_null());
    for path in [
        format!("/api/projects/{other}"),
        format!("/api/projects/{other}/tasks"),
        format!("/api/projects/{other}/milestones"),
    ] {
        mia.api.get(&path).await.expect(404);
    }
    mia.api.json("POST", &format!("/api/projects/{other}/tasks"), json!({ "title": "x" })).await.expect(404);
    mia.api.json("PATCH", &format!("/api/projects/{own}"), json!({ "name": "x" })).await.expect(403);
    mia.api.json("POST", "/api/projects", json!({ "client_id": client, "name": "x" })).await.expect(403);

    let task = owner
        .api
        .json(
            "POST",
            &format!("/api/projects/{own}/tasks"),
            json!({ "title": "Do it", "hourly_rate_cents": 1 }),
        )
        .await
        .expect(201)
        .json();
    let path = format!("/api/tasks/{}", id(&task));
    let done = mia.api.json("PATCH", &path, json!({ "status": "done" })).await.expect(200).json();
    assert!(done["completed_at"].is_string() && done["hourly_rate_cents"].is_null());
    mia.api.json("PATCH", &path, json!({ "hourly_rate_cents": 5 })).await.expect(403);
    mia.api.delete(&path).await.expect(403);

    let off = json!({ "members": [] });
    owner.api.json("PUT", &format!("/api/projects/{own}/members"), off).await.expect(200);
    mia.api.get(&path).await.expect(404);
    assert_eq!(mia.api.get("/api/projects").await.json()["total"], 0);
}

#[tokio::test]
async fn viewers_read_everything_but_money_and_change_nothing() {
    let (world, mut owner) = house().await;
    let mut vera = member(&world, &owner, "viewer").await;
    let client = client(&world, &owner).await;
    let path = format!("/api/projects/{}", project(&mut owner, client, "Relaunch").await);
    let seen = vera.api.get(&path).await.expect(200).json();
    assert!(seen["budget_cents"].is_null());
    vera.api.json("POST", &format!("{path}/tasks"), json!({ "title": "x" })).await.expect(403);
    vera.api.json("POST", &format!("{path}/milestones"), json!({ "title": "x" })).await.expect(403);
    vera.api.json("POST", &format!("{path}/deliverables"), json!({ "title": "x" })).await.expect(403);
}

#[tokio::test]
async fn a_task_goes_from_open_to_done_and_away() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let tasks = format!("/api/projects/{project}/tasks");
    let body = json!({
        "title": "Wireframes", "description": "**All** pages", "priority": "high", "assigned_to": owner.member_id,
        "due_date": "2026-12-01", "estimated_seconds": 7_200, "labels": ["Design", "design", "UX"], "is_client_visible": true,
    });
    let task = owner.api.json("POST", &tasks, body).await.expect(201).json();
    assert_eq!((task["status"].as_str(), task["labels"].as_array().map(Vec::len)), (Some("todo"), Some(2)));
    assert_eq!(task["assignee_name"], owner.name.as_str());
    owner.api.json("POST", &tasks, json!({ "title": "Build" })).await.expect(201);
    owner.api.json("POST", &tasks, json!({ "title": " " })).await.expect(422);
    owner
        .api
        .json("POST", &tasks, json!({ "title": "x", "start_date": "2026-12-02", "due_date": "2026-12-01" }))
        .await
        .expect(422);
    owner.api.json("POST", &tasks, json!({ "title": "x", "assigned_to": project })).await.expect(422);
    let path = format!("/api/tasks/{}", id(&task));
    let done =
        owner.api.json("PATCH", &path, json!({ "status": "done", "position": 3 })).await.expect(200).json();
    assert_eq!(done["position"], 3);
    assert_eq!(owner.api.get(&format!("/api/projects/{project}")).await.json()["progress_percent"], 50);
    assert_eq!(owner.api.get(&format!("{tasks}?status=open")).await.json()["total"], 1);
    assert_eq!(owner.api.get("/api/tasks?assigned_to=me&label=ux&search=wire").await.json()["total"], 1);
    let open = owner
        .api
        .json("PATCH", &path, json!({ "status": "review", "labels": [], "assigned_to": null }))
        .await
        .expect(200)
        .json();
    assert!(open["completed_at"].is_null() && open["assigned_to"].is_null());
    owner.api.delete(&path).await.expect(204);
    owner.api.get(&path).await.expect(404);
    let events = kinds(&world, &owner).await;
    for kind in ["task.created", "task.completed", "task.updated", "task.deleted"] {
        assert!(events.iter().any(|e| e == kind), "{kind} in {events:?}");
    }
}

#[tokio::test]
async fn tasks_are_broken_down_and_talked_about() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let task = owner
        .api
        .json("POST", &format!("/api/projects/{project}/tasks"), json!({ "title": "Build" }))
        .await
        .expect(201)
        .json();
    let path = format!("/api/tasks/{}", id(&task));
    let step = owner
        .api
        .json("POST", &format!("{path}/checklist"), json!({ "body": "Header" }))
        .await
        .expect(201)
        .json();
    owner.api.json("POST", &format!("{path}/checklist"), json!({ "body": "Footer" })).await.expect(201);
    let ticked = owner
        .api
        .json("PATCH", &format!("/api/checklist/{}", id(&step)), json!({ "is_done": true }))
        .await
        .expect(200)
        .json();
    assert!(ticked["done_at"].is_string());
    owner.api.json("POST", &format!("{path}/comments"), json!({ "body": "Looks *good*" })).await.expect(201);
    owner.api.json("POST", &format!("{path}/comments"), json!({ "body": "  " })).await.expect(422);
    let now = owner.api.get(&path).await.json();
    assert_eq!(
        (now["checklist_total"].as_i64(), now["checklist_done"].as_i64(), now["comments"].as_i64()),
        (Some(2), Some(1), Some(1))
    );
    owner.api.delete(&format!("/api/checklist/{}", id(&step))).await.expect(204);
    assert_eq!(owner.api.get(&format!("{path}/checklist")).await.json()["total"], 1);
}

#[tokio::test]
async fn a_milestone_is_reached_once_and_can_be_opened_again() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let body = json!({ "title": "Design approved", "due_date": "2026-12-01", "amount_cents": 150_000 });
    let made =
        owner.api.json("POST", &format!("/api/projects/{project}/milestones"), body).await.expect(201).json();
    assert_eq!((made["status"].as_str(), made["is_client_visible"].as_bool()), (Some("pending"), Some(true)));
    let path = format!("/api/milestones/{}", id(&made));
    let (mut one, mut two) = (owner.api.clone(), owner.api.clone());
    let complete = || json!({ "status": "completed" });
    let (a, b) = tokio::join!(one.json("PATCH", &path, complete()), two.json("PATCH", &path, complete()));
    assert!(
        [a.status, b.status].iter().all(|status| [200, 412].contains(status)),
        "{} {}",
        a.status,
        b.status
    );
    let now = owner.api.get(&path).await.json();
    assert!(now["completed_at"].is_string());
    let reached = kinds(&world, &owner).await.iter().filter(|kind| *kind == "milestone.completed").count();
    assert_eq!(reached, 1);
    let open = owner.api.json("PATCH", &path, json!({ "status": "in_progress" })).await.expect(200).json();
    assert!(open["completed_at"].is_null());
    owner.api.delete(&path).await.expect(204);
    assert_eq!(owner.api.get(&format!("/api/projects/{project}/milestones")).await.json()["total"], 0);
}

#[tokio::test]
async fn a_deliverable_takes_links_and_files_as_versions() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let made = owner
        .api
        .json("POST", &format!("/api/projects/{project}/deliverables"), json!({ "title": "Homepage" }))
        .await
        .expect(201)
        .json();
    assert_eq!((made["status"].as_str(), made["current_version"].as_i64()), (Some("draft"), Some(0)));
    let path = format!("/api/deliverables/{}", id(&made));
    owner.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(409);
    owner
        .api
        .json("POST", &format!("{path}/versions"), json!({ "url": "javascript:alert(1)" }))
        .await
        .expect(422);
    let one = owner
        .api
        .json("POST", &format!("{path}/versions"), json!({ "url": "https://example.com/1", "submit": false }))
        .await
        .expect(201)
        .json();
    assert_eq!((one["status"].as_str(), one["current_version"].as_i64()), (Some("draft"), Some(1)));
    let file: &[(&str, &str, &str, &[u8])] = &[("file", "home.png", "image/png", files::testing::PNG)];
    let two = owner
        .api
        .upload(&format!("{path}/versions"), &[("note", "In colour")], file)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (two["status"].as_str(), two["versions"][0]["file_name"].as_str()),
        (Some("awaiting_approval"), Some("home.png"))
    );
    assert_eq!(two["versions"][0]["note"], "In colour");
    let three =
        owner.api.upload(&format!("{path}/versions"), &[("submit", "false")], file).await.expect(201).json();
    assert_eq!(
        (three["status"].as_str(), three["versions"][0]["file_version"].as_i64()),
        (Some("draft"), Some(2))
    );
    assert_eq!(three["versions"][0]["file_id"], three["versions"][1]["file_id"]);
    owner.api.upload(&format!("{path}/versions"), &[("note", "nothing")], &[]).await.expect(422);
    let sent = owner.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(200).json();
    assert_eq!(sent["status"], "awaiting_approval");
    owner.api.json("POST", &format!("{path}/submit"), json!({})).await.expect(409);
    let bytes =
        owner.http.get(&owner.path(&format!("deliverables/{}/versions/2", id(&made)))).await.expect(200);
    assert_eq!(bytes.body, files::testing::PNG);
    owner.api.delete(&path).await.expect(204);
    owner.api.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_new_workspace_has_a_template_and_takes_others_from_projects() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let list = owner.api.get("/api/templates").await.expect(200).json();
    assert_eq!(
        (list["total"].as_i64(), list["data"][0]["tasks"].as_i64(), list["data"][0]["milestones"].as_i64()),
        (Some(1), Some(8), Some(3))
    );
    let body = json!({ "client_id": client, "name": "Site", "template_id": id(&list["data"][0]), "budget_cents": 100_000, "start_date": "2026-12-01" });
    let made = owner.api.json("POST", "/api/projects", body).await.expect(201).json();
    assert_eq!(made["tasks_total"], 8);
    let milestones = owner.api.get(&format!("/api/projects/{}/milestones", id(&made))).await.json();
    let amounts: i64 =
        milestones["data"].as_array().unwrap().iter().filter_map(|m| m["amount_cents"].as_i64()).sum();
    assert_eq!((amounts, milestones["data"][0]["due_date"].as_str()), (100_000, Some("2026-12-11")));
    let body = json!({ "project_id": id(&made), "name": "Shop", "is_default": true });
    let shop = owner.api.json("POST", "/api/templates", body).await.expect(201).json();
    assert_eq!(
        (shop["tasks"].as_i64(), shop["milestones"].as_i64(), shop["duration_days"].as_i64()),
        (Some(8), Some(3), Some(45))
    );
    assert_eq!(
        (shop["task_list"][0]["due_after_days"].as_i64(), shop["task_list"][0]["assignee_role"].as_str()),
        (Some(2), Some("lead"))
    );
    let list = owner.api.get("/api/templates").await.json();
    assert_eq!(
        (list["total"].as_i64(), list["data"][0]["name"].as_str(), list["data"][1]["is_default"].as_bool()),
        (Some(2), Some("Shop"), Some(false))
    );
    owner.api.delete(&format!("/api/templates/{}", id(&shop))).await.expect(204);
    assert_eq!(owner.api.get("/api/templates").await.json()["total"], 1);
}
