use serde_json::{Value, json};

use crate::Team;

async fn submitted(team: &mut Team) -> String {
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
    let sheet = team
        .member
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20", "note": "Done" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (sheet["status"].as_str(), sheet["totals"]["total_seconds"].as_i64()),
        (Some("submitted"), Some(3_600))
    );
    sheet["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_week_shows_its_days_and_totals_before_anything_was_logged_and_after() {
    let mut team = Team::gather().await;
    let empty = team.member.api.get("/api/timesheets?week=2026-11-20").await.expect(200).json();
    assert_eq!(
        (&empty["id"], empty["status"].as_str(), empty["week_start"].as_str()),
        (&Value::Null, Some("open"), Some("2026-11-16"))
    );
    assert_eq!(empty["days"].as_array().unwrap().len(), 7);
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-19")).await.expect(201);
    let sheet = team.member.api.get("/api/timesheets?week=2026-11-20").await.expect(200).json();
    assert_eq!(
        (sheet["days"][3]["total_seconds"].as_i64(), sheet["totals"]["billable_seconds"].as_i64()),
        (Some(3_600), Some(3_600))
    );
    assert_eq!(sheet["rows"][0]["seconds"][3], 3_600);
    let mut other = identity::testing::member(&team.world, &team.owner, "member").await;
    assert_eq!(
        other.api.get(&format!("/api/timesheets?member_id={}", team.member.member_id)).await.status,
        404
    );
    assert_eq!(
        team.owner
            .api
            .get(&format!("/api/timesheets?member_id={}", team.member.member_id))
            .await
            .expect(200)
            .json()["totals"]["entries"],
        1
    );
}

#[tokio::test]
async fn a_submitted_week_is_locked_until_it_is_withdrawn_or_returned() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team).await;
    let entry = team.member.api.get("/api/time-entries").await.expect(200).json()["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/time-entries/{entry}");
    for refused in [
        team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-18")).await,
        team.member.api.json("PATCH", &path, json!({ "duration_seconds": 60 })).await,
        team.member.api.delete(&path).await,
    ] {
        assert_eq!(refused.expect(409).json()["code"], "timesheets.week_locked");
    }
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-13")).await.expect(201);
    assert_eq!(
        team.member
            .api
            .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" }))
            .await
            .expect(200)
            .json()["id"],
        id
    );
    let comment = team
        .owner
        .api
        .json("POST", &format!("/api/timesheets/{id}/reject"), json!({}))
        .await
        .expect(422)
        .json();
    assert_eq!(comment["errors"][0]["field"], "comment");
    team.owner
        .api
        .json("POST", &format!("/api/timesheets/{id}/reject"), json!({ "comment": "Thursday is short" }))
        .await
        .expect(200);
    team.member.api.json("PATCH", &path, json!({ "duration_seconds": 7_200 })).await.expect(200);
    team.member.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" })).await.expect(200);
    let withdrawn = team
        .member
        .api
        .json("POST", &format!("/api/timesheets/{id}/reopen"), json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(withdrawn["status"], "open");
    team.check_sums().await;
}

