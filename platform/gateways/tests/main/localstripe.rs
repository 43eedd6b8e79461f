//! Against `localstripe` (Python package), a server that keeps state as Stripe does, started here
//! on a free loopback port.

use crate::library;
use rapport_gateways::stripe::{ChargeRequest, CustomerRequest, RefundRequest, Stripe};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SCRIPT: &str = include_str!("localstripe.py");

struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn start() -> Option<Server> {
    if !library::is_installed("localstripe") {
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new("python3")
        .args(["-c", SCRIPT, "--port", &port.to_string(), "--from-scratch"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { process, url: format!("http://127.0.0.1:{port}") };
    let _ = rustls::crypto::ring::default_provider().install_default();
    for _ in 0..100 {
        if reqwest::get(&server.url).await.is_ok() {
            return Some(server);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("localstripe did not start");
}

async fn saved_card(server: &Server, number: &str, customer: &str) -> String {
    let http = reqwest::Client::new();
    let card = [
        ("type", "card"),
        ("card[number]", number),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2030"),
        ("card[cvc]", "123"),
    ];
    let url = format!("{}/v1/payment_methods", server.url);
    let answer = http.post(url).bearer_auth("sk_test_1").form(&card).send().await.unwrap();
    let method: serde_json::Value = answer.error_for_status().unwrap().json().await.unwrap();
    let id = method["id"].as_str().unwrap().to_owned();
    let url = format!("{}/v1/payment_methods/{id}/attach", server.url);
    let attach = http.post(url).bearer_auth("sk_test_1").form(&[("customer", customer)]);
    attach.send().await.unwrap().error_for_status().unwrap();
    id
}

#[tokio::test]
async fn a_saved_card_is_charged_and_the_money_given_back() {
    let Some(server) = start().await else { return };
    let stripe = Stripe::new("sk_test_1".into(), &server.url).unwrap();
    let request = CustomerRequest { email: Some("ada@client.example".into()), ..Default::default() };
    let customer = stripe.create_customer(&request, "c-1").await.unwrap();
    let method = saved_card(&server, "4242424242424242", &customer.id).await;
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
