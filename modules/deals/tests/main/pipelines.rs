//! Shaping pipelines.

use deals::StageKind::{Open, Won};
use identity::testing;
use serde_json::{Value, json};

use crate::{deal, events, move_to, shop, stage, stage_named};

fn names(pipeline: &Value) -> Vec<&str> {
    pipeline["stages"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn stages_are_added_changed_ordered_and_removed_with_their_deals_moved() {
    let (world, mut owner) = shop().await;
    let all = owner.api.get("/api/pipelines").await.expect(200).json();
    let pipeline = all["data"][0]["id"].as_str().unwrap().to_owned();
    let demo = owner
        .api
        .json(
            "POST",
            &format!("/api/pipelines/{pipeline}/stages"),
            json!({"name": "Demo", "probability": 55}),
        )
        .await
        .expect(201)
        .json();
    let all = owner.api.get("/api/pipelines").await.expect(200).json();
    assert_eq!(names(&all["data"][0]), ["Lead", "Proposal", "Negotiation", "Demo", "Won", "Lost"]);
    let demo = demo["id"].as_str().unwrap().to_owned();
    let changed = owner
        .api
        .json(
            "PATCH",
            &format!("/api/stages/{demo}"),
            json!({"position": 0, "color": "#3B82F6", "rot_days": 3}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["position"], &changed["color"], &changed["rot_days"]),
        (&json!(0), &json!("#3b82f6"), &json!(3))
    );
    let id = deal(&world, &owner, "Relaunch").await;
    move_to(&mut owner, &id, json!({"stage_id": demo}), 200).await;
    let refused = owner.api.delete(&format!("/api/stages/{demo}")).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "move_to");
    let lead = stage_named(&world, &owner, "Lead").await;
    owner.api.delete(&format!("/api/stages/{demo}?move_to={lead}")).await.expect(204);
    let moved = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json();
    assert_eq!(moved["stage"]["name"], "Lead");
    let history = owner.api.get(&format!("/api/deals/{id}/history")).await.expect(200).json();
    assert!(
        history["data"].as_array().unwrap().iter().any(|stay| stay["stage"] == "Demo"),
        "the history keeps the name"
    );
    let all = owner.api.get("/api/pipelines").await.expect(200).json();
    assert_eq!(names(&all["data"][0]), ["Lead", "Proposal", "Negotiation", "Won", "Lost"]);
    let won = stage(&world, &owner, Won).await;
    owner.api.delete(&format!("/api/stages/{won}")).await.expect(409);
    owner.api.json("PATCH", &format!("/api/stages/{won}"), json!({"probability": 90})).await.expect(422);
    assert!(events(&world, "pipeline.changed").await >= 3);
}

#[tokio::test]
async fn deals_moved_while_their_stage_is_removed_end_in_a_stage_that_is_there() {
    let (world, mut owner) = shop().await;
    let (proposal, talks) =
        (stage_named(&world, &owner, "Proposal").await, stage_named(&world, &owner, "Negotiation").await);
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(deal(&world, &owner, &format!("Deal {n}")).await);
    }
    move_to(&mut owner, &ids[0], json!({"stage_id": proposal}), 200).await;
    let moves = ids.iter().map(|id| {
        let (mut owner, proposal) = (owner.clone(), proposal.clone());
        async move {
            owner
                .api
                .json("POST", &format!("/api/deals/{id}/stage"), json!({"stage_id": proposal}))
                .await
                .status
        }
    });
    let (mut other, removal) = (owner.clone(), format!("/api/stages/{proposal}?move_to={talks}"));
    let (statuses, removed) = futures::join!(futures::future::join_all(moves), other.api.delete(&removal));
    removed.expect(204);
    assert!(statuses.iter().all(|status| [200, 422].contains(status)), "{statuses:?}");
    for id in ids {
        let deal = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json();
        assert!(["Lead", "Negotiation"].contains(&deal["stage"]["name"].as_str().unwrap()), "{deal}");
    }
}

