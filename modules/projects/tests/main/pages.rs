//! The pages.

use identity::testing::member;
use serde_json::json;

use crate::{client, house, id, project};

#[tokio::test]
async fn every_page_of_a_project_is_there_for_those_who_may_see_it() {
    let (world, mut owner) = house().await;
    let mut mia = member(&world, &owner, "member").await;
    let client = client(&world, &owner).await;
    let shapes = owner.api.get("/api/templates").await.json();
    let template = id(&shapes["data"][0]);
    let body = json!({ "client_id": client, "name": "Relaunch", "template_id": template, "budget_cents": 123_456_78, "description": "# Goals\n<script>x</script>" });
    let project = id(&owner.api.json("POST", "/api/projects", body).await.expect(201).json());
    let team = json!({ "members": [{ "member_id": mia.member_id }, { "member_id": owner.member_id, "role": "lead" }] });
    owner.api.json("PUT", &format!("/api/projects/{project}/members"), team).await.expect(200);
    let tasks = owner.api.get(&format!("/api/projects/{project}/tasks")).await.json();
    let task = id(&tasks["data"][0]);
    owner
        .api
        .json(
            "PATCH",
            &format!("/api/tasks/{task}"),
            json!({ "assigned_to": mia.member_id, "due_date": "2026-11-19" }),
        )
        .await
        .expect(200);
    owner
        .api
        .json("POST", &format!("/api/tasks/{task}/comments"), json!({ "body": "**Hm**" }))
        .await
        .expect(201);
    owner
        .api
        .json("POST", &format!("/api/tasks/{task}/checklist"), json!({ "body": "First" }))
        .await
        .expect(201);
    let made = owner
        .api
        .json("POST", &format!("/api/projects/{project}/deliverables"), json!({ "title": "Homepage" }))
        .await
        .expect(201)
        .json();
    let deliverable = id(&made);
    owner
        .api
        .json(
            "POST",
            &format!("/api/deliverables/{deliverable}/versions"),
            json!({ "url": "https://example.com" }),
        )
        .await
        .expect(201);
    let shared = [
        "projects".to_owned(),
        "projects?search=rel&status=open".into(),
        "my-work".into(),
        format!("projects/{project}"),
        format!("projects/{project}/board"),
        format!("projects/{project}/tasks?status=open&assigned_to=me"),
        format!("projects/{project}/milestones"),
        format!("projects/{project}/deliverables"),
        format!("projects/{project}/team"),
        format!("tasks/{task}"),
        format!("deliverables/{deliverable}"),
    ];
    for path in &shared {
        for (who, money) in [(&mut owner, true), (&mut mia, false)] {
            let reply = who.http.get(&who.path(path)).await.expect(200);
            let text = reply.text();
            assert!(!text.contains("<script>x"), "{path}");
            assert!(
                money || !(text.contains("123,456.78") || text.contains("123.5k")),
                "{path} shows money to a member"
            );
        }
    }
    let milestone =
        id(&owner.api.get(&format!("/api/projects/{project}/milestones")).await.json()["data"][0]);
    for path in [
        format!("projects/{project}/settings"),
        "settings/templates".into(),
        format!("settings/templates/{template}"),
        "projects?dialog=new-project".into(),
        format!("projects/{project}/board?dialog=new-task"),
        format!("projects/{project}/milestones?edit={milestone}"),
        format!("deliverables/{deliverable}?dialog=new-version"),
    ] {
        owner.http.get(&owner.path(&path)).await.expect(200);
    }
    assert!(owner.http.get(&owner.path(&format!("projects/{project}"))).await.text().contains("€123,456.78"));
    mia.http.get(&mia.path(&format!("projects/{project}/settings"))).await.expect(403);
    let text = mia.http.get(&mia.path("my-work")).await.text();
    assert!(text.contains("Overdue") && text.contains("Relaunch"), "{text}");
}

#[tokio::test]
async fn a_task_is_moved_by_a_dialog_where_no_script_opens_the_menu() {
    let (world, mut owner) = house().await;
    let mut vera = member(&world, &owner, "viewer").await;
    let client = client(&world, &owner).await;
    let project = [project(&mut owner, client, "Shop").await, project(&mut owner, client, "Other").await];
    let mut tasks = Vec::new();
    for project in &project {
        let path = format!("/api/projects/{project}/tasks");
        tasks.push(id(&owner.api.json("POST", &path, json!({ "title": "Draw" })).await.expect(201).json()));
    }
    let board = |task: &str| owner.path(&format!("projects/{}/board?move={task}", project[0]));
    let (own, foreign) = (board(&tasks[0]), board(&tasks[1]));
    let page = owner.http.get(&own).await.expect(200).text();
    assert!(page.contains(&format!("href=\"{own}\"")), "the card's control");
    let dialog =
        page.split("id=\"move-card\"").nth(1).expect("the dialog").split("</dialog>").next().unwrap();
    let path = owner.path(&format!("tasks/{}/move", tasks[0]));
    assert!(dialog.contains("Move Draw to") && dialog.contains(&format!("action=\"{path}\"")), "{dialog}");
    assert!(dialog.contains("value=\"todo\" disabled>") && dialog.contains("value=\"review\">"), "{dialog}");
    assert_eq!(page.matches("name=\"stage_id\"").count(), 8, "the dialog, and one menu for the board");
    let foreign = owner.http.get(&foreign).await.expect(200).text();
    assert!(!foreign.contains("id=\"move-card\"") && foreign.contains("id=\"board-menu\""));
    let read = vera.http.get(&own).await.expect(200).text();
    assert!(read.contains("Draw") && !read.contains("stage_id") && !read.contains("Move to"));
    let sent = [("stage_id", "review"), ("position", "0"), ("version", "1")];
    let moved = owner.http.post(&path, &sent).await.expect(303);
    assert!(!owner.http.get(moved.location()).await.expect(200).text().contains("id=\"move-card\""));
    let task = owner.api.get(&format!("/api/tasks/{}", tasks[0])).await.expect(200).json();
    assert_eq!(task["status"], "review");
}

