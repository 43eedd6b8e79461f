use serde_json::json;

use crate::Team;

#[tokio::test]
async fn a_timer_is_started_seen_and_stopped() {
    let mut team = Team::gather().await;
    let api = &mut team.member.api;
    assert_eq!(api.get("/api/timer").await.status, 204);
    let started = api
        .json("POST", "/api/timer/start", json!({ "project_id": team.project, "description": "Layout" }))
        .await
        .expect(201)
        .json();
    assert_eq!(
        (started["project_name"].as_str(), started["stopped"].as_array().map(Vec::len)),
        (Some("Website relaunch"), Some(0))
    );
    assert_eq!(api.get("/api/timer").await.expect(200).json()["description"], "Layout");
    team.world.clock.advance(jiff::SignedDuration::from_mins(45));
    let stopped = team.member.api.json("POST", "/api/timer/stop", json!({})).await.expect(200).json();
    assert_eq!(stopped["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(stopped["data"][0]["duration_seconds"], 2_700);
    assert_eq!(team.member.api.get("/api/timer").await.status, 204);
    assert_eq!(team.member.api.json("POST", "/api/timer/stop", json!({})).await.status, 409);
    assert_eq!(team.spent().await, (7_500, 2_700));
    team.check_sums().await;
}

#[tokio::test]
async fn starting_another_timer_stops_the_one_before_to_the_second() {
    let mut team = Team::gather().await;
    let other = team.another_project("Brand").await;
    let api = &mut team.member.api;
    api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.expect(201);
    team.world.clock.advance(jiff::SignedDuration::from_secs(61));
    let switched =
        api.json("POST", "/api/timer/start", json!({ "project_id": other })).await.expect(201).json();
    assert_eq!(switched["stopped"][0]["duration_seconds"], 61);
    assert_eq!(switched["started_at"], switched["stopped"][0]["ended_at"]);
    team.world.clock.advance(jiff::SignedDuration::from_secs(5));
    let stopped = api.json("POST", "/api/timer/stop", json!({})).await.expect(200).json();
    assert_eq!(stopped["data"][0]["duration_seconds"], 5);
}

#[tokio::test]
async fn of_timers_started_at_once_on_two_devices_one_runs() {
    let team = Team::gather().await;
    let start = || {
        let mut api = team.member.api.clone();
        let body = json!({ "project_id": team.project });
        async move { api.json("POST", "/api/timer/start", body).await.status }
    };
    let (a, b, c, d) = tokio::join!(start(), start(), start(), start());
    assert_eq!([a, b, c, d], [201; 4]);
    let tx = team.tx().await;
    assert_eq!(
        tx.query::<(uuid::Uuid,)>(
            "select id from timesheets.timers where workspace_id = $1",
            &[&tx.workspace()]
        )
        .await
        .unwrap()
        .len(),
        1
    );
}

#[tokio::test]
async fn a_timer_stopped_twice_at_once_logs_once() {
    let mut team = Team::gather().await;
    team.member.api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.expect(201);
    team.world.clock.advance(jiff::SignedDuration::from_mins(45));
    let stop = || {
        let mut api = team.member.api.clone();
        async move { api.json("POST", "/api/timer/stop", json!({})).await.status }
    };
    let (a, b) = tokio::join!(stop(), stop());
    let mut statuses = [a, b];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(team.spent().await.1, 2_700);
}

#[tokio::test]
async fn a_timer_over_midnight_leaves_two_entries_even_on_a_project_that_ended() {
    let mut team = Team::gather().await;
    team.at("2026-11-18T22:30:00Z");
    team.member.api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.expect(201);
    team.at("2026-11-19T01:00:00Z");
    team.world.owner().await.execute("update projects.projects set status = 'on_hold'", &[]).await.unwrap();
    let stopped = team.member.api.json("POST", "/api/timer/stop", json!({})).await.expect(200).json();
    let days: Vec<_> = stopped["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["date"].as_str().unwrap(), e["duration_seconds"].as_i64().unwrap()))
        .collect();
    assert_eq!(days, [("2026-11-18", 5_400), ("2026-11-19", 3_600)]);
    team.check_sums().await;
}

#[tokio::test]
async fn a_forgotten_timer_asks_can_be_corrected_and_logs_nothing_twice() {
    let mut team = Team::gather().await;
    team.at("2026-11-18T08:00:00Z");
    team.member.api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.expect(201);
    team.at("2026-11-18T12:00:00Z");
    let lunch = json!({ "project_id": team.project, "started_at": "2026-11-18T10:00:00Z", "ended_at": "2026-11-18T11:00:00Z" });
    team.member.api.json("POST", "/api/time-entries", lunch).await.expect(201);
    team.at("2026-11-18T17:00:00Z");
    assert!(
        team.member
            .http
            .get(&team.member.path("time"))
            .await
            .expect(200)
            .text()
            .contains("Did you forget it?")
    );
    for schedule in &timesheets::module().schedules {
        schedule.run_now(&team.world.app).await.unwrap();
    }
    team.world.settle().await;
    assert!(
        team.member.http.get(&team.member.path("notices")).await.expect(200).text().contains("still runs")
    );
    assert_eq!(
        team.member
            .api
            .json("POST", "/api/timer/stop", json!({ "ended_at": "2026-11-18T07:00:00Z" }))
            .await
            .status,
        422
    );
    let stopped = team
        .member
        .api
        .json("POST", "/api/timer/stop", json!({ "ended_at": "2026-11-18T13:00:00Z" }))
        .await
        .expect(200)
        .json();
    let seconds: Vec<_> =
        stopped["data"].as_array().unwrap().iter().map(|e| e["duration_seconds"].as_i64().unwrap()).collect();
    assert_eq!(seconds, [7_200, 7_200]);
}

#[tokio::test]
async fn no_timer_starts_where_its_time_could_not_be_logged() {
    let mut team = Team::gather().await;
    team.member.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" })).await.expect(200);
    let refused = team
        .member
        .api
        .json("POST", "/api/timer/start", json!({ "project_id": team.project }))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "timesheets.week_locked");
    let mut viewer = identity::testing::member(&team.world, &team.owner, "viewer").await;
    assert_eq!(
        viewer.api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.status,
        403
    );
}

#[tokio::test]
async fn the_timer_is_started_and_stopped_from_any_page_without_scripts() {
    let mut team = Team::gather().await;
    let (path, project) = (team.member.path("timer/start"), team.project.to_string());
    let empty = team.member.http.post(&path, &[]).await.expect(303);
    assert_eq!(empty.location(), team.member.path("time/timer"));
    let page = team.member.http.get(&team.member.path("time/timer")).await.expect(200).text();
    assert!(page.contains("Website relaunch"));
    team.member
        .http
        .post(&path, &[("work", &project), ("picked", "1"), ("description", "Layout")])
        .await
        .expect(303);
    assert!(
        team.member.http.get(&team.member.path("time")).await.expect(200).text().contains("Stop the timer")
    );
    team.world.clock.advance(jiff::SignedDuration::from_mins(30));
    team.member.http.post(&team.member.path("timer/stop"), &[]).await.expect(303);
    assert!(
        team.member.http.get(&team.member.path("time/timer")).await.expect(200).text().contains("Layout")
    );
    assert_eq!(team.spent().await.1, 1_800);
}