#[tokio::test]
async fn approval_freezes_rates_and_reopening_lets_them_float() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team).await;
    team.world
        .owner()
        .await
        .execute("update projects.projects set hourly_rate_cents = 12000", &[])
        .await
        .unwrap();
    assert_eq!(team.spent().await.0, 10_000, "counted at the rate of the day it was logged");
    let approved = team
        .owner
        .api
        .json("POST", &format!("/api/timesheets/{id}/approve"), json!({ "comment": "Thanks" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (approved["status"].as_str(), approved["entries"][0]["billing_rate_cents"].as_i64()),
        (Some("approved"), Some(12_000))
    );
    assert_eq!(team.spent().await.0, 12_000, "corrected at approval");
    team.world
        .owner()
        .await
        .execute("update projects.projects set hourly_rate_cents = 20000", &[])
        .await
        .unwrap();
    let entry = team.owner.api.get("/api/time-entries").await.expect(200).json()["data"][0].clone();
    assert_eq!(
        (entry["billing_rate_cents"].as_i64(), entry["amount_cents"].as_i64()),
        (Some(12_000), Some(12_000))
    );
    assert_eq!(
        team.member.api.json("POST", &format!("/api/timesheets/{id}/reopen"), json!({})).await.status,
        403
    );
    team.owner
        .api
        .json("POST", &format!("/api/timesheets/{id}/reopen"), json!({ "comment": "Wrong project" }))
        .await
        .expect(200);
    assert_eq!(
        team.owner.api.get("/api/time-entries").await.expect(200).json()["data"][0]["billing_rate_cents"],
        Value::Null
    );
    team.check_sums().await;
}

#[tokio::test]
async fn nobody_but_the_owner_approves_the_own_week() {
    let mut team = Team::gather().await;
    let mut manager = identity::testing::member(&team.world, &team.owner, "manager").await;
    let own = manager
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" }))
        .await
        .expect(200)
        .json();
    let path = format!("/api/timesheets/{}/approve", own["id"].as_str().unwrap());
    assert_eq!(manager.api.json("POST", &path, json!({})).await.expect(403).json()["code"], "timesheets.own");
    assert_eq!(team.member.api.json("POST", &path, json!({})).await.status, 403);
    team.owner.api.json("POST", &path, json!({})).await.expect(200);
    let of_owner = team
        .owner
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" }))
        .await
        .expect(200)
        .json();
    team.owner
        .api
        .json("POST", &format!("/api/timesheets/{}/approve", of_owner["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_decides() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team).await;
    let admin = identity::testing::member(&team.world, &team.owner, "admin").await;
    let (mut first, mut second) = (team.owner.api.clone(), admin.api.clone());
    let (path, other) = (format!("/api/timesheets/{id}/approve"), format!("/api/timesheets/{id}/reject"));
    let (a, b) = tokio::join!(
        first.json("POST", &path, json!({})),
        second.json("POST", &other, json!({ "comment": "No" }))
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let tx = team.tx().await;
    let decided: Vec<(String,)> = tx.query("select decision from timesheets.timesheet_decisions where workspace_id = $1 and decision <> 'submitted'", &[&tx.workspace()]).await.unwrap();
    assert_eq!(decided.len(), 1);
}

#[tokio::test]
async fn no_entry_slips_into_a_week_that_is_being_submitted() {
    let team = Team::gather().await;
    let log = |n: i64| {
        let mut api = team.member.api.clone();
        let body = json!({ "project_id": team.project, "date": "2026-11-19", "duration_seconds": 60 + n });
        async move { api.json("POST", "/api/time-entries", body).await.status }
    };
    let mut api = team.member.api.clone();
    let submit = async move {
        api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" })).await.expect(200).json()
    };
    let (a, b, sheet, c, d) = tokio::join!(log(1), log(2), submit, log(3), log(4));
    let kept = [a, b, c, d].iter().filter(|status| **status == 201).count();
    assert!([a, b, c, d].iter().all(|status| matches!(status, 201 | 409)), "{a} {b} {c} {d}");
    assert_eq!(
        sheet["totals"]["entries"].as_i64(),
        i64::try_from(kept).ok(),
        "what was answered as logged is on the sheet"
    );
    team.check_sums().await;
}

#[tokio::test]
async fn nothing_worked_is_a_valid_week_and_a_week_to_come_is_not() {
    let mut team = Team::gather().await;
    let sheet = team
        .member
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-10" }))
        .await
        .expect(200)
        .json();
    assert_eq!((sheet["status"].as_str(), sheet["totals"]["entries"].as_i64()), (Some("submitted"), Some(0)));
    assert_eq!(
        team.member.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-23" })).await.status,
        422
    );
    team.member.api.json("POST", "/api/timer/start", json!({ "project_id": team.project })).await.expect(201);
    let refused = team
        .member
        .api
        .json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" }))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "timesheets.timer_runs");
}

#[tokio::test]
async fn the_database_itself_keeps_submitted_weeks() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team).await;
    let owner = team.world.owner().await;
    for forbidden in [
        "update timesheets.time_entries set duration_seconds = 60",
        "update timesheets.time_entries set description = 'x'",
        "delete from timesheets.time_entries",
        "update timesheets.time_entries set timesheet_status = 'open'",
    ] {
        let error = owner.execute(forbidden, &[]).await.unwrap_err();
        assert_eq!(
            error.as_db_error().unwrap().constraint(),
            Some("time_entries_week_is_open"),
            "{forbidden}"
        );
    }
    team.owner.api.json("POST", &format!("/api/timesheets/{id}/approve"), json!({})).await.expect(200);
    assert!(owner.execute("delete from timesheets.time_entries", &[]).await.is_err());
}

#[tokio::test]
async fn a_closed_period_takes_no_time_and_no_expenses() {
    let mut team = Team::gather().await;
    assert_eq!(
        team.member
            .api
            .json("PUT", "/api/timesheets/lock", json!({ "locked_until": "2026-11-01" }))
            .await
            .status,
        403
    );
    assert_eq!(
        team.owner
            .api
            .json("PUT", "/api/timesheets/lock", json!({ "locked_until": "2026-11-20" }))
            .await
            .status,
        422
    );
    team.owner
        .api
        .json("PUT", "/api/timesheets/lock", json!({ "locked_until": "2026-11-15" }))
        .await
        .expect(204);
    let refused =
        team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-15")).await.expect(409).json();
    assert_eq!(refused["code"], "timesheets.period_closed");
    let expense = json!({ "project_id": team.project, "date": "2026-11-15", "category": "Travel", "amount_cents": 100 });
    assert_eq!(
        team.member.api.json("POST", "/api/expenses", expense).await.expect(409).json()["code"],
        "timesheets.period_closed"
    );
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-16")).await.expect(201);
    team.owner.api.json("PUT", "/api/timesheets/lock", json!({ "locked_until": null })).await.expect(204);
    team.member.api.json("POST", "/api/time-entries", team.hour("2026-11-15")).await.expect(201);
}

#[tokio::test]
async fn what_waits_is_listed_for_those_who_decide() {
    let mut team = Team::gather().await;
    let id = submitted(&mut team).await;
    let waiting = team.owner.api.get("/api/timesheets/waiting").await.expect(200).json();
    assert_eq!(
        (
            waiting["total"].as_i64(),
            waiting["data"][0]["id"].as_str(),
            waiting["data"][0]["total_seconds"].as_i64()
        ),
        (Some(1), Some(id.as_str()), Some(3_600))
    );
    assert_eq!(team.member.api.get("/api/timesheets/waiting").await.status, 403);
    let tx = team.tx().await;
    let totals =
        timesheets::week_totals(&tx, jiff::civil::date(2026, 11, 16), jiff::civil::date(2026, 11, 22))
            .await
            .unwrap();
    assert_eq!(
        totals.iter().map(|t| (t.member_id, t.total_seconds)).collect::<Vec<_>>(),
        [(team.member.member_id, 3_600)]
    );
}

#[tokio::test]
async fn whoever_has_not_handed_in_last_week_is_reminded_once_on_its_first_morning() {
    let mut team = Team::gather().await;
    async fn an_hour_passes(team: &mut Team, at: &str) {
        team.at(at);
        for schedule in &timesheets::module().schedules {
            schedule.run_now(&team.world.app).await.unwrap();
        }
        team.world.settle().await;
    }
    let reminders = async |who: &mut identity::testing::Signed| {
        let page = who.http.get(&who.path("notices")).await.expect(200).text();
        page.matches("Your timesheet of last week is missing").count()
    };
    // The owner worked nothing, and has said so.
    team.owner.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-16" })).await.expect(200);
    an_hour_passes(&mut team, "2026-11-23T03:00:00Z").await;
    assert_eq!(reminders(&mut team.member).await, 0, "it is night");
    for at in ["2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"] {
        an_hour_passes(&mut team, at).await;
    }
    assert_eq!((reminders(&mut team.member).await, reminders(&mut team.owner).await), (1, 0));
}
