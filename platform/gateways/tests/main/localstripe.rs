//! Against `localstripe` (Python package), a server that keeps state as Stripe does, started here
//! on a free loopback port.

use crate::library;
use rapport_counterparts::Counterpart;
use rapport_gateways::stripe::{ChargeRequest, CustomerRequest, RefundRequest, Stripe};
use std::net::SocketAddr;

const SCRIPT: &str = include_str!("localstripe.py");

async fn start() -> Option<(Counterpart, String)> {
    if !library::is_installed("localstripe") {
        return None;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let from_scratch = |at: SocketAddr| {
        ["-c", SCRIPT, "--port", &at.port().to_string(), "--from-scratch"].map(str::to_owned).to_vec()
    };
    let server = rapport_counterparts::start("python3", from_scratch).await?;
    let url = format!("http://{}", server.address);
    Some((server, url))
}

async fn saved_card(server: &str, number: &str, customer: &str) -> String {
    let http = reqwest::Client::new();
    let card = [
        ("type", "card"),
        ("card[number]", number),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2030"),
        ("card[cvc]", "123"),
    ];
    let url = format!("{server}/v1/payment_methods");
    let answer = http.post(url).bearer_auth("sk_test_1").form(&card).send().await.unwrap();
    let method: serde_json::Value = answer.error_for_status().unwrap().json().await.unwrap();
    let id = method["id"].as_str().unwrap().to_owned();
    let url = format!("{server}/v1/payment_methods/{id}/attach");
    let attach = http.post(url).bearer_auth("sk_test_1").form(&[("customer", customer)]);
    attach.send().await.unwrap().error_for_status().unwrap();
    id
}

#[tokio::test]
async fn a_saved_card_is_charged_and_the_money_given_back() {
    let Some((_server, url)) = start().await else { return };
    let stripe = Stripe::new("sk_test_1".into(), &url).unwrap();
    let request = CustomerRequest { email: Some("ada@client.example".into()), ..Default::default() };
    let customer = stripe.create_customer(&request, "c-1").await.unwrap();
    let method = saved_card(&url, "4242424242424242", &customer.id).await;
    let request = ChargeRequest {
        amount_cents: 12_345,
        currency: "EUR".into(),
        customer: customer.id,
        payment_method: method,
        ..Default::default()
    };
    let paid = stripe.charge(&request, "p-1").await.unwrap();
    let paid = stripe.payment_intent(&paid.id).await.unwrap();
    assert_eq!((paid.status.as_str(), paid.amount, paid.currency.as_str()), ("succeeded", 12_345, "eur"));
    let request =
        RefundRequest { payment_intent: paid.id.clone(), amount_cents: Some(345), ..Default::default() };
    let refund = stripe.create_refund(&request, "r-1").await.unwrap();
    assert_eq!(refund.amount, 345);
    assert!(stripe.payment_intent("pi_unknown").await.is_err());
}
