//! Sample data, and `rapport demo` without a workspace to name.

use rapport::commands::demo;

use serde_json::json;

use crate::world;

#[tokio::test]
async fn sample_data_needs_no_name_while_there_is_one_workspace_or_none() {
    let world = world().await;
    assert_eq!(demo::find(&world.app, None).await.unwrap(), None);
    let made = demo::found(&world.app, "http://localhost:8080/").await.unwrap();
    assert_eq!(demo::find(&world.app, None).await.unwrap(), Some(made));
    assert!(demo::find(&world.app, Some("nowhere")).await.is_err());
    rapport::home::add_sample(&world.app, made).await.unwrap();
    identity::testing::owner(&world).await;
    let several = demo::find(&world.app, None).await.unwrap_err().to_string();
    assert!(several.contains("demo-studio"), "{several}");
}

#[tokio::test]
async fn sample_data_does_without_hours_where_the_week_is_handed_in_and_the_period_closed() {
    let world = world().await;
    let mut owner = identity::testing::owner(&world).await;
    owner.api.json("POST", "/api/timesheets/submit", json!({ "week": "2026-11-20" })).await.expect(200);
    let closed = json!({ "locked_until": "2026-11-19", "grace_days": 0 });
    owner.api.json("PUT", "/api/timesheets/lock", closed).await.expect(204);
    owner.http.get(&format!("/app/{}", owner.slug)).await.expect(200);
    owner.http.post(&owner.path("sample-data"), &[]).await.expect(303);
    let there = async |owner: &mut identity::testing::Signed, path: &str| {
        owner.api.get(path).await.expect(200).json()["data"].as_array().unwrap().len()
    };
    assert_eq!(there(&mut owner, "/api/time-entries").await, 0);
    assert!(there(&mut owner, "/api/invoices").await > 0);
}
