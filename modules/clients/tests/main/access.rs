//! Who sees which clients.

use futures::FutureExt;
use identity::testing::{member, owner_of};
use serde_json::json;

use super::{add, id, started};

#[tokio::test]
async fn nobody_sees_the_clients_of_another_workspace() {
    let (world, mut ada) = started().await;
    let mut eve = owner_of(&world, "Elsewhere").await;
    let made = add(
        &mut ada,
        json!({ "company_name": "Canary Ltd", "contact_email": "canary@x.example", "tags": ["canary"] }),
    )
    .await;
    let path = format!("/api/clients/{}", id(&made));
    eve.api.get(&path).await.expect(404);
    eve.api.json("PATCH", &path, json!({ "notes": "x" })).await.expect(404);
    eve.api.delete(&path).await.expect(404);
    eve.api.get(&format!("{path}/timeline")).await.expect(404);
    for list in [
        "/api/clients?search=canary",
        "/api/clients?search=canry",
        "/api/contacts?search=canary",
        "/api/clients?tags=canary",
    ] {
        let seen = eve.api.get(list).await.expect(200).json();
        assert_eq!(seen["total"], 0, "{list}");
    }
    let owner_id = json!({ "company_name": "X", "owner_id": ada.member_id });
    eve.api.json("POST", "/api/clients", owner_id).await.expect(422);
    eve.http.get(&ada.path("clients")).await.expect(404);
}

#[tokio::test]
async fn a_viewer_reads_without_money_and_changes_nothing() {
    let (world, mut ada) = started().await;
    let mut vera = member(&world, &ada, "viewer").await;
    let made = add(&mut ada, json!({ "company_name": "Acme", "hourly_rate_cents": 9000 })).await;
    let path = format!("/api/clients/{}", id(&made));
    let shown = vera.api.get(&path).await.expect(200).json();
    assert!(shown["total_revenue_cents"].is_null() && shown["hourly_rate_cents"].is_null());
    vera.api.get("/api/clients?sort=-revenue").await.expect(403);
    vera.api.json("PATCH", &path, json!({ "notes": "x" })).await.expect(403);
    vera.api.json("POST", &format!("{path}/notes"), json!({ "body": "x" })).await.expect(403);
    vera.api.delete(&path).await.expect(403);
    vera.http.get(&ada.path("clients/export")).await.expect(403);
    let page = vera.http.get(&ada.path("clients")).await.expect(200).text();
    assert!(!page.contains("Revenue") && !page.contains("New client"), "money or a way to add is shown");
}

#[tokio::test]
async fn a_member_sees_the_clients_they_look_after_or_work_for_and_no_others() {
    fn reach(parts: rapport_base::Parts) -> rapport_base::Parts {
        parts.with(clients::ClientReaches(vec![clients::ClientReach(|tx, _| {
            async move {
                let found = clients::search(tx, "reached", 5).await?;
                Ok(clients::Reach {
                    clients: found.into_iter().map(|(id, _)| id.uuid()).collect(),
                    projects: Vec::new(),
                })
            }
            .boxed()
        })]))
    }
    let world = rapport_testkit::World::start_with(vec![identity::module(), clients::module()], reach).await;
    let mut ada = identity::testing::owner(&world).await;
    let mut max = member(&world, &ada, "member").await;
    let hidden = add(&mut ada, json!({ "company_name": "Hidden" })).await;
    let own = add(&mut ada, json!({ "company_name": "Own", "owner_id": max.member_id })).await;
    add(&mut ada, json!({ "company_name": "Reached" })).await;
    let found = max.http.get(&ada.path("clients/choices?q=hidden")).await.expect(200).json();
    assert_eq!(found, json!({ "options": [] }));
    let list = max.api.get("/api/clients").await.expect(200).json();
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|c| c["company_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Own", "Reached"]);
    max.api.get(&format!("/api/clients/{}", id(&hidden))).await.expect(404);
    max.api
        .json("POST", &format!("/api/clients/{}/notes", id(&own)), json!({ "body": "hello" }))
        .await
        .expect(201);
    max.api
        .json("POST", &format!("/api/clients/{}/notes", id(&hidden)), json!({ "body": "hello" }))
        .await
        .expect(404);
    max.api.delete(&format!("/api/clients/{}", id(&own))).await.expect(403);
}