#[tokio::test]
async fn a_project_is_opened_by_form_and_what_was_typed_survives_a_mistake() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await.to_string();
    let path = owner.path("projects");
    owner.http.get(&path).await.expect(200);
    let wrong = owner
        .http
        .post(&path, &[("client_id", &client), ("name", ""), ("budget", "12x"), ("description", "Kept")])
        .await
        .expect(422);
    let text = wrong.text();
    assert!(text.contains("Give the project a name.") && text.contains("12x") && text.contains("Kept"));
    let made = owner
        .http
        .post(
            &path,
            &[
                ("client_id", &client),
                ("name", "Shop"),
                ("budget", "1,200.50"),
                ("budget_time", "10"),
                ("billing_type", "fixed"),
            ],
        )
        .await
        .expect(303);
    let page = owner.http.get(made.location()).await.expect(200).text();
    assert!(page.contains("Shop") && page.contains("€1,200.50"), "{page}");
}

#[tokio::test]
async fn settings_refuse_what_someone_else_changed_meanwhile_and_keep_what_was_typed() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let path = owner.path(&format!("projects/{project}/settings"));
    owner.http.get(&path).await.expect(200);
    let fields = |name: &'static str| {
        [
            ("name", name),
            ("status", "active"),
            ("billing_type", "hourly"),
            ("budget", "5000"),
            ("version", "1"),
            ("start_date", ""),
            ("rate", ""),
        ]
    };
    owner.http.post(&path, &fields("First")).await.expect(303);
    let late = owner.http.post(&path, &fields("Second")).await.expect(422).text();
    assert!(late.contains("Someone changed this") && late.contains("Second"));
    owner
        .http
        .post(&owner.path(&format!("projects/{project}/status")), &[("status", "completed")])
        .await
        .expect(303);
    let now = owner.api.get(&format!("/api/projects/{project}")).await.json();
    assert_eq!((now["name"].as_str(), now["status"].as_str()), (Some("First"), Some("completed")));
    assert!(now["completed_at"].is_string() && now["hourly_rate_cents"].is_null());
}

#[tokio::test]
async fn tasks_and_milestones_work_by_plain_forms() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let base = owner.path(&format!("projects/{project}"));
    owner.http.get(&base).await.expect(200);
    owner.http.post(&format!("{base}/tasks"), &[("title", "")]).await.expect(422);
    owner
        .http
        .post(
            &format!("{base}/tasks"),
            &[
                ("title", "Build"),
                ("labels", "Code, Design"),
                ("estimate", "1:30"),
                ("is_client_visible", "on"),
                ("rate", "80"),
            ],
        )
        .await
        .expect(303);
    let task = owner.api.get(&format!("/api/projects/{project}/tasks")).await.json()["data"][0].clone();
    assert_eq!(
        (task["estimated_seconds"].as_i64(), task["hourly_rate_cents"].as_i64()),
        (Some(5_400), Some(8_000))
    );
    let path = owner.path(&format!("tasks/{}", id(&task)));
    owner
        .http
        .post(&path, &[("title", "Build it"), ("status", "review"), ("priority", "urgent"), ("version", "1")])
        .await
        .expect(303);
    owner
        .http
        .post(&path, &[("title", "Too late"), ("status", "todo"), ("priority", "low"), ("version", "1")])
        .await
        .expect(422);
    owner.http.post(&format!("{path}/comments"), &[("body", "")]).await.expect(422);
    owner.http.post(&format!("{path}/comments"), &[("body", "Hello")]).await.expect(303);
    owner.http.post(&format!("{path}/checklist"), &[("step", "One")]).await.expect(303);
    let back = owner.path("my-work");
    let ticked =
        owner.http.post(&format!("{path}/tick"), &[("done", "on"), ("back", &back)]).await.expect(303);
    assert_eq!(ticked.location(), back);
    owner.http.post(&format!("{path}/tick"), &[("back", "https://evil.example")]).await.expect(303);
    owner.http.post(&format!("{path}/delete"), &[]).await.expect(303);

    owner
        .http
        .post(
            &format!("{base}/milestones"),
            &[("title", "Live"), ("amount", "1.500,00"), ("due_date", "2026-12-01")],
        )
        .await
        .expect(303);
    let milestone =
        owner.api.get(&format!("/api/projects/{project}/milestones")).await.json()["data"][0].clone();
    assert_eq!(
        (milestone["amount_cents"].as_i64(), milestone["is_client_visible"].as_bool()),
        (Some(150_000), Some(false))
    );
    let path = owner.path(&format!("milestones/{}", id(&milestone)));
    owner.http.post(&path, &[("title", ""), ("version", "1")]).await.expect(422);
    owner.http.post(&format!("{path}/status"), &[("status", "completed")]).await.expect(303);
    owner.http.post(&format!("{path}/delete"), &[]).await.expect(303);
}

