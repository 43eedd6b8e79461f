use projects::MemberRole;
use serde_json::json;

use crate::Team;

#[tokio::test]
async fn time_is_logged_changed_and_taken_back_and_counts_each_time() {
    let mut team = Team::gather().await;
    let made = team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
    let body = made.json();
    let id = body["data"][0]["id"].as_str().unwrap().to_owned();
    assert!(made.headers["location"].to_str().unwrap().ends_with(&id));
    assert_eq!(body["data"][0]["amount_cents"], serde_json::Value::Null, "members see no money");
    assert_eq!(team.spent().await, (10_000, 3_600));
    let path = format!("/api/time-entries/{id}");
    let changed =
        team.member.api.json("PATCH", &path, json!({ "duration_seconds": 1_800 })).await.expect(200).json();
    assert_eq!((changed["duration_seconds"].as_i64(), changed["version"].as_i64()), (Some(1_800), Some(2)));
    assert_eq!(team.spent().await, (5_000, 1_800));
    let stale = team
        .member
        .api
        .clone()
        .with_header("if-match", "\"1\"")
        .json("PATCH", &path, json!({ "description": "x" }))
        .await;
    assert_eq!(stale.status, 412);
    team.member.api.json("PATCH", &path, json!({ "is_billable": false })).await.expect(200);
    assert_eq!(team.spent().await, (0, 1_800));
    team.member.api.delete(&path).await.expect(204);
    assert_eq!(team.spent().await, (0, 0));
    team.check_sums().await;
}

#[tokio::test]
async fn an_overlap_is_refused_by_the_name_of_the_other_entry() {
    let mut team = Team::gather().await;
    let span = |from: &str, to: &str| json!({ "project_id": team.project, "started_at": format!("2026-11-19T{from}:00Z"), "ended_at": format!("2026-11-19T{to}:00Z") });
    team.member.api.json("POST", "/api/time-entries", span("09:00", "10:30")).await.expect(201);
    let refused =
        team.member.api.json("POST", "/api/time-entries", span("10:00", "11:00")).await.expect(409).json();
    assert_eq!(refused["code"], "timesheets.overlap");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("09:00–10:30 on Website relaunch"));
    team.member.api.json("POST", "/api/time-entries", span("10:30", "11:00")).await.expect(201);
    team.owner.api.json("POST", "/api/time-entries", span("09:00", "10:30")).await.expect(201);
}

#[tokio::test]
async fn of_two_overlapping_spans_logged_at_once_one_is_kept() {
    let team = Team::gather().await;
    let log = |from: &str| {
        let mut api = team.member.api.clone();
        let body = json!({ "project_id": team.project, "started_at": format!("2026-11-19T{from}:00Z"), "ended_at": "2026-11-19T12:00:00Z" });
        async move { api.json("POST", "/api/time-entries", body).await.status }
    };
    let (a, b, c) = tokio::join!(log("09:00"), log("10:00"), log("11:00"));
    let mut statuses = [a, b, c];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    team.check_sums().await;
}

