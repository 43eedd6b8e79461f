//! Clients in the browser.

use serde_json::json;

use super::{add, id, started};

#[tokio::test]
async fn everything_about_a_client_can_be_done_with_plain_forms() {
    let (_world, mut ada) = started().await;
    let page = ada.http.get(&ada.path("clients")).await.expect(200).text();
    assert!(page.contains("Your clients live here"), "an empty list teaches");
    let made = ada
        .http
        .post(
            &ada.path("clients"),
            &[
                ("company_name", "Acme <b>"),
                ("contact_name", "Grace"),
                ("contact_email", "g@acme.example"),
                ("tags", "one, two"),
                ("relationship_stage", "active"),
            ],
        )
        .await
        .expect(303);
    let place = made.location().to_owned();
    let page = ada.http.get(&place).await.expect(200).text();
    assert!(!page.contains("&lt;time"), "markup of ours is never shown as text");
    assert!(
        page.contains("Acme &lt;b&gt;") && page.contains("Grace") && page.contains("added Acme"),
        "{page}"
    );
    ada.http.post(&format!("{place}/notes"), &[("body", "Likes tea"), ("kind", "call")]).await.expect(303);
    let page = ada.http.get(&format!("{place}?show=notes")).await.expect(200).text();
    assert!(page.contains("Likes tea") && page.contains("noted a call"));
    ada.http.post(&format!("{place}/notes"), &[("body", "")]).await.expect(422);

    let edit = ada.http.get(&format!("{place}/edit")).await.expect(200);
    let version = edit.attribute("name=\"version\"", "value").unwrap();
    let form = |name: &'static str, version: &str| {
        vec![
            ("company_name".to_owned(), name.to_owned()),
            ("version".into(), version.to_owned()),
            ("relationship_stage".into(), "paused".into()),
            ("address.line1".into(), "1 Way".into()),
        ]
    };
    let fields = form("Acme Ltd", &version);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    ada.http.post(&place, &fields).await.expect(303);
    let stale = ada.http.post(&place, &fields).await.expect(422);
    assert!(stale.text().contains("Someone changed this"), "a stale form says what happened");
    assert_ne!(stale.attribute("name=\"version\"", "value").unwrap(), version);
    let page = ada.http.get(&place).await.expect(200).text();
    assert!(page.contains("Acme Ltd") && page.contains("Paused") && page.contains("1 Way"));

    ada.http.post(&format!("{place}/delete"), &[]).await.expect(303);
    let bin = ada.http.get(&ada.path("clients/bin")).await.expect(200).text();
    assert!(bin.contains("Acme Ltd"));
    ada.http.post(&format!("{place}/restore"), &[]).await.expect(303);
    ada.http.get(&place).await.expect(200);
}

#[tokio::test]
async fn a_likely_duplicate_is_shown_before_it_is_added_anyway() {
    let (_world, mut ada) = started().await;
    add(&mut ada, json!({ "company_name": "Northlight Studio" })).await;
    ada.http.get(&ada.path("clients")).await.expect(200);
    let asked = ada
        .http
        .post(&ada.path("clients"), &[("company_name", "Northlight Studios")])
        .await
        .expect(422)
        .text();
    assert!(asked.contains("You may have this client already") && asked.contains("Add anyway"));
    ada.http
        .post(&ada.path("clients"), &[("company_name", "Northlight Studios"), ("anyway", "1")])
        .await
        .expect(303);
    assert_eq!(ada.api.get("/api/clients").await.expect(200).json()["total"], 2);
}

#[tokio::test]
async fn a_wrong_form_keeps_what_was_typed_with_the_errors_beside_the_fields() {
    let (_world, mut ada) = started().await;
    ada.http.get(&ada.path("clients")).await.expect(200);
    let again = ada
        .http
        .post(&ada.path("clients"), &[("company_name", ""), ("contact_email", "nope")])
        .await
        .expect(422)
        .text();
    assert!(
        again.contains("Write the client&#39;s name")
            && again.contains("value=\"nope\"")
            && again.contains("ada@example.com")
    );
}

#[tokio::test]
async fn contacts_of_a_client_are_kept_with_plain_forms() {
    let (_world, mut ada) = started().await;
    let client = add(&mut ada, json!({ "company_name": "Acme" })).await;
    let place = ada.path(&format!("clients/{}/contacts", id(&client)));
    assert!(ada.http.get(&place).await.expect(200).text().contains("Nobody known here yet"));
    ada.http
        .post(
            &place,
            &[
                ("name", "Grace Hopper"),
                ("email", "g@acme.example"),
                ("roles", "billing"),
                ("roles", "portal"),
            ],
        )
        .await
        .expect(303);
    ada.http.post(&place, &[("name", ""), ("email", "x")]).await.expect(422);
    let page = ada.http.get(&place).await.expect(200).text();
    assert!(page.contains("Grace Hopper") && page.contains("Main contact") && page.contains("Billing"));
    let contact = ada.api.get("/api/contacts").await.expect(200).json()["data"][0].clone();
    let edit = ada.path(&format!("contacts/{}", id(&contact)));
    let shown = ada.http.get(&format!("{edit}/edit")).await.expect(200);
    let version = shown.attribute("name=\"version\"", "value").unwrap();
    ada.http
        .post(
            &edit,
            &[
                ("name", "Grace B. Hopper"),
                ("version", &version),
                ("consents", "email"),
                ("birthday", "1906-12-09"),
                ("is_primary", "on"),
            ],
        )
        .await
        .expect(303);
    let after = ada.api.get(&format!("/api/contacts/{}", id(&contact))).await.expect(200).json();
    assert_eq!(
        (&after["name"], &after["birthday"], &after["consents"]),
        (&json!("Grace B. Hopper"), &json!("1906-12-09"), &json!(["email"]))
    );
    assert!(ada.http.get(&ada.path("contacts?search=hopper")).await.expect(200).text().contains("Acme"));
    ada.http.post(&format!("{edit}/delete"), &[]).await.expect(303);
    assert!(ada.http.get(&place).await.expect(200).text().contains("Nobody known here yet"));
}