#[tokio::test]
async fn a_team_is_changed_by_form() {
    let (world, mut owner) = house().await;
    let mia = member(&world, &owner, "member").await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let path = owner.path(&format!("projects/{project}/team"));
    owner.http.get(&path).await.expect(200);
    let mia_id = mia.member_id.to_string();
    owner
        .http
        .post(&path, &[("add", &mia_id), ("add_role", "reviewer"), ("add_rate", "70")])
        .await
        .expect(303);
    let team = owner.api.get(&format!("/api/projects/{project}/members")).await.json();
    assert_eq!(
        (team["total"].as_i64(), team["data"][1]["hourly_rate_cents"].as_i64()),
        (Some(2), Some(7_000))
    );
    owner.http.post(&path, &[("remove", &mia_id)]).await.expect(303);
    assert_eq!(owner.api.get(&format!("/api/projects/{project}/members")).await.json()["total"], 1);
}

#[tokio::test]
async fn a_version_is_uploaded_by_form_and_the_clients_word_is_noted() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    let base = owner.path(&format!("projects/{project}/deliverables"));
    owner.http.get(&base).await.expect(200);
    owner.http.post(&base, &[("title", "")]).await.expect(422);
    let made = owner.http.post(&base, &[("title", "Homepage")]).await.expect(303);
    let path = made.location().split('?').next().unwrap().to_owned();
    let empty = owner
        .http
        .upload(&format!("{path}/versions"), &[("note", "Kept note")], &[])
        .await
        .expect(422)
        .text();
    assert!(empty.contains("Choose a file, or give a link.") && empty.contains("Kept note"));
    let file: &[(&str, &str, &str, &[u8])] = &[("file", "home.pdf", "application/pdf", files::testing::PDF)];
    owner.http.upload(&format!("{path}/versions"), &[("note", "First")], file).await.expect(303);
    owner.http.post(&format!("{path}/submit"), &[]).await.expect(303);
    owner
        .http
        .post(&format!("{path}/decide"), &[("decision", "revision_requested"), ("comment", "")])
        .await
        .expect(422);
    owner
        .http
        .post(&format!("{path}/decide"), &[("decision", "approved"), ("comment", "By phone")])
        .await
        .expect(303);
    let page = owner.http.get(&path).await.expect(200).text();
    assert!(
        page.contains("noted by the team") && page.contains("By phone") && page.contains("home.pdf"),
        "{page}"
    );
    owner.http.post(&path, &[("title", "Home"), ("version", "1")]).await.expect(422);
}

#[tokio::test]
async fn templates_are_kept_in_the_settings() {
    let (world, mut owner) = house().await;
    let client = client(&world, &owner).await;
    let project = project(&mut owner, client, "Relaunch").await;
    owner.http.get(&owner.path("settings/templates")).await.expect(200);
    owner.http.post(&owner.path(&format!("projects/{project}/template")), &[("name", "")]).await.expect(422);
    let saved = owner
        .http
        .post(&owner.path(&format!("projects/{project}/template")), &[("name", "Shop")])
        .await
        .expect(303);
    let path = saved.location().to_owned();
    owner
        .http
        .post(
            &format!("{path}/milestones"),
            &[("title", "Half"), ("amount_percent", "50"), ("due_after_days", "10")],
        )
        .await
        .expect(303);
    owner
        .http
        .post(&format!("{path}/milestones"), &[("title", "Too much"), ("amount_percent", "51")])
        .await
        .expect(422);
    owner
        .http
        .post(&format!("{path}/tasks"), &[("title", "Start"), ("assignee_role", "lead"), ("estimate", "2h")])
        .await
        .expect(303);
    owner.http.post(&format!("{path}/default"), &[]).await.expect(303);
    let page = owner.http.get(&path).await.expect(200).text();
    assert!(page.contains("For won deals") && page.contains("50% of the price"), "{page}");
    owner
        .http
        .post(
            &path,
            &[("name", "Online shop"), ("billing_type", "fixed"), ("duration_days", "30"), ("version", "1")],
        )
        .await
        .expect(422);
    owner.http.post(&format!("{path}/delete"), &[]).await.expect(303);
    owner.http.get(&path).await.expect(404);
}
