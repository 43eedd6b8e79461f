//! Adding, finding, changing, deleting.

use deals::StageKind::Lost;
use serde_json::{Value, json};

use crate::{deal, events, move_to, shop, stage, world};

#[tokio::test]
async fn a_deal_comes_with_a_client_of_its_own() {
    let (world, mut owner) = shop().await;
    let body = json!({"title": " Big  site ", "client": {"company_name": "Nova", "contact_email": "n@nova.example"}, "value_cents": 5_000,
        "tags": ["VIP", "vip"], "expected_close_date": "2026-12-24", "assigned_to": owner.member_id});
    let reply = owner.api.json("POST", "/api/deals", body).await.expect(201);
    let made = reply.json();
    assert_eq!(
        reply.headers["location"].to_str().unwrap(),
        format!("/api/deals/{}", made["id"].as_str().unwrap())
    );
    assert_eq!(
        (&made["title"], &made["client_name"], &made["currency"]),
        (&json!("Big site"), &json!("Nova"), &json!("EUR"))
    );
    assert_eq!(
        (&made["probability"], &made["weighted_cents"], &made["tags"]),
        (&json!(10), &json!(500), &json!(["VIP"]))
    );
    assert_eq!(events(&world, "client.created").await, 1);
    let wrong = owner
        .api
        .json("POST", "/api/deals", json!({"title": "", "client": {"company_name": ""}}))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "title");
    let wrong = owner
        .api
        .json("POST", "/api/deals", json!({"title": "A", "client": {"company_name": ""}}))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "client.company_name");
    let lost = stage(&world, &owner, Lost).await;
    let wrong = owner
        .api
        .json("POST", "/api/deals", json!({"title": "A", "client_id": made["client_id"], "stage_id": lost}))
        .await;
    assert_eq!(wrong.expect(422).json()["errors"][0]["field"], "stage_id");
}

#[tokio::test]
async fn a_deal_typed_into_the_dialog_goes_to_the_client_of_that_name() {
    let (world, mut owner) = shop().await;
    clients::testing::client(&world.app, owner.workspace_id, "Café Nova").await;
    let path = owner.path("deals");
    let fields =
        [("title", "Menu"), ("client_name", "cafe nova"), ("value", "1,250.50"), ("currency", "EUR")];
    owner.http.post(&path, &fields).await.expect(303);
    let deals = owner.api.get("/api/deals?search=men%20caf").await.expect(200).json();
    assert_eq!(deals["data"][0]["client_name"], "Café Nova");
    assert_eq!(deals["data"][0]["value_cents"], 125_050);
    assert_eq!(events(&world, "client.created").await, 1);
    let again = owner
        .http
        .post(&path, &[("title", ""), ("client_name", "Nova"), ("value", "x")])
        .await
        .expect(422)
        .text();
    assert!(again.contains("Write an amount") && again.contains("value=\"Nova\""));
}

#[tokio::test]
async fn the_list_goes_on_from_page_to_page_in_every_order() {
    let (world, mut owner) = shop().await;
    for n in 0..5 {
        let id = deal(&world, &owner, &format!("Deal {n}")).await;
        owner
            .api
            .json("PATCH", &format!("/api/deals/{id}"), json!({"value_cents": n % 3 * 100}))
            .await
            .expect(200);
    }
    for sort in [
        "-created_at",
        "created_at",
        "title",
        "-title",
        "value",
        "-value",
        "expected_close_date",
        "-expected_close_date",
    ] {
        let (mut seen, mut after) = (Vec::<String>::new(), String::new());
        loop {
            let page =
                owner.api.get(&format!("/api/deals?limit=2&sort={sort}{after}")).await.expect(200).json();
            assert_eq!(page["total"], 5);
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap().to_owned()),
            );
            match &page["next"] {
                Value::String(next) => after = format!("&after={next}"),
                _ => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5, "{sort}");
    }
    owner.api.get("/api/deals?sort=nonsense").await.expect(422);
    owner.api.get("/api/deals?after=nonsense").await.expect(422);
}

#[tokio::test]
async fn a_change_over_an_older_version_is_refused_and_what_was_typed_stays() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    owner.api.json("PATCH", &format!("/api/deals/{id}"), json!({"description": "New"})).await.expect(200);
    let mut stale = owner.api.clone().with_header("if-match", "\"1\"");
    stale.json("PATCH", &format!("/api/deals/{id}"), json!({"title": "x"})).await.expect(412);
    let path = owner.path(&format!("deals/{id}"));
    let page = owner
        .http
        .post(&path, &[("title", "Typed"), ("version", "1"), ("value", "1")])
        .await
        .expect(422)
        .text();
    assert!(page.contains("value=\"Typed\"") && page.contains("Someone changed this"));
    owner.http.post(&path, &[("title", "Typed"), ("version", "2"), ("value", "99")]).await.expect(303);
    let deal = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json();
    assert_eq!((&deal["title"], &deal["value_cents"]), (&json!("Typed"), &json!(9_900)));
}

