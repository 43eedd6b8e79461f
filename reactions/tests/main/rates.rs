//! Time that is worth something else, because a rate changed.

use identity::testing::owner;
use serde_json::{Value, json};

use crate::{deliver_again, work, world};

#[tokio::test]
async fn a_changed_rate_counts_for_open_time_as_was_answered_and_never_for_approved_time() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    let project = format!("/api/projects/{}", work.project);
    for day in ["2026-11-10", "2026-11-18", "2026-11-20"] {
        let hour = json!({ "project_id": work.project, "date": day, "duration_seconds": 3_600 });
        ada.api.json("POST", "/api/time-entries", hour).await.expect(201);
    }
    let week = ada.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-10" })).await;
    let week = week.expect(200).json()["id"].as_str().unwrap().to_owned();
    ada.api.json("POST", &format!("/api/timesheets/{week}/approve"), json!({})).await.expect(200);

    for (change, worth) in [
        (json!({ "hourly_rate_cents": 12_000, "rate_from": "2026-11-20" }), [10_000, 10_000, 12_000]),
        (json!({ "hourly_rate_cents": 13_000 }), [10_000, 13_000, 13_000]),
        (json!({ "billing_type": "non_billable" }), [10_000, 0, 0]),
        (json!({ "billing_type": "hourly" }), [10_000, 13_000, 13_000]),
    ] {
        ada.api.json("PATCH", &project, change).await.expect(200);
        world.settle().await;
        let page = ada.api.get("/api/time-entries").await.expect(200).json();
        let mut seen: Vec<i64> = amounts(&page);
        seen.reverse();
        assert_eq!(seen, worth);
        let spent = ada.api.get(&project).await.expect(200).json()["spent_cents"].as_i64();
        assert_eq!(spent, Some(worth.iter().sum()));
    }
    deliver_again(&world).await;
    assert_eq!(amounts(&ada.api.get("/api/time-entries").await.expect(200).json()), [13_000, 13_000, 10_000]);
}

fn amounts(page: &Value) -> Vec<i64> {
    page["data"].as_array().unwrap().iter().map(|entry| entry["amount_cents"].as_i64().unwrap()).collect()
}
