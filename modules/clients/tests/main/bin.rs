//! The bin.

use futures::FutureExt;
use rapport_testkit::World;
use serde_json::json;

use super::{add, id, started};

#[tokio::test]
async fn a_deleted_client_comes_back_with_all_it_had() {
    let (_world, mut ada) = started().await;
    let made = add(&mut ada, json!({ "company_name": "Acme", "contact_name": "Grace", "contact_email": "g@acme.example", "tags": ["a"] })).await;
    let path = format!("/api/clients/{}", id(&made));
    ada.api.delete(&path).await.expect(204);
    ada.api.get(&path).await.expect(404);
    assert_eq!(ada.api.get("/api/clients").await.expect(200).json()["total"], 0);
    assert_eq!(ada.api.get("/api/contacts").await.expect(200).json()["total"], 0);
    assert_eq!(ada.api.get("/api/clients/bin").await.expect(200).json()["data"][0]["company_name"], "Acme");
    let back = ada.api.json("POST", &format!("{path}/restore"), json!({})).await.expect(200).json();
    assert_eq!((&back["contact_email"], &back["tags"]), (&json!("g@acme.example"), &json!(["a"])));
    ada.api.json("POST", &format!("{path}/restore"), json!({})).await.expect(404);
}

#[tokio::test]
async fn a_client_is_not_deleted_while_something_of_it_is_open_and_is_told_what() {
    fn guard(parts: rapport_base::Parts) -> rapport_base::Parts {
        parts.with(clients::DeletionGuards(vec![clients::DeletionGuard(|_, _| {
            async { Ok(vec!["invoice INV-0042".to_owned()]) }.boxed()
        })]))
    }
    let world = World::start_with(vec![identity::module(), clients::module()], guard).await;
    let mut ada = identity::testing::owner(&world).await;
    let made = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let refused = ada.api.delete(&format!("/api/clients/{}", id(&made))).await.expect(409).json();
    assert_eq!(refused["code"], "clients.in_use");
    assert!(refused["detail"].as_str().unwrap().contains("invoice INV-0042"));
    ada.http.get(&ada.path("clients")).await.expect(200);
    let answer = ada.http.post(&ada.path(&format!("clients/{}/delete", id(&made))), &[]).await.expect(303);
    assert!(answer.location().ends_with(&id(&made)));
}

#[tokio::test]
async fn after_thirty_days_the_bin_is_emptied_and_what_others_point_at_is_erased() {
    let (world, mut ada) = started().await;
    let gone = add(
        &mut ada,
        json!({ "company_name": "Gone", "contact_name": "Grace", "contact_email": "g@gone.example" }),
    )
    .await;
    let kept = add(
        &mut ada,
        json!({ "company_name": "Pointed at", "contact_name": "Joan", "contact_email": "j@x.example" }),
    )
    .await;
    let owner = world.owner().await;
    owner.batch_execute("create table clients.pointing (w uuid, c uuid, foreign key (w, c) references clients.clients (workspace_id, id))").await.unwrap();
    let client: uuid::Uuid = id(&kept).parse().unwrap();
    owner
        .execute("insert into clients.pointing values ($1, $2)", &[&ada.workspace_id.uuid(), &client])
        .await
        .unwrap();
    for made in [&gone, &kept] {
        ada.api.delete(&format!("/api/clients/{}", id(made))).await.expect(204);
    }
    let began = world.clock.now();
    let purge = clients::module().schedules.into_iter().find(|s| s.name == "clients.purge").unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(24 * 29));
    purge.run_now(&world.app).await.unwrap();
    world.settle().await;
    let count = "select count(*) from clients.clients";
    assert_eq!(owner.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 2);
    world.clock.advance(jiff::SignedDuration::from_hours(48));
    purge.run_now(&world.app).await.unwrap();
    world.settle().await;
    let left = owner.query("select company_name from clients.clients", &[]).await.unwrap();
    assert_eq!(left.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["Erased client"]);
    let people = owner.query("select name, email from clients.contacts", &[]).await.unwrap();
    assert_eq!(
        people.iter().map(|row| (row.get(0), row.get(1))).collect::<Vec<(String, Option<String>)>>(),
        [("Erased person".to_owned(), None)]
    );
    // Back to when the token still held.
    world.clock.set(began);
    ada.api.json("POST", &format!("/api/clients/{}/restore", id(&kept)), json!({})).await.expect(404);
}