async fn rows(world: &rapport_testkit::World) -> i64 {
    world.owner().await.query_one("select count(*) from deals.deals", &[]).await.expect("a count").get(0)
}

#[tokio::test]
async fn a_deleted_deal_is_gone_until_it_is_restored_and_for_good_after_thirty_days() {
    let (world, mut owner) = shop().await;
    let (id, other) = (deal(&world, &owner, "Relaunch").await, deal(&world, &owner, "Other").await);
    owner.api.delete(&format!("/api/deals/{id}")).await.expect(204);
    owner.api.get(&format!("/api/deals/{id}")).await.expect(404);
    let path = owner.path(&format!("deals/{id}/restore"));
    owner.http.post(&path, &[]).await.expect(303);
    owner.api.get(&format!("/api/deals/{id}")).await.expect(200);
    owner.api.delete(&format!("/api/deals/{other}")).await.expect(204);
    let purge = deals::module()
        .schedules
        .into_iter()
        .find(|schedule| schedule.name == "deals.purge")
        .expect("the schedule");
    purge.run_now(&world.app).await.unwrap();
    world.settle().await;
    assert_eq!(rows(&world).await, 2);
    world.clock.set("2026-12-21T10:00:00Z".parse().unwrap());
    purge.run_now(&world.app).await.unwrap();
    world.settle().await;
    assert_eq!(rows(&world).await, 1);
}

#[tokio::test]
async fn deals_are_found_by_their_client_s_newest_name() {
    let (world, mut owner) = shop().await;
    let id = deal(&world, &owner, "Relaunch").await;
    let client = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json()["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    owner
        .api
        .json("PATCH", &format!("/api/clients/{client}"), json!({"company_name": "Zebra Works"}))
        .await
        .expect(200);
    world.settle().await;
    let found = owner.api.get("/api/deals?search=zebra").await.expect(200).json();
    assert_eq!(found["total"], 1);
    owner.api.delete(&format!("/api/clients/{client}")).await.expect(204);
    assert_eq!(
        owner.api.get("/api/deals").await.expect(200).json()["total"],
        0,
        "out of sight with its client"
    );
}

#[tokio::test]
async fn every_page_shows_with_and_without_deals() {
    let world = world().await;
    let mut owner = identity::testing::owner(&world).await;
    let empty = ["deals", "deals/list", "deals/forecast", "settings/pipelines", "deals?dialog=new-deal"];
    for path in empty {
        let path = owner.path(path);
        owner.http.get(&path).await.expect(200);
    }
    let id = deal(&world, &owner, "Relaunch & more").await;
    owner
        .api
        .json(
            "PATCH",
            &format!("/api/deals/{id}"),
            json!({"expected_close_date": "2026-12-01", "description": "A <b>site</b>"}),
        )
        .await
        .expect(200);
    let client = owner.api.get(&format!("/api/deals/{id}")).await.expect(200).json()["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let lost = stage(&world, &owner, Lost).await;
    let full = [
        format!("deals/{id}"),
        format!("deals/{id}/edit"),
        format!("clients/{client}/deals"),
        format!("settings/stages/{lost}"),
        "deals/list?search=relaunch".into(),
        "deals?search=relaunch".into(),
        "deals/forecast".into(),
    ];
    for path in &full {
        let path = owner.path(path);
        let page = owner.http.get(&path).await.expect(200).text();
        assert!(!page.contains("<b>site"), "{path}");
    }
    let page = owner.http.get(&owner.path("deals/forecast")).await.expect(200).text();
    assert!(page.contains("Dec 2026") && page.contains("€12,000"), "forecast");
    let forecast = owner.api.get("/api/deals/forecast").await.expect(200).json();
    assert_eq!(
        forecast["months"][1],
        json!({"key": "2026-12", "label": "Dec 2026", "count": 1, "value_cents": 1_200_000, "weighted_cents": 120_000})
    );
    let dialog = owner.path(&format!("deals/{id}/stage"));
    let again = owner
        .http
        .post(&dialog, &[("dialog", "lose-deal"), ("stage_id", &lost), ("version", "2")])
        .await
        .expect(422)
        .text();
    assert!(again.contains("Say why the deal was lost."));
    move_to(&mut owner, &id, json!({"stage_id": lost, "lost_reason": "Too dear"}), 200).await;
    let page = owner.http.get(&owner.path(&format!("deals/{id}"))).await.expect(200).text();
    assert!(page.contains("Too dear") && page.contains("Reopen"));
}
