//! Contacts.

use serde_json::json;

use super::{add, id, started};

#[tokio::test]
async fn the_first_contact_is_the_main_one_and_another_can_take_its_place() {
    let (world, mut ada) = started().await;
    let client = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let body = |name: &str, email: &str| json!({ "client_id": id(&client), "name": name, "email": email, "roles": ["billing", "portal"] });
    let one =
        ada.api.json("POST", "/api/contacts", body("Grace", "grace@acme.example")).await.expect(201).json();
    let two =
        ada.api.json("POST", "/api/contacts", body("Joan", "joan@acme.example")).await.expect(201).json();
    assert_eq!((&one["is_primary"], &two["is_primary"]), (&json!(true), &json!(false)));
    assert_eq!(one["roles"], json!(["billing", "portal"]));
    let path = format!("/api/contacts/{}", id(&two));
    let changed = ada
        .api
        .json(
            "PATCH",
            &path,
            json!({ "is_primary": true, "phone": "+44 20 7183 8750", "consents": ["email"] }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["is_primary"], &changed["phone"], &changed["consents"]),
        (&json!(true), &json!("+442071838750"), &json!(["email"]))
    );
    let shown = ada.api.get(&format!("/api/clients/{}", id(&client))).await.expect(200).json();
    assert_eq!(shown["contact_name"], "Joan");
    world.clock.advance(jiff::SignedDuration::from_secs(1));
    let withdrawn = ada.api.json("PATCH", &path, json!({ "consents": [] })).await.expect(200).json();
    assert_eq!(withdrawn["consents"], json!([]));
    ada.api.delete(&path).await.expect(204);
    let list = ada.api.get(&format!("/api/contacts?client_id={}", id(&client))).await.expect(200).json();
    assert_eq!(
        (list["total"].as_i64(), &list["data"][0]["name"], &list["data"][0]["is_primary"]),
        (Some(1), &json!("Grace"), &json!(true))
    );
}

#[tokio::test]
async fn an_address_stands_once_at_a_client() {
    let (_world, mut ada) = started().await;
    let client =
        add(&mut ada, json!({ "company_name": "Acme", "contact_email": "Grace@acme.example" })).await;
    let again = json!({ "client_id": id(&client), "name": "Other", "email": "grace@ACME.example" });
    let refused = ada.api.json("POST", "/api/contacts", again).await.expect(422).json();
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("email"), &json!("taken"))
    );
}

#[tokio::test]
async fn two_contacts_added_at_once_are_not_both_the_main_one() {
    let (_world, mut ada) = started().await;
    let client = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let body = |name: &str| json!({ "client_id": id(&client), "name": name, "is_primary": true });
    let (mut a, mut b) = (ada.api.clone(), ada.api.clone());
    let (one, two) =
        tokio::join!(a.json("POST", "/api/contacts", body("A")), b.json("POST", "/api/contacts", body("B")));
    assert_eq!((one.status, two.status), (201, 201));
    let list = ada.api.get("/api/contacts").await.expect(200).json();
    let main = list["data"].as_array().unwrap().iter().filter(|c| c["is_primary"] == true).count();
    assert_eq!((list["total"].as_i64(), main), (Some(2), 1));
}

#[tokio::test]
async fn a_contact_moves_to_another_client_and_is_found_there() {
    let (_world, mut ada) = started().await;
    let from = add(
        &mut ada,
        json!({ "company_name": "From", "contact_name": "Zelda", "contact_email": "zelda@x.example" }),
    )
    .await;
    let to = add(&mut ada, json!({ "company_name": "To" })).await;
    let contact = ada.api.get("/api/contacts?search=zel").await.expect(200).json()["data"][0].clone();
    ada.api
        .json("PATCH", &format!("/api/contacts/{}", id(&contact)), json!({ "client_id": id(&to) }))
        .await
        .expect(200);
    let found = ada.api.get("/api/clients?search=zelda").await.expect(200).json();
    assert_eq!((found["total"].as_i64(), &found["data"][0]["id"]), (Some(1), &to["id"]));
    let left = ada.api.get(&format!("/api/clients/{}", id(&from))).await.expect(200).json();
    assert!(left["contact_name"].is_null());
}
