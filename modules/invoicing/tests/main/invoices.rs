use serde_json::json;

use crate::{desk, path};

#[tokio::test]
async fn a_draft_of_free_lines_is_reckoned_with_its_taxes() {
    let mut desk = desk().await;
    let rate = json!({ "name": "VAT", "percent": 19 });
    let rate = desk.post("/api/tax-rates", rate).await.expect(201).json();
    let invoice = desk
        .draft(json!([
            { "description": "Design", "quantity": 1.5, "unit": "h", "unit_price_cents": 10_000, "tax_rate_id": rate["id"] },
            { "description": "Hosting", "unit_price_cents": 999 },
        ]))
        .await;
    assert_eq!(invoice["status"], "draft");
    assert_eq!(
        (&invoice["subtotal_cents"], &invoice["tax_cents"], &invoice["total_cents"]),
        (&json!(15_999), &json!(2_850), &json!(18_849))
    );
    assert_eq!(invoice["lines"][0]["quantity"], json!(1.5));
    assert_eq!(invoice["lines"][0]["taxes"][0]["name"], "VAT");
    assert_eq!(invoice["lines"][0]["source"], json!(null));
    assert_eq!(
        invoice["taxes"],
        json!([{ "name": "VAT", "percent": 19, "exemption_reason": null, "base_cents": 15_000, "tax_cents": 2_850 }])
    );
    assert_eq!(invoice["invoice_number"], json!(null));
    desk.proven().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_stands_beside_its_field() {
    let mut desk = desk().await;
    let refused = desk
        .post(
            "/api/invoices",
            json!({ "client_id": desk.client, "lines": [{ "description": "", "quantity": -1 }] }),
        )
        .await;
    let errors = refused.expect(422).json()["errors"].clone();
    assert_eq!(
        (&errors[0]["field"], &errors[1]["field"]),
        (&json!("lines.0.description"), &json!("lines.0.quantity"))
    );
    let refused =
        desk.post("/api/invoices", json!({ "lines": [{ "description": "x" }] })).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "client_id");
    let refused = desk.post("/api/invoices", json!({ "client_id": desk.client })).await.expect(422).json();
    assert_eq!(refused["code"], "nothing_to_bill");
}

#[tokio::test]
async fn a_draft_changes_until_it_is_issued_and_then_never_again() {
    let mut desk = desk().await;
    let draft = desk.draft(json!([{ "description": "Design", "unit_price_cents": 10_000 }])).await;
    let kept = draft["lines"][0]["id"].clone();
    let change = json!({
        "notes": "Thank you", "discount_cents": 1_000, "due_date": "2026-12-24",
        "lines": [{ "description": "Copy", "unit_price_cents": 5_000 }, { "id": kept, "description": "Design", "unit_price_cents": 20_000 }],
    });
    let changed = desk.owner.api.json("PATCH", &path(&draft), change).await.expect(200).json();
    assert_eq!((&changed["total_cents"], &changed["lines"][1]["id"]), (&json!(24_000), &kept));
    let issued = desk.post(&format!("{}/issue", path(&draft)), json!({})).await.expect(200).json();
    assert_eq!((&issued["invoice_number"], &issued["status"]), (&json!("INV-0001"), &json!("sent")));
    assert_eq!(
        (&issued["issue_date"], &issued["due_date"], &issued["sent_at"]),
        (&json!("2026-11-20"), &json!("2026-12-24"), &json!(null))
    );
    let refused =
        desk.owner.api.json("PATCH", &path(&draft), json!({ "notes": "x" })).await.expect(409).json();
    assert_eq!(refused["code"], "invoices.already_issued");
    desk.owner.api.delete(&path(&draft)).await.expect(409);
    let owner = desk.world.owner().await;
    let id: uuid::Uuid = draft["id"].as_str().unwrap().parse().unwrap();
    let error = owner.execute("update invoicing.invoices set total_cents = 1, subtotal_cents = 1, discount_cents = 0 where id = $1", &[&id]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("invoices_issued_is_immutable"));
    assert_eq!(desk.events("invoice.issued").await, 1);
    desk.proven().await;
}

#[tokio::test]
async fn someone_who_saw_an_older_draft_is_told_so() {
    let mut desk = desk().await;
    let draft = desk.draft(json!([{ "description": "Design", "unit_price_cents": 10_000 }])).await;
    let mut late = desk.owner.api.clone().with_header("if-match", "\"1\"");
    desk.owner.api.json("PATCH", &path(&draft), json!({ "notes": "first" })).await.expect(200);
    late.json("PATCH", &path(&draft), json!({ "notes": "second" })).await.expect(412);
}

