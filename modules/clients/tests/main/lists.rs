//! The list of clients.

use serde_json::{Value, json};

use super::{add, id, started};

fn names(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|c| c["company_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_client_is_found_by_the_beginning_of_any_word_without_accents_and_with_a_typo() {
    let (_world, mut ada) = started().await;
    add(&mut ada, json!({ "company_name": "Café Zürich", "contact_name": "Grace Hopper", "contact_email": "grace@zurich.example",
        "contact_phone": "+44 20 7183 8750", "tags": ["Gastronomy"], "notes": "met at the fair" })).await;
    add(&mut ada, json!({ "company_name": "Northlight" })).await;
    for search in [
        "caf",
        "ZUR",
        "hopp",
        "grace%40zurich",
        "zurich.example",
        "%2B4420718",
        "02071838750",
        "gastro",
        "fair",
        "cafe+grace",
        "zurihc",
        "grase",
    ] {
        let found = ada.api.get(&format!("/api/clients?search={search}")).await.expect(200).json();
        assert_eq!(names(&found), ["Café Zürich"], "{search}");
        assert_eq!(found["total"], 1, "{search}");
    }
    let none = ada.api.get("/api/clients?search=cafe+northlight").await.expect(200).json();
    assert_eq!(none["total"], 0);
}

#[tokio::test]
async fn a_client_can_be_chosen_however_many_there_are() {
    let (world, mut ada) = started().await;
    let last = add(&mut ada, json!({ "company_name": "Zebra", "contact_name": "Grace Hopper" })).await;
    let many = "insert into clients.clients (workspace_id, id, company_name, name_sort)
        select $1, gen_random_uuid(), 'Aardvark ' || n, 'aardvark ' || n from generate_series(1, 600) n";
    world.owner().await.execute(many, &[&ada.workspace_id.uuid()]).await.unwrap();

    let tx = world.app.db.read(ada.workspace_id).await.unwrap();
    let first = clients::choices(&tx, &[]).await.unwrap();
    assert_eq!((first.len(), first.iter().any(|(_, name)| name == "Zebra")), (500, false));
    let chosen = clients::choices(&tx, &[Some(id(&last).parse().unwrap())]).await.unwrap();
    assert_eq!((chosen.len(), chosen.last().unwrap().1.as_str()), (501, "Zebra"));
    for typed in ["zeb", "hopp", "Grace+zebra"] {
        let found = ada.http.get(&ada.path(&format!("clients/choices?q={typed}"))).await.expect(200).json();
        assert_eq!(found, json!({ "options": [{ "value": id(&last), "label": "Zebra" }] }), "{typed}");
    }
    add(&mut ada, json!({ "company_name": "Abel", "contact_name": "Zebra Jones" })).await;
    let found = ada.http.get(&ada.path("clients/choices?q=zebra")).await.expect(200).json();
    let labels: Vec<&str> =
        found["options"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Zebra", "Abel"], "whose own name begins so comes first");
    let none = ada.http.get(&ada.path("clients/choices?q=%26")).await.expect(200).json();
    assert_eq!(none, json!({ "options": [] }));
}

#[tokio::test]
async fn a_list_is_sorted_filtered_and_turned_page_by_page_without_gaps() {
    let (world, mut ada) = started().await;
    for (name, stage, tags) in [
        ("Ember", "active", json!(["a", "b"])),
        ("Äther", "prospect", json!(["a"])),
        ("Dune", "active", json!([])),
        ("birch", "former", json!(["B"])),
    ] {
        world.clock.advance(jiff::SignedDuration::from_secs(60));
        add(&mut ada, json!({ "company_name": name, "relationship_stage": stage, "tags": tags, "industry": if name == "Dune" { "Retail" } else { "Health" } })).await;
    }
    for (query, expected) in [
        ("", vec!["Äther", "birch", "Dune", "Ember"]),
        ("sort=-company_name", vec!["Ember", "Dune", "birch", "Äther"]),
        ("sort=-created_at", vec!["birch", "Dune", "Äther", "Ember"]),
        ("relationship_stage=active", vec!["Dune", "Ember"]),
        ("tags=A", vec!["Äther", "Ember"]),
        ("tags=a,b", vec!["Ember"]),
        ("tags=a&tags=b", vec!["Ember"]),
        ("industry=Retail", vec!["Dune"]),
    ] {
        let list = ada.api.get(&format!("/api/clients?{query}")).await.expect(200).json();
        assert_eq!(names(&list), expected, "{query}");
        assert_eq!(list["total"].as_u64(), Some(expected.len() as u64), "{query}");
    }
    for sort in [
        "company_name",
        "-company_name",
        "-revenue",
        "-activity",
        "-created_at",
        "created_at",
        "activity",
        "revenue",
    ] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page =
                ada.api.get(&format!("/api/clients?sort={sort}&limit=1{after}")).await.expect(200).json();
            seen.push(id(&page["data"][0]));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4, "{sort}");
    }
    ada.api.get("/api/clients?sort=colour").await.expect(422);
    ada.api.get("/api/clients?after=nonsense").await.expect(422);
    ada.api.get("/api/clients?limit=0").await.expect(422);
    ada.api.get("/api/clients?colour=red").await.expect(422);
}

#[tokio::test]
async fn likely_duplicates_are_named_with_the_reason() {
    let (_world, mut ada) = started().await;
    add(&mut ada, json!({ "company_name": "Northlight Studio", "contact_email": "ada@north.example", "contact_phone": "+442071838750" })).await;
    for (query, because) in [
        ("contact_email=ADA@north.example", "email"),
        ("contact_phone=020+7183+8750", "phone"),
        ("company_name=Nortlight+Studio", "name"),
        ("company_name=northlight+studio", "name"),
    ] {
        let found = ada.api.get(&format!("/api/clients/duplicates?{query}")).await.expect(200).json();
        assert_eq!(found["data"][0]["because"], because, "{query}");
    }
    let none = ada.api.get("/api/clients/duplicates?company_name=Southwind").await.expect(200).json();
    assert_eq!(none["total"], 0);
}

#[tokio::test]
async fn the_export_holds_the_filtered_list_and_no_formulas() {
    let (_world, mut ada) = started().await;
    add(&mut ada, json!({ "company_name": "=HYPERLINK(\"x\")", "relationship_stage": "active" })).await;
    add(&mut ada, json!({ "company_name": "Other" })).await;
    let csv = ada.http.get(&ada.path("clients/export?relationship_stage=active")).await.expect(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let text = csv.text();
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\"") && !text.contains("Other"), "{text}");
    assert_eq!(text.lines().count(), 2);
}
