use rapport_testkit::Reply;
use serde_json::json;

use crate::{Desk, desk, path};

async fn link(desk: &mut Desk, invoice: &serde_json::Value) -> String {
    let answer = desk.post(&format!("{}/pay-link", path(invoice)), json!({})).await.expect(200).json();
    answer["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn text(reply: &Reply) -> String {
    reply.text()
}

#[tokio::test]
async fn without_stripe_the_link_shows_the_invoice_and_where_to_transfer_to() {
    let mut desk = desk().await;
    desk.owner
        .api
        .json(
            "PATCH",
            "/api/workspace",
            json!({ "bank_details": "Nordbank\nIBAN: DE89 3704 0044 0532 0130 00" }),
        )
        .await
        .expect(200);
    let invoice = desk.issued(120_000).await;
    let link = link(&mut desk, &invoice).await;
    let mut visitor = desk.world.http();
    let page = visitor.get(&link).await.expect(200);
    for shown in ["INV-0001", "1,200.00", "DE89 3704 0044 0532 0130 00", "Nordbank", "Design"] {
        assert!(text(&page).contains(shown), "{shown}");
    }
    assert!(!text(&page).contains("Pay now"));
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_the_page_itself_says_that_it_was_seen() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    let link = link(&mut desk, &invoice).await;
    let mut visitor = desk.world.http();
    for _ in 0..2 {
        visitor.get(&link).await.expect(200);
    }
    assert_eq!(desk.get(&path(&invoice)).await["viewed_at"], json!(null));
    for _ in 0..2 {
        visitor.post(&format!("{link}/seen"), &[]).await.expect(303);
    }
    let now = desk.get(&path(&invoice)).await;
    assert_eq!(now["status"], "viewed");
    assert_eq!(desk.events("invoice.viewed").await, 1);
    let pdf = visitor.post(&format!("{link}/pdf"), &[]).await.expect(200);
    assert!(pdf.body.starts_with(b"%PDF"));
}

#[tokio::test]
async fn a_link_that_leads_nowhere_looks_like_any_other_missing_page() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    let link = link(&mut desk, &invoice).await;
    let mut visitor = desk.world.http();
    visitor.get("/i/nonsense").await.expect(404);
    visitor.get(&format!("/i/{}", "x".repeat(43))).await.expect(404);
    desk.world.clock.advance(jiff::SignedDuration::from_hours(24 * 731));
    visitor.get(&link).await.expect(404);
}

#[tokio::test]
async fn a_void_invoice_says_that_nothing_is_to_be_paid() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    let link = link(&mut desk, &invoice).await;
    desk.post(&format!("{}/void", path(&invoice)), json!({ "reason": "Wrong" })).await.expect(200);
    let page = desk.world.http().get(&link).await.expect(200);
    assert!(text(&page).contains("taken back") && !text(&page).contains("Wrong"), "the reason stays inside");
    desk.post(&format!("{}/pay-link", path(&invoice)), json!({})).await.expect(409);
}

#[tokio::test]
async fn guests_of_a_portal_see_their_issued_invoices_and_no_drafts() {
    let mut desk = desk().await;
    desk.draft(json!([{ "description": "Secret draft", "unit_price_cents": 100 }])).await;
    let invoice = desk.issued(100).await;
    let (app, other) =
        (&desk.world.app, clients::testing::client(&desk.world.app, desk.owner.workspace_id, "Other").await);
    let tx = app.db.read(desk.owner.workspace_id).await.unwrap();
    let seen = invoicing::guest_invoices(app, &tx, desk.client).await.unwrap();
    assert_eq!(seen.iter().map(|i| i.invoice_number.as_str()).collect::<Vec<_>>(), ["INV-0001"]);
    let id = invoice["id"].as_str().unwrap().parse().unwrap();
    assert!(invoicing::guest_invoice(app, &tx, desk.client, id).await.is_ok());
    assert!(invoicing::guest_invoice(app, &tx, other, id).await.unwrap_err().is("not_found"));
    drop(tx);
    assert!(invoicing::guest_pdf(app, desk.owner.workspace_id, other, id).await.is_err());
}
