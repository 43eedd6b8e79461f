//! What pages and lists ask of the database: two flights at most, and no more statements for more rows.

use std::collections::BTreeMap;

use http::Method;
use identity::testing::{self, Signed};
use rapport_db::Traffic;
use rapport_testkit::World;
use rapport_web::Access;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    journey,
    wall::{filled, ids_of, routes},
    world,
};

/// One flight says who asks, one brings what is shown.
const FLIGHTS: u32 = 2;

/// Reads that need more, each for a reason.
const MORE: &[(&str, u32)] = &[
    // Who it is, what they were called, and then what every table holds of all that.
    ("/api/contacts/{id}/personal-data", 4),
    ("/api/contacts/{id}/erasure", 4),
    ("/app/{workspace}/contacts/{id}/personal-data", 4),
    ("/app/{workspace}/contacts/{id}/personal-data/export", 4),
];

/// What every readable route asks of the database, where it answers its owner. Statements have been
/// prepared by a first round.
async fn measured(world: &World, owner: &mut Signed, ids: &[Uuid]) -> BTreeMap<&'static str, Traffic> {
    let mut asked = BTreeMap::new();
    for (method, path, access) in routes(world) {
        if method != Method::GET || matches!(access, Access::Guest | Access::Provider | Access::Public) {
            continue;
        }
        let caller = if path.starts_with("/api/") { &mut owner.api } else { &mut owner.http };
        let has_id = path.split('/').any(|piece| piece.starts_with('{') && piece != "{workspace}");
        let ids = if has_id { ids } else { &ids[..1] };
        for id in ids {
            let address = filled(path, &owner.slug, &id.to_string());
            if caller.get(&address).await.status == 200 {
                asked.insert(path, caller.get(&address).await.traffic);
                break;
            }
        }
    }
    asked
}

/// One more row in every list that can have many.
async fn add_more(owner: &mut Signed, word: &str) {
    async fn post(owner: &mut Signed, path: &str, body: Value) -> Value {
        let reply = owner.api.json("POST", path, body).await;
        assert!((200..300).contains(&reply.status), "{path}: {}", reply.text());
        reply.json()
    }
    let email = format!("{word}@client.example");
    let client = post(
        owner,
        "/api/clients",
        json!({"company_name": word, "contact_name": word, "contact_email": email, "tags": [word]}),
    )
    .await["id"]
        .clone();
    let pipelines = owner.api.get("/api/pipelines").await.expect(200).json();
    let stages = pipelines["data"][0]["stages"].as_array().unwrap().clone();
    let won = stages.iter().find(|stage| stage["kind"] == "won").unwrap()["id"].clone();
    for title in [format!("{word} one"), format!("{word} two")] {
        let deal =
            post(owner, "/api/deals", json!({"title": title, "client_id": client, "value_cents": 100_000}))
                .await;
        if title.ends_with("two") {
            let deal = deal["id"].as_str().unwrap();
            post(owner, &format!("/api/deals/{deal}/stage"), json!({"stage_id": won})).await;
        }
    }
    let project = post(
        owner,
        "/api/projects",
        json!({"client_id": client, "name": word, "status": "active"}),
    )
    .await["id"]
        .clone();
    let path = format!("/api/projects/{}", project.as_str().unwrap());
    post(owner, &format!("{path}/tasks"), json!({"title": word, "assigned_to": owner.member_id})).await;
    post(owner, &format!("{path}/milestones"), json!({"title": word, "due_date": "2026-12-01"})).await;
    post(owner, &format!("{path}/deliverables"), json!({"title": word})).await;
    post(
        owner,
        "/api/time-entries",
        json!({"project_id": project, "date": "2026-11-11", "duration_seconds": 3_600, "description": word}),
    )
    .await;
    post(owner, "/api/expenses", json!({"project_id": project, "date": "2026-11-11", "category": "travel", "amount_cents": 900, "currency": "EUR"})).await;
    let invoice = post(owner, "/api/invoices", json!({"client_id": client, "lines": [{"description": word, "quantity": "1", "unit_price_cents": 5_000}]})).await;
    let invoice = format!("/api/invoices/{}", invoice["id"].as_str().unwrap());
    post(owner, &format!("{invoice}/issue"), json!({})).await;
    post(
        owner,
        &format!("{invoice}/payments"),
        json!({"amount_cents": 1_000, "method": "bank", "received_on": "2026-11-12"}),
    )
    .await;
    let portal = post(
        owner,
        "/api/portals",
        json!({"client_id": client, "title": word, "project_ids": [project], "status": "active"}),
    )
    .await;
    let portal = format!("/api/portals/{}", portal["id"].as_str().unwrap());
    post(owner, &format!("{portal}/messages"), json!({"content": word})).await;
}

#[tokio::test]
async fn a_page_takes_two_flights_and_no_more_statements_for_more_rows() {
    let world = world().await;
    let mut owner = testing::owner(&world).await;
    journey::fill(&world, &owner, "Amsel").await;
    let clients = owner.api.get("/api/clients").await.expect(200).json();
    let notes = format!("/api/clients/{}/notes", clients["data"][0]["id"].as_str().unwrap());
    owner.api.json("POST", &notes, json!({"body": "Called about the colours."})).await.expect(201);
    let ids = ids_of(&world, owner.workspace_id.uuid()).await;
    let few = measured(&world, &mut owner, &ids).await;
    assert!(few.len() > 120, "most routes answer their owner: {}", few.len());
    for word in ["Drossel", "Fink", "Star"] {
        add_more(&mut owner, word).await;
    }
    world.settle().await;
    let many = measured(&world, &mut owner, &ids).await;

    let mut faults = Vec::new();
    for (path, traffic) in &many {
        let allowed = MORE.iter().find(|(route, _)| route == path).map_or(FLIGHTS, |(_, flights)| *flights);
        if traffic.flights > allowed {
            faults.push(format!("{path}: {} flights, {allowed} allowed", traffic.flights));
        }
        if let Some(before) = few.get(path).filter(|before| before.statements < traffic.statements) {
            faults.push(format!(
                "{path}: {} statements for few rows, {} for more",
                before.statements, traffic.statements
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