#[tokio::test]
async fn a_span_over_midnight_becomes_two_entries_when_logged_and_when_changed() {
    let mut team = Team::gather().await;
    let span = json!({ "project_id": team.project, "started_at": "2026-11-18T22:00:00Z", "ended_at": "2026-11-19T01:00:00Z" });
    let made = team.member.api.json("POST", "/api/time-entries", span).await.expect(201).json();
    assert_eq!(made["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        (made["data"][0]["date"].as_str(), made["data"][1]["date"].as_str()),
        (Some("2026-11-18"), Some("2026-11-19"))
    );
    let morning = json!({ "project_id": team.project, "started_at": "2026-11-17T20:00:00Z", "ended_at": "2026-11-17T21:00:00Z" });
    let id =
        team.member.api.json("POST", "/api/time-entries", morning).await.expect(201).json()["data"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let changed = team
        .member
        .api
        .json("PATCH", &format!("/api/time-entries/{id}"), json!({ "ended_at": "2026-11-18T02:00:00Z" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (changed["id"].as_str(), changed["data"].as_array().map(Vec::len)),
        (Some(id.as_str()), Some(2))
    );
    team.check_sums().await;
}

#[tokio::test]
async fn what_may_not_be_logged_is_refused_beside_its_field() {
    let mut team = Team::gather().await;
    let project = team.project;
    let cases = [
        (json!({ "project_id": project, "date": "2026-11-21", "duration_seconds": 60 }), "date"),
        (json!({ "project_id": project, "date": "2026-11-20", "duration_seconds": 0 }), "duration_seconds"),
        (
            json!({ "project_id": project, "date": "2026-11-20", "duration_seconds": 43_201 }),
            "duration_seconds",
        ),
        (
            json!({ "project_id": project, "started_at": "2026-11-20T09:00:00Z", "ended_at": "2026-11-20T10:00:01Z" }),
            "ended_at",
        ),
        (json!({ "project_id": project, "date": "2026-11-20" }), "duration_seconds"),
        (
            json!({ "project_id": uuid::Uuid::now_v7(), "date": "2026-11-20", "duration_seconds": 60 }),
            "project_id",
        ),
        (
            json!({ "project_id": project, "task_id": uuid::Uuid::now_v7(), "date": "2026-11-20", "duration_seconds": 60 }),
            "task_id",
        ),
        (
            json!({ "project_id": project, "date": "2026-11-20", "duration_seconds": 60, "is_invoiced": true }),
            "is_invoiced",
        ),
    ];
    for (body, field) in cases {
        let refused =
            team.member.api.json("POST", "/api/time-entries", body.clone()).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
    team.world.owner().await.execute("update projects.projects set status = 'on_hold'", &[]).await.unwrap();
    let refused =
        team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-20")).await.expect(422).json();
    assert_eq!(refused["errors"][0]["code"], "not_active");
}

#[tokio::test]
async fn only_who_is_on_the_team_logs_time_and_only_on_the_own_name() {
    let mut team = Team::gather().await;
    let mut manager = identity::testing::member(&team.world, &team.owner, "manager").await;
    let mut stranger = identity::testing::member(&team.world, &team.owner, "member").await;
    for who in [&mut manager, &mut stranger] {
        let refused =
            who.api.json("POST", "/api/time-entries", team.hour("2026-11-20")).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "not_on_team");
    }
    let id = team
        .member
        .api
        .json("POST", "/api/time-entries", team.hour("2026-11-20"))
        .await
        .expect(201)
        .json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/time-entries/{id}");
    assert_eq!(manager.api.get(&path).await.expect(200).json()["amount_cents"], 10_000);
    assert_eq!(manager.api.json("PATCH", &path, json!({ "description": "x" })).await.status, 403);
    assert_eq!(stranger.api.get(&path).await.status, 404);
    assert_eq!(stranger.api.delete(&path).await.status, 404);
    assert_eq!(stranger.api.get("/api/time-entries").await.expect(200).json()["total"], 0);
    assert_eq!(
        stranger.api.get(&format!("/api/time-entries?member_id={}", team.member.member_id)).await.status,
        404
    );
    assert_eq!(
        manager
            .api
            .get(&format!("/api/time-entries?project_id={}&from=2026-11-01", team.project))
            .await
            .expect(200)
            .json()["total"],
        1
    );
    let tx = team.tx().await;
    projects::testing::assign(&tx, team.project, stranger.member_id, MemberRole::Contributor).await;
    tx.commit().await.unwrap();
    stranger.api.json("POST", "/api/time-entries", team.hour("2026-11-20")).await.expect(201);
}

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    let mut team = Team::gather().await;
    for day in 10..=16 {
        team.member
            .api
            .json("POST", "/api/time-entries", team.hour(&format!("2026-11-{day}")))
            .await
            .expect(201);
    }
    let first = team.member.api.get("/api/time-entries?limit=5").await.expect(200).json();
    assert_eq!((first["total"].as_i64(), first["data"].as_array().map(Vec::len)), (Some(7), Some(5)));
    let next = first["next"].as_str().unwrap();
    let second =
        team.member.api.get(&format!("/api/time-entries?limit=5&after={next}")).await.expect(200).json();
    let days: Vec<_> =
        second["data"].as_array().unwrap().iter().map(|e| e["date"].as_str().unwrap().to_owned()).collect();
    assert_eq!(days, ["2026-11-11", "2026-11-10"]);
    assert_eq!(second["next"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_manager_bills_another_quantity_with_a_reason() {
    let mut team = Team::gather().await;
    let id = team
        .member
        .api
        .json("POST", "/api/time-entries", team.hour("2026-11-20"))
        .await
        .expect(201)
        .json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/time-entries/{id}/adjust");
    assert_eq!(
        team.member.api.json("POST", &path, json!({ "billable_seconds": 1_800, "reason": "x" })).await.status,
        403
    );
    let refused =
        team.owner.api.json("POST", &path, json!({ "billable_seconds": 1_800 })).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "reason");
    let adjusted = team
        .owner
        .api
        .json("POST", &path, json!({ "billable_seconds": 1_800, "reason": "Training" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            adjusted["duration_seconds"].as_i64(),
            adjusted["billable_seconds"].as_i64(),
            adjusted["amount_cents"].as_i64()
        ),
        (Some(3_600), Some(1_800), Some(5_000))
    );
    assert_eq!(team.spent().await, (5_000, 3_600));
    team.member
        .api
        .json("PATCH", &format!("/api/time-entries/{id}"), json!({ "description": "Same length" }))
        .await
        .expect(200);
    assert_eq!(team.spent().await, (5_000, 3_600), "the adjustment stays with the quantity");
    team.member
        .api
        .json("PATCH", &format!("/api/time-entries/{id}"), json!({ "duration_seconds": 7_200 }))
        .await
        .expect(200);
    assert_eq!(team.spent().await, (20_000, 7_200), "another quantity is billed as worked");
    team.owner.api.json("POST", &path, json!({ "billable_seconds": null })).await.expect(200);
    team.check_sums().await;
}