#[tokio::test]
async fn a_second_pipeline_has_a_board_of_its_own_and_goes_when_nothing_is_open_in_it() {
    let (world, mut owner) = shop().await;
    let made =
        owner.api.json("POST", "/api/pipelines", json!({"name": "Retainers"})).await.expect(201).json();
    let (id, first) =
        (made["id"].as_str().unwrap().to_owned(), made["stages"][0]["id"].as_str().unwrap().to_owned());
    let deal = deal(&world, &owner, "Relaunch").await;
    move_to(&mut owner, &deal, json!({"stage_id": first}), 200).await;
    let page = owner.http.get(&owner.path(&format!("deals?pipeline_id={id}"))).await.expect(200).text();
    assert!(page.contains("Relaunch"));
    owner.api.delete(&format!("/api/pipelines/{id}")).await.expect(409);
    owner.api.json("PATCH", &format!("/api/pipelines/{id}"), json!({"is_default": true})).await.expect(200);
    owner.api.delete(&format!("/api/pipelines/{id}")).await.expect(409);
    let all = owner.api.get("/api/pipelines").await.expect(200).json();
    let other = all["data"].as_array().unwrap().iter().find(|p| p["name"] == "Sales").unwrap().clone();
    assert_eq!(other["is_default"], false);
    owner
        .api
        .json(
            "PATCH",
            &format!("/api/pipelines/{}", other["id"].as_str().unwrap()),
            json!({"is_default": true}),
        )
        .await
        .expect(200);
    let lead = stage(&world, &owner, Open).await;
    move_to(&mut owner, &deal, json!({"stage_id": lead}), 200).await;
    owner.api.delete(&format!("/api/pipelines/{id}")).await.expect(204);
}

#[tokio::test]
async fn managers_sell_but_do_not_shape_pipelines() {
    let (world, owner) = shop().await;
    let mut manager = testing::member(&world, &owner, "manager").await;
    manager.api.json("POST", "/api/pipelines", json!({"name": "Mine"})).await.expect(403);
    let path = manager.path("settings/pipelines");
    manager.http.get(&path).await.expect(403);
}

#[tokio::test]
async fn the_settings_pages_do_what_the_api_does() {
    let (world, mut owner) = shop().await;
    let lead = stage(&world, &owner, Open).await;
    let path = owner.path("settings/pipelines");
    owner.http.post(&path, &[("name", "Retainers")]).await.expect(303);
    let again = owner.http.post(&path, &[("name", " ")]).await.expect(422).text();
    assert!(again.contains("Give the pipeline a name."));
    let path = owner.path(&format!("settings/stages/{lead}"));
    let fields = [
        ("name", "Inquiry"),
        ("color", "#8b5cf6"),
        ("kind", "open"),
        ("probability", "15"),
        ("rot_days", ""),
        ("version", "1"),
    ];
    owner.http.post(&path, &fields).await.expect(303);
    let path = owner.path(&format!("settings/stages/{lead}/shift"));
    owner.http.post(&path, &[("to", "down")]).await.expect(303);
    let all = owner.api.get("/api/pipelines").await.expect(200).json();
    assert_eq!(names(&all["data"][0])[..2], ["Proposal", "Inquiry"]);
    let path = owner.path("settings/loss-reasons");
    owner.http.post(&path, &[("label", "Moved abroad")]).await.expect(303);
    let reasons = owner.api.get("/api/loss-reasons").await.expect(200).json();
    let reason =
        reasons["data"].as_array().unwrap().iter().find(|r| r["label"] == "Moved abroad").unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let path = owner.path(&format!("settings/loss-reasons/{reason}"));
    owner.http.post(&path, &[("label", "Price")]).await.expect(422);
    owner.http.post(&path, &[("label", "Left the country")]).await.expect(303);
    let path = owner.path(&format!("settings/loss-reasons/{reason}/delete"));
    owner.http.post(&path, &[]).await.expect(303);
    assert_eq!(owner.api.get("/api/loss-reasons").await.expect(200).json()["total"], 6);
    let path = owner.path(&format!("settings/stages/{lead}/delete"));
    owner.http.post(&path, &[]).await.expect(303);
}
