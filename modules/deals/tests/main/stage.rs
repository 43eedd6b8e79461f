//! Winning, losing, reopening.

use deals::StageKind::{Lost, Open, Won};
use identity::testing;
use rapport_db::Origin;
use serde_json::json;
use uuid::Uuid;

use crate::{deal, events, move_to, project_of, shop, stage, stage_named};

#[tokio::test]
async fn a_new_workspace_sells_through_the_usual_pipeline() {
    let (_world, mut owner) = shop().await;
    let pipelines = owner.api.get("/api/pipelines").await.expect(200).json();
    let stages = pipelines["data"][0]["stages"].as_array().unwrap().clone();
    let told: Vec<(&str, i64, &str)> = stages
        .iter()
        .map(|s| {
            (s["name"].as_str().unwrap(), s["probability"].as_i64().unwrap(), s["kind"].as_str().unwrap())
        })
        .collect();
    let usual = [
        ("Lead", 10, "open"),
        ("Proposal", 40, "open"),
        ("Negotiation", 70, "open"),
        ("Won", 100, "won"),
        ("Lost", 0, "lost"),
    ];
    assert_eq!(told, usual);
    let reasons = owner.api.get("/api/loss-reasons").await.expect(200).json();
    assert!(reasons["data"].as_array().unwrap().len() >= 5);
}

#[tokio::test]
async fn a_won_deal_has_its_project_in_the_answer_and_the_same_call_again_changes_nothing() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let won = stage(&world, &owner, Won).await;
    let first = move_to(&mut owner, &id, json!({"stage_id": won}), 200).await;
    assert_eq!(first["project_id"], json!(project_of(id.parse().unwrap())));
    assert_eq!(first["stage"]["kind"], "won");
    assert_eq!(first["probability"], 100);
    assert!(first["closed_at"].is_string());
    world.clock.set("2026-11-20T10:30:00Z".parse().unwrap());
    let second = move_to(&mut owner, &id, json!({"stage_id": won}), 200).await;
    assert_eq!(first, second);
    assert_eq!(events(&world, "deal.won").await, 1);
}

