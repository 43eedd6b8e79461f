//! Invoices for the tests of modules above.

use clients::ClientId;
use identity::testing::Signed;
use serde_json::{Value, json};

use crate::InvoiceId;

/// A draft of one free line of so many cents.
///
/// # Panics
/// When it is refused.
pub async fn draft(signed: &mut Signed, client: ClientId, cents: i64) -> InvoiceId {
    let body =
        json!({ "client_id": client, "lines": [{ "description": "Design", "unit_price_cents": cents }] });
    id(&signed.api.json("POST", "/api/invoices", body).await.expect(201).json())
}

/// As [`draft`], issued.
///
/// # Panics
/// When it is refused.
pub async fn issued(signed: &mut Signed, client: ClientId, cents: i64) -> InvoiceId {
    let invoice = draft(signed, client, cents).await;
    signed.api.json("POST", &format!("/api/invoices/{invoice}/issue"), json!({})).await.expect(200);
    invoice
}

/// Records a payment of so many cents.
///
/// # Panics
/// When it is refused.
pub async fn pay(signed: &mut Signed, invoice: InvoiceId, cents: i64) {
    let body = json!({ "amount_cents": cents });
    signed.api.json("POST", &format!("/api/invoices/{invoice}/payments"), body).await.expect(201);
}

fn id(answer: &Value) -> InvoiceId {
    answer["id"].as_str().expect("an id").parse().expect("an id")
}