#[tokio::test]
async fn numbers_have_no_gaps_and_no_doubles_when_many_issue_at_once() {
    let mut desk = desk().await;
    let mut paths = Vec::new();
    for _ in 0..6 {
        paths.push(path(&desk.draft(json!([{ "description": "Design", "unit_price_cents": 100 }])).await));
    }
    let issue = |at: usize| {
        let (mut api, path) = (desk.owner.api.clone(), format!("{}/issue", paths[at]));
        async move { api.json("POST", &path, json!({})).await }
    };
    // The first is asked for twice: only one of the two gets a number.
    let all = futures::future::join_all([0, 0, 1, 2, 3, 4, 5].map(issue)).await;
    assert_eq!(all.iter().filter(|reply| reply.status == 409).count(), 1);
    let mut numbers: Vec<String> = all
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.json()["invoice_number"].as_str().unwrap().to_owned())
        .collect();
    numbers.sort();
    assert_eq!(numbers, ["INV-0001", "INV-0002", "INV-0003", "INV-0004", "INV-0005", "INV-0006"]);
}

#[tokio::test]
async fn a_void_invoice_keeps_its_number_and_its_reason() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let to = format!("{}/void", path(&invoice));
    let refused = desk.post(&to, json!({})).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "reason");
    let void = desk.post(&to, json!({ "reason": "Wrong client" })).await.expect(200).json();
    assert_eq!(
        (&void["status"], &void["void_reason"], &void["invoice_number"]),
        (&json!("void"), &json!("Wrong client"), &json!("INV-0001"))
    );
    desk.post(&to, json!({ "reason": "again" })).await.expect(409);
    assert_eq!(desk.issued(100).await["invoice_number"], "INV-0002");
    assert_eq!(desk.events("invoice.voided").await, 1);
}

#[tokio::test]
async fn the_same_invoice_is_always_the_same_pdf() {
    let mut desk = desk().await;
    let draft = desk.draft(json!([{ "description": "Design", "unit_price_cents": 100 }])).await;
    let preview = desk.owner.api.get(&format!("{}/pdf", path(&draft))).await.expect(200);
    assert!(preview.body.starts_with(b"%PDF"));
    desk.post(&format!("{}/issue", path(&draft)), json!({})).await.expect(200);
    let to = format!("{}/pdf", path(&draft));
    let get = || {
        let (mut api, to) = (desk.owner.api.clone(), to.clone());
        async move { api.get(&to).await.expect(200) }
    };
    // Two who ask at once before it is made get the same one, and so does everyone later.
    let (first, second) = tokio::join!(get(), get());
    assert!(first.body.starts_with(b"%PDF"));
    assert_eq!(first.body, second.body);
    desk.world.settle().await;
    assert_eq!(get().await.body, first.body);
    assert_eq!(first.headers["content-type"], "application/pdf");
}

#[tokio::test]
async fn sending_issues_first_and_mails_the_pdf_with_a_link() {
    let mut desk = desk().await;
    let draft = desk.draft(json!([{ "description": "Design", "unit_price_cents": 120_000 }])).await;
    let sent = desk
        .post(&format!("{}/send", path(&draft)), json!({ "message": "Here it is." }))
        .await
        .expect(200)
        .json();
    assert_eq!((&sent["status"], &sent["invoice_number"]), (&json!("sent"), &json!("INV-0001")));
    assert!(sent["sent_at"].is_string());
    let mails = desk.mails().await;
    assert_eq!(mails.len(), 1);
    let (to, subject, text) = &mails[0];
    assert_eq!(to, "grace@harborpine.example");
    assert!(subject.contains("INV-0001") && subject.contains("1,200.00"), "{subject}");
    assert!(text.contains("Here it is.") && text.contains("http://localhost:8080/i/"), "{text}");
    let attached: serde_json::Value =
        desk.world.owner().await.query_one("select attachments from mail.outbox", &[]).await.unwrap().get(0);
    assert_eq!(attached[0]["name"], "INV-0001.pdf");
    desk.world.settle().await;
    assert_eq!(desk.events("invoice.sent").await, 1);
}

#[tokio::test]
async fn nothing_is_sent_to_nobody_and_no_number_is_spent_on_it() {
    let mut desk = desk().await;
    let draft = desk.draft(json!([{ "description": "Design", "unit_price_cents": 100 }])).await;
    let refused =
        desk.post(&format!("{}/send", path(&draft)), json!({ "to": ["nonsense"] })).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "to.0");
    assert_eq!(desk.get(&path(&draft)).await["status"], "draft");
}

#[tokio::test]
async fn an_invoice_in_another_currency_keeps_the_rate_it_was_issued_with() {
    let mut desk = desk().await;
    let body = json!({ "client_id": desk.client, "currency": "USD", "lines": [{ "description": "Design", "unit_price_cents": 10_000 }] });
    let draft = desk.post("/api/invoices", body).await.expect(201).json();
    let to = format!("{}/issue", path(&draft));
    desk.owner.api.json("PATCH", &path(&draft), json!({ "exchange_rate": 0.9 })).await.expect(200);
    assert_eq!(desk.post(&to, json!({})).await.expect(200).json()["exchange_rate"], json!(0.9));
    desk.post(&format!("{}/payments", path(&draft)), json!({ "amount_cents": 10_000 })).await.expect(201);
    let client = desk.get(&format!("/api/clients/{}", desk.client)).await;
    assert_eq!(client["total_revenue_cents"], 9_000);
}

