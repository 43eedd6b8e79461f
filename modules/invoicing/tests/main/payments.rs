use serde_json::json;

use crate::{desk, path};

#[tokio::test]
async fn a_payment_settles_an_invoice_and_tells_everyone() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let to = format!("{}/payments", path(&invoice));
    let part = desk
        .post(&to, json!({ "amount_cents": 4_000, "method": "cash", "reference": "A1" }))
        .await
        .expect(201)
        .json();
    assert_eq!((&part["allocated_cents"], &part["unapplied_cents"]), (&json!(4_000), &json!(0)));
    let now = desk.get(&path(&invoice)).await;
    assert_eq!(
        (&now["status"], &now["open_cents"], &now["paid_at"]),
        (&json!("partially_paid"), &json!(6_000), &json!(null))
    );
    desk.post(&to, json!({ "amount_cents": 6_000, "received_on": "2026-11-19" })).await.expect(201);
    let now = desk.get(&path(&invoice)).await;
    assert_eq!((&now["status"], &now["open_cents"]), (&json!("paid"), &json!(0)));
    assert!(now["paid_at"].is_string());
    assert_eq!(desk.get(&format!("/api/clients/{}", desk.client)).await["total_revenue_cents"], 10_000);
    assert_eq!(
        (
            desk.events("invoice.partially_paid").await,
            desk.events("invoice.paid").await,
            desk.events("payment.recorded").await
        ),
        (1, 1, 2)
    );
    let mails = desk.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].1.contains("INV-0001 is paid"), "{}", mails[0].1);
    let refused = desk.post(&to, json!({ "amount_cents": 1 })).await.expect(409).json();
    assert_eq!(refused["code"], "invoices.already_paid");
    desk.proven().await;
}

#[tokio::test]
async fn money_cannot_come_in_tomorrow_nor_be_nothing() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let to = format!("{}/payments", path(&invoice));
    desk.post(&to, json!({ "amount_cents": 0 })).await.expect(422);
    let refused =
        desk.post(&to, json!({ "amount_cents": 1, "received_on": "2026-11-21" })).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "received_on");
}

#[tokio::test]
async fn what_is_overpaid_is_credit_for_the_next_invoice() {
    let mut desk = desk().await;
    let (first, second) = (desk.issued(10_000).await, desk.issued(5_000).await);
    let over = desk
        .post(&format!("{}/payments", path(&first)), json!({ "amount_cents": 13_000 }))
        .await
        .expect(201)
        .json();
    assert_eq!(over["unapplied_cents"], 3_000);
    let used = desk
        .post(&format!("{}/apply-credit", path(&second)), json!({ "payment_id": over["id"] }))
        .await
        .expect(200)
        .json();
    assert_eq!((&used["unapplied_cents"], used["allocations"].as_array().unwrap().len()), (&json!(0), 2));
    assert_eq!(desk.get(&path(&second)).await["open_cents"], 2_000);
    desk.post(&format!("{}/apply-credit", path(&second)), json!({ "payment_id": over["id"] }))
        .await
        .expect(422);
    assert_eq!(desk.get(&format!("/api/clients/{}", desk.client)).await["total_revenue_cents"], 13_000);
    desk.proven().await;
}

#[tokio::test]
async fn one_payment_pays_several_invoices() {
    let mut desk = desk().await;
    let (first, second) = (desk.issued(10_000).await, desk.issued(5_000).await);
    let allocation = |invoice: &serde_json::Value, cents: i64| json!({ "invoice_id": invoice["id"], "amount_cents": cents });
    let body = json!({ "client_id": desk.client, "amount_cents": 15_500, "allocations": [allocation(&first, 10_000), allocation(&second, 5_000)] });
    let payment = desk.post("/api/payments", body).await.expect(201).json();
    assert_eq!(payment["unapplied_cents"], 500);
    for invoice in [&first, &second] {
        assert_eq!(desk.get(&path(invoice)).await["status"], "paid");
    }
    let body =
        json!({ "client_id": desk.client, "amount_cents": 100, "allocations": [allocation(&first, 200)] });
    desk.post("/api/payments", body).await.expect(409);
    assert_eq!(desk.get("/api/payments?unapplied=true").await["total"], 1);
    desk.proven().await;
}

