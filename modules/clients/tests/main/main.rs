//! Clients over HTTP, against a real database.

mod access;
mod bin;
mod contacts;
mod lists;
mod pages;

use identity::testing::{Signed, owner};
use rapport_testkit::World;
use serde_json::{Value, json};

async fn world() -> World {
    World::start(vec![identity::module(), clients::module()]).await
}

async fn started() -> (World, Signed) {
    let world = world().await;
    let ada = owner(&world).await;
    (world, ada)
}

/// Adds a client over the API and gives its JSON.
async fn add(signed: &mut Signed, body: Value) -> Value {
    signed.api.json("POST", "/api/clients", body).await.expect(201).json()
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_client_is_added_with_its_contact_read_changed_and_told_of() {
    let (_world, mut ada) = started().await;
    let made = add(
        &mut ada,
        json!({
            "company_name": " Łódź  Söhne ", "contact_name": "Grace Hopper", "contact_email": "grace@soehne.example",
            "contact_phone": "020 7183 8750", "industry": "Retail", "tags": ["VIP", "vip", "2026"], "notes": "Likes tea",
            "address": { "line1": "1 Main Street", "city": "London", "country": "gb" }
        }),
    )
    .await;
    assert_eq!(made["company_name"], "Łódź Söhne");
    assert_eq!(made["contact_phone"], "+442071838750");
    assert_eq!(made["tags"], json!(["2026", "VIP"]));
    assert_eq!(
        (&made["relationship_stage"], &made["currency"], &made["total_revenue_cents"]),
        (&json!("prospect"), &json!("EUR"), &json!(0))
    );
    assert_eq!(made["address"]["country"], "GB");
    assert!(made["health_score"].is_null());

    let path = format!("/api/clients/{}", id(&made));
    let shown = ada.api.get(&path).await.expect(200);
    let etag = shown.headers["etag"].to_str().unwrap().to_owned();
    let changed = ada
        .api
        .clone()
        .with_header("if-match", &etag)
        .json(
            "PATCH",
            &path,
            json!({ "relationship_stage": "active", "contact_phone": null, "website": "soehne.example" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["relationship_stage"], &changed["website"]),
        (&json!("active"), &json!("https://soehne.example"))
    );
    assert!(changed["contact_phone"].is_null() && changed["contact_email"] == "grace@soehne.example");
    let stale = ada
        .api
        .clone()
        .with_header("if-match", &etag)
        .json("PATCH", &path, json!({ "notes": "x" }))
        .await
        .expect(412);
    assert_eq!(stale.json()["code"], "stale");

    let timeline = ada.api.get(&format!("{path}/timeline")).await.expect(200).json();
    let kinds: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    for kind in
        ["client.created", "contact.created", "client.stage_changed", "client.updated", "contact.updated"]
    {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let first =
        &timeline["data"].as_array().unwrap().iter().find(|e| e["kind"] == "client.created").unwrap().clone();
    assert_eq!(first["summary"], "added Łódź Söhne as a client");
    assert_eq!((&first["actor"]["name"], &first["subject"]["kind"]), (&json!("Ada Morel"), &json!("client")));
    let only = ada.api.get(&format!("{path}/timeline?kinds=client.&limit=1")).await.expect(200).json();
    assert_eq!((only["data"].as_array().unwrap().len(), only["total"].as_i64()), (1, Some(3)));
    let next = ada
        .api
        .get(&format!("{path}/timeline?kinds=client.&after={}", only["next"].as_str().unwrap()))
        .await
        .expect(200)
        .json();
    assert_eq!(next["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_client_comes_beside_its_fields() {
    let (_world, mut ada) = started().await;
    let wrong = ada
        .api
        .json(
            "POST",
            "/api/clients",
            json!({ "company_name": "", "contact_email": "x", "owner_id": null, "address": { "city": "X" } }),
        )
        .await
        .expect(422)
        .json();
    let fields: Vec<&str> =
        wrong["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"company_name") || fields.contains(&"address.line1"), "{fields:?}");
    let unknown = ada
        .api
        .json("POST", "/api/clients", json!({ "company_name": "A", "colour": 1 }))
        .await
        .expect(422)
        .json();
    assert_eq!(unknown["errors"][0]["code"], "unknown_field");
    let nobody = json!({ "company_name": "A", "owner_id": "018f0000-0000-7000-8000-000000000000" });
    let nobody = ada.api.json("POST", "/api/clients", nobody).await.expect(422).json();
    assert_eq!(nobody["errors"][0]["field"], "owner_id");
}

#[tokio::test]
async fn of_two_who_change_a_client_at_once_the_second_is_told() {
    let (_world, mut ada) = started().await;
    let made = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let path = format!("/api/clients/{}", id(&made));
    let mut one = ada.api.clone().with_header("if-match", "\"1\"");
    let mut two = one.clone();
    let (a, b) = tokio::join!(
        one.json("PATCH", &path, json!({ "notes": "one" })),
        two.json("PATCH", &path, json!({ "notes": "two" }))
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn a_note_stands_on_the_timeline_with_its_words_and_goes_with_them() {
    let (_world, mut ada) = started().await;
    let made = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let path = format!("/api/clients/{}", id(&made));
    ada.api.json("POST", &format!("{path}/notes"), json!({ "body": " " })).await.expect(422);
    let note = ada
        .api
        .json("POST", &format!("{path}/notes"), json!({ "body": "Called, all well", "kind": "call" }))
        .await
        .expect(201)
        .json();
    let timeline = ada.api.get(&format!("{path}/timeline?kinds=note.added")).await.expect(200).json();
    assert_eq!(
        (&timeline["data"][0]["summary"], &timeline["data"][0]["body"]),
        (&json!("noted a call"), &json!("Called, all well"))
    );
    ada.api.delete(&format!("/api/notes/{}", id(&note))).await.expect(204);
    let timeline = ada.api.get(&format!("{path}/timeline?kinds=note.added")).await.expect(200).json();
    assert!(timeline["data"][0]["body"].is_null());
}

#[tokio::test]
async fn figures_kept_by_other_modules_do_not_disturb_who_edits_the_client() {
    let (world, mut ada) = started().await;
    let made = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let client: clients::ClientId = id(&made).parse().unwrap();
    let tx = world.app.db.begin(ada.workspace_id, rapport_db::Origin::system()).await.unwrap();
    clients::add_revenue(&tx, client, 12_500).await.unwrap();
    clients::add_revenue(&tx, client, -2_500).await.unwrap();
    clients::set_health(&tx, client, Some(64), Some("at_risk")).await.unwrap();
    clients::set_stage(&tx, client, clients::Stage::Active).await.unwrap();
    clients::set_stage(&tx, client, clients::Stage::Active).await.unwrap();
    assert_eq!(clients::names(&tx, &[client]).await.unwrap(), [(client, "Acme".to_owned())]);
    tx.commit().await.unwrap();
    let shown = ada.api.get(&format!("/api/clients/{client}")).await.expect(200).json();
    assert_eq!(
        (&shown["total_revenue_cents"], &shown["health_score"], &shown["risk_level"]),
        (&json!(10_000), &json!(64), &json!("at_risk"))
    );
    let moved = ada
        .api
        .get(&format!("/api/clients/{client}/timeline?kinds=client.stage_changed"))
        .await
        .expect(200)
        .json();
    assert_eq!(moved["total"], 1);
    world.settle().await;
}

#[tokio::test]
async fn whatever_happens_with_a_client_counts_as_activity() {
    let (world, mut ada) = started().await;
    let made = add(&mut ada, json!({ "company_name": "Acme" })).await;
    world.settle().await;
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    ada.api
        .json("POST", "/api/contacts", json!({ "client_id": id(&made), "name": "Grace" }))
        .await
        .expect(201);
    world.settle().await;
    let shown = ada.api.get(&format!("/api/clients/{}", id(&made))).await.expect(200).json();
    assert_eq!(shown["last_activity_at"], "2026-11-20T10:10:00Z");
}