#[tokio::test]
async fn an_invoice_in_another_currency_is_issued_and_paid_without_a_rate() {
    let mut desk = desk().await;
    let body = json!({ "client_id": desk.client, "currency": "USD", "lines": [{ "description": "Design", "unit_price_cents": 10_000 }] });
    let draft = desk.post("/api/invoices", body).await.expect(201).json();
    let issued = desk.post(&format!("{}/issue", path(&draft)), json!({})).await.expect(200).json();
    assert_eq!(issued["exchange_rate"], json!(null));
    desk.post(&format!("{}/payments", path(&draft)), json!({ "amount_cents": 10_000 })).await.expect(201);
    assert_eq!(desk.get(&path(&draft)).await["status"], "paid");
    // Revenue is kept in the client's currency, and nobody knows what a dollar is worth in it.
    let client = desk.get(&format!("/api/clients/{}", desk.client)).await;
    assert_eq!(client["total_revenue_cents"], 0);
}

#[tokio::test]
async fn lists_are_filtered_by_what_follows_from_the_facts() {
    let mut desk = desk().await;
    desk.draft(json!([{ "description": "Draft", "unit_price_cents": 100 }])).await;
    let paid = desk.issued(200).await;
    desk.post(&format!("{}/payments", path(&paid)), json!({ "amount_cents": 200 })).await.expect(201);
    let late = desk.issued(300).await;
    desk.world.clock.advance(jiff::SignedDuration::from_hours(24 * 60));
    let fresh = desk.owner.clone();
    let mut api = desk.world.http().with_bearer(&token(&desk, &fresh).await);
    let mut numbers = async |query: &str| -> Vec<String> {
        let page = api.get(&format!("/api/invoices?{query}")).await.expect(200).json();
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["invoice_number"].as_str().unwrap_or("draft").to_owned())
            .collect()
    };
    assert_eq!(numbers("").await, ["INV-0002", "INV-0001", "draft"]);
    assert_eq!(numbers("status=draft").await, ["draft"]);
    assert_eq!(numbers("status=paid").await, ["INV-0001"]);
    assert_eq!(numbers("status=open").await, ["INV-0002"]);
    assert_eq!(numbers("status=overdue").await, ["INV-0002"]);
    assert_eq!(numbers("search=inv-0001").await, ["INV-0001"]);
    assert_eq!(numbers("search=harbor&status=overdue").await, ["INV-0002"]);
    assert!(numbers("from=2027-01-01").await.is_empty());
    assert_eq!(late["invoice_number"], "INV-0002");
}

/// A new access token: the old one ended with the days that passed.
async fn token(desk: &crate::Desk, who: &identity::testing::Signed) -> String {
    let mut http = desk.world.http();
    let body = json!({ "email": who.email, "password": identity::testing::PASSWORD });
    let answer = http.json("POST", "/api/auth/login", body).await.expect(200).json();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn that_an_invoice_is_overdue_is_told_once() {
    let mut desk = desk().await;
    desk.issued(300).await;
    let schedule = invoicing::module().schedules.into_iter().find(|s| s.name == "invoicing.overdue").unwrap();
    schedule.run_now(&desk.world.app).await.unwrap();
    desk.world.settle().await;
    assert_eq!(desk.events("invoice.overdue").await, 0);
    desk.world.clock.advance(jiff::SignedDuration::from_hours(24 * 60));
    for _ in 0..2 {
        schedule.run_now(&desk.world.app).await.unwrap();
        desk.world.settle().await;
    }
    assert_eq!(desk.events("invoice.overdue").await, 1);
}

#[tokio::test]
async fn roles_see_and_do_what_is_theirs() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    for (role, read, create, void) in
        [("manager", 200, 201, 403), ("member", 403, 403, 403), ("viewer", 403, 403, 403)]
    {
        let mut who = identity::testing::member(&desk.world, &desk.owner, role).await;
        assert_eq!(who.api.get(&path(&invoice)).await.status, read, "{role}");
        let body =
            json!({ "client_id": desk.client, "lines": [{ "description": "x", "unit_price_cents": 1 }] });
        assert_eq!(who.api.json("POST", "/api/invoices", body).await.status, create, "{role}");
        let to = format!("{}/void", path(&invoice));
        assert_eq!(who.api.json("POST", &to, json!({ "reason": "x" })).await.status, void, "{role}");
    }
    let mut stranger = identity::testing::owner(&desk.world).await;
    stranger.api.get(&path(&invoice)).await.expect(404);
    let body = json!({ "client_id": desk.client, "lines": [{ "description": "x", "unit_price_cents": 1 }] });
    stranger.api.json("POST", "/api/invoices", body).await.expect(404);
}

#[tokio::test]
async fn a_client_with_open_invoices_cannot_be_deleted() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    let to = format!("/api/clients/{}", desk.client);
    let refused = desk.owner.api.delete(&to).await.expect(409).json();
    assert!(refused["detail"].as_str().unwrap().contains("INV-0001"), "{refused}");
    desk.post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 100 })).await.expect(201);
    desk.owner.api.delete(&to).await.expect(204);
}