#[tokio::test]
async fn a_refund_opens_the_invoice_again() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let payment = desk
        .post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 12_000 }))
        .await
        .expect(201)
        .json();
    let to = format!("/api/payments/{}/refund", payment["id"].as_str().unwrap());
    // Credit goes first: the invoice stays paid.
    desk.post(&to, json!({ "amount_cents": 2_000, "reason": "Overpaid" })).await.expect(200);
    assert_eq!(desk.get(&path(&invoice)).await["status"], "paid");
    desk.post(&to, json!({ "amount_cents": 4_000 })).await.expect(200);
    let now = desk.get(&path(&invoice)).await;
    assert_eq!(
        (&now["status"], &now["open_cents"], &now["paid_at"]),
        (&json!("partially_paid"), &json!(4_000), &json!(null))
    );
    desk.post(&to, json!({ "amount_cents": 6_001 })).await.expect(422);
    desk.post(&to, json!({})).await.expect(200);
    desk.post(&to, json!({})).await.expect(409);
    assert_eq!(desk.get(&format!("/api/clients/{}", desk.client)).await["total_revenue_cents"], 0);
    desk.post(&format!("{}/void", path(&invoice)), json!({ "reason": "Cancelled" })).await.expect(200);
    desk.proven().await;
}

#[tokio::test]
async fn a_refund_sent_twice_says_why_the_second_was_refused() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let payment = desk.post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 10_000 })).await;
    let payment = payment.expect(201).json()["id"].as_str().unwrap().to_owned();
    desk.owner.http.get(&desk.owner.path("payments")).await.expect(200);
    let to = desk.owner.path(&format!("payments/{payment}/refund"));
    let wrong = [("amount_cents", "12 apples"), ("reason", "Typed once")];
    let shown = desk.owner.http.post(&to, &wrong).await.expect(422);
    assert!(shown.text().contains("12 apples") && shown.text().contains("Typed once"));
    desk.owner.http.post(&to, &[("amount_cents", "100.00")]).await.expect(303);
    let again = desk.owner.http.post(&to, &[("amount_cents", "100.00")]).await.expect(409);
    assert!(again.text().contains("nothing left of this payment to give back"), "{}", again.text());
}

#[tokio::test]
async fn a_paid_invoice_is_not_voided() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    desk.post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 1 })).await.expect(201);
    let refused =
        desk.post(&format!("{}/void", path(&invoice)), json!({ "reason": "x" })).await.expect(409).json();
    assert_eq!(refused["code"], "invoices.has_payments");
}

#[tokio::test]
async fn money_recorded_by_two_at_once_never_pays_more_than_is_owed() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let to = format!("{}/payments", path(&invoice));
    let pay = || {
        let (mut api, to) = (desk.owner.api.clone(), to.clone());
        async move { api.json("POST", &to, json!({ "amount_cents": 10_000 })).await }
    };
    let (one, two, three) = tokio::join!(pay(), pay(), pay());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(desk.get(&path(&invoice)).await["paid_cents"], 10_000);
    assert_eq!(desk.events("invoice.paid").await, 1);
    desk.proven().await;
}

#[tokio::test]
async fn the_same_request_sent_twice_records_one_payment() {
    let mut desk = desk().await;
    let invoice = desk.issued(10_000).await;
    let mut api = desk.owner.api.clone().with_header("idempotency-key", "pay-1");
    let to = format!("{}/payments", path(&invoice));
    let first = api.json("POST", &to, json!({ "amount_cents": 4_000 })).await.expect(201).json();
    let again = api.json("POST", &to, json!({ "amount_cents": 4_000 })).await.expect(201).json();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(desk.get(&path(&invoice)).await["paid_cents"], 4_000);
}