#[tokio::test]
async fn a_deal_that_many_win_at_once_is_won_once() {
    let (world, owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let won = stage(&world, &owner, Won).await;
    let tries = (0..6).map(|_| {
        let (mut owner, id, won) = (owner.clone(), id.clone(), won.clone());
        async move { move_to(&mut owner, &id, json!({"stage_id": won}), 200).await }
    });
    let answers = futures::future::join_all(tries).await;
    assert!(answers.iter().all(|answer| answer["project_id"] == answers[0]["project_id"]));
    assert_eq!(events(&world, "deal.won").await, 1);
    let moves: i64 = world
        .owner()
        .await
        .query_one(
            "select count(*) from deals.stage_history where deal_id = $1",
            &[&id.parse::<Uuid>().unwrap()],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(moves, 2, "added and won");
}

#[tokio::test]
async fn losing_needs_a_reason_and_keeps_it_as_the_list_writes_it() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let lost = stage(&world, &owner, Lost).await;
    let refused = move_to(&mut owner, &id, json!({"stage_id": lost}), 422).await;
    assert_eq!(refused["errors"][0]["field"], "lost_reason");
    let answer = move_to(&mut owner, &id, json!({"stage_id": lost, "lost_reason": " price "}), 200).await;
    assert_eq!(answer["lost_reason"], "Price");
    assert_eq!(answer["probability"], 0);
    assert_eq!(events(&world, "deal.lost").await, 1);
}

#[tokio::test]
async fn leaving_won_asks_what_becomes_of_the_project() {
    let (world, mut owner) = shop().await;
    let (won, lead) = (stage(&world, &owner, Won).await, stage(&world, &owner, Open).await);
    let kept = deal(&world, &owner, "Kept").await;
    move_to(&mut owner, &kept, json!({"stage_id": won}), 200).await;
    let refused = move_to(&mut owner, &kept, json!({"stage_id": lead}), 422).await;
    assert_eq!(refused["errors"][0]["field"], "project");
    let open = move_to(&mut owner, &kept, json!({"stage_id": lead, "project": "keep"}), 200).await;
    assert_eq!(open["project_id"], json!(project_of(kept.parse().unwrap())));
    assert!(open["closed_at"].is_null());
    let parted = deal(&world, &owner, "Parted").await;
    move_to(&mut owner, &parted, json!({"stage_id": won}), 200).await;
    let open = move_to(&mut owner, &parted, json!({"stage_id": lead, "project": "unlink"}), 200).await;
    assert!(open["project_id"].is_null());
    assert_eq!(events(&world, "deal.reopened").await, 2);
}

#[tokio::test]
async fn of_two_who_move_one_deal_the_later_hears_who_was_first() {
    let (world, mut owner) = shop().await;
    let mut manager = testing::member(&world, &owner, "manager").await;
    let id = deal(&world, &owner, "Relaunch").await;
    let (proposal, talks) =
        (stage_named(&world, &owner, "Proposal").await, stage_named(&world, &owner, "Negotiation").await);
    let seen = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json()["version"].clone();
    move_to(&mut manager, &id, json!({"stage_id": proposal, "version": seen}), 200).await;
    let refused = move_to(&mut owner, &id, json!({"stage_id": talks, "version": seen}), 409).await;
    let told = refused["detail"].as_str().unwrap();
    assert_eq!(refused["code"], "deals.moved_meanwhile");
    assert!(told.contains(&manager.name) && told.contains("Proposal"), "{told}");
    move_to(&mut owner, &id, json!({"stage_id": proposal, "version": seen}), 200).await;
    let mut by_header = owner.api.clone().with_header("if-match", &format!("\"{seen}\""));
    by_header.json("POST", &format!("/api/deals/{id}/stage"), json!({"stage_id": talks})).await.expect(412);
}

#[tokio::test]
async fn an_edit_does_not_stand_in_the_way_of_a_move() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let proposal = stage_named(&world, &owner, "Proposal").await;
    owner.api.json("PATCH", &format!("/api/deals/{id}"), json!({"title": "Relaunch 2"})).await.expect(200);
    move_to(&mut owner, &id, json!({"stage_id": proposal, "version": 1}), 200).await;
}

#[tokio::test]
async fn the_history_tells_how_long_a_deal_was_in_each_stage() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let (proposal, won) = (stage_named(&world, &owner, "Proposal").await, stage(&world, &owner, Won).await);
    world.clock.set("2026-11-20T10:20:00Z".parse().unwrap());
    move_to(&mut owner, &id, json!({"stage_id": proposal}), 200).await;
    world.clock.set("2026-11-20T10:50:00Z".parse().unwrap());
    move_to(&mut owner, &id, json!({"stage_id": won}), 200).await;
    let history = owner.api.get(&format!("/api/deals/{id}/history")).await.expect(200).json();
    let stays: Vec<(String, i64)> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stay| (stay["stage"].as_str().unwrap().to_owned(), stay["seconds"].as_i64().unwrap()))
        .collect();
    assert_eq!(stays, [("Won".to_owned(), 0), ("Proposal".to_owned(), 1_800), ("Lead".to_owned(), 1_200)]);
    let timeline = owner.api.get(&format!("/api/deals/{id}/timeline")).await.expect(200).json();
    let kinds: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["deal.won", "deal.stage_changed", "deal.created"]);
}

#[tokio::test]
async fn a_deal_may_be_pointed_at_its_project_later() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let project = Uuid::now_v7();
    let tx = world.app.db.begin(owner.workspace_id, Origin::system()).await.unwrap();
    deals::set_project(&tx, id.parse().unwrap(), Some(project)).await.unwrap();
    tx.commit().await.unwrap();
    let deal = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json();
    assert_eq!(deal["project_id"], json!(project));
}
