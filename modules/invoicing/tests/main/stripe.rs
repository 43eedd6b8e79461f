use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::{get, post},
};
use invoicing::WebhookSecrets;
use rapport_base::Secret;
use rapport_gateways::stripe::{Stripe, webhook};
use rapport_testkit::Reply;
use serde_json::{Value, json};

use crate::{Desk, desk, desk_with, path};

const SECRET: &str = "whsec_test";

/// A server that plays Stripe as far as checkout goes.
#[derive(Clone, Default)]
struct Played(Arc<Mutex<Books>>);

#[derive(Default)]
struct Books {
    sessions: BTreeMap<String, Value>,
    by_key: BTreeMap<String, String>,
    refunds: Vec<BTreeMap<String, String>>,
}

fn fields(body: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

async fn open(State(played): State<Played>, headers: HeaderMap, body: String) -> Json<Value> {
    let body = fields(&body);
    let mut state = played.0.lock().unwrap();
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    if let Some(known) = state.by_key.get(&key) {
        return Json(state.sessions[known].clone());
    }
    let id = format!("cs_{}", state.sessions.len() + 1);
    let metadata: BTreeMap<&str, &String> = body
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value)))
        .collect();
    let session = json!({
        "id": id, "url": format!("https://pay.example/{id}"), "status": "open", "payment_status": "unpaid",
        "amount_total": body["line_items[0][price_data][unit_amount]"].parse::<i64>().unwrap(),
        "currency": body["line_items[0][price_data][currency]"], "metadata": metadata,
        "client_reference_id": body["client_reference_id"],
    });
    state.by_key.insert(key, id.clone());
    state.sessions.insert(id, session.clone());
    Json(session)
}

async fn look(State(played): State<Played>, Path(id): Path<String>) -> Json<Value> {
    Json(played.0.lock().unwrap().sessions[&id].clone())
}

async fn expire(State(played): State<Played>, Path(id): Path<String>) -> Json<Value> {
    let mut state = played.0.lock().unwrap();
    let session = state.sessions.get_mut(&id).unwrap();
    session["status"] = "expired".into();
    session["url"] = Value::Null;
    Json(session.clone())
}

async fn refund(State(played): State<Played>, body: String) -> Json<Value> {
    let body = fields(&body);
    let mut state = played.0.lock().unwrap();
    let amount: i64 = body["amount"].parse().unwrap();
    state.refunds.push(body);
    Json(json!({ "id": format!("re_{}", state.refunds.len()), "amount": amount, "status": "succeeded" }))
}

impl Played {
    async fn start(&self) -> Stripe {
        let router = Router::new()
            .route("/v1/checkout/sessions", post(open))
            .route("/v1/checkout/sessions/{id}", get(look))
            .route("/v1/checkout/sessions/{id}/expire", post(expire))
            .route("/v1/refunds", post(refund))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Stripe::new("sk_test".into(), &format!("http://{address}")).unwrap()
    }
    /// The payer pays on a page.
    fn paid(&self, id: &str, intent: &str) -> Value {
        let mut state = self.0.lock().unwrap();
        let session = state.sessions.get_mut(id).unwrap();
        session["status"] = "complete".into();
        session["payment_status"] = "paid".into();
        session["payment_intent"] = intent.into();
        session.clone()
    }
    fn session(&self, id: &str) -> Value {
        self.0.lock().unwrap().sessions[id].clone()
    }
}

async fn stripe_desk() -> (Desk, Played) {
    let played = Played::default();
    let stripe = played.start().await;
    let desk = desk_with(|parts| parts.with(stripe).with(WebhookSecrets(vec![Secret::new(SECRET)]))).await;
    (desk, played)
}

fn event(id: &str, kind: &str, object: &Value) -> Value {
    json!({ "id": id, "object": "event", "type": kind, "created": 1_795_000_000, "livemode": false, "data": { "object": object } })
}

async fn told(desk: &Desk, event: &Value) -> Reply {
    let body = event.to_string();
    let header = webhook::sign(body.as_bytes(), &SECRET.into(), desk.world.app.clock.now());
    let mut stripe = desk.world.http().with_header("stripe-signature", &header);
    stripe
        .send("POST".parse().unwrap(), "/api/webhooks/stripe", Some("application/json"), body.into_bytes())
        .await
}

async fn pay_link(desk: &mut Desk, invoice: &Value) -> String {
    let answer = desk.post(&format!("{}/pay-link", path(invoice)), json!({})).await.expect(200).json();
    answer["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_pays_by_card_and_the_invoice_is_paid_once_however_often_stripe_says_so() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(12_345).await;
    let url = pay_link(&mut desk, &invoice).await;
    assert_eq!(url, "https://pay.example/cs_1");
    assert_eq!(pay_link(&mut desk, &invoice).await, url, "the open page is used again");
    let session = played.session("cs_1");
    assert_eq!((&session["amount_total"], &session["currency"]), (&json!(12_345), &json!("eur")));
    let session = played.paid("cs_1", "pi_1");
    let completed = event("evt_1", "checkout.session.completed", &session);
    for _ in 0..2 {
        told(&desk, &completed).await.expect(200);
    }
    assert_eq!(desk.get(&path(&invoice)).await["status"], "sent", "stored first, worked on afterwards");
    desk.world.settle().await;
    // Another event about the same money, and the first one replayed.
    told(&desk, &event("evt_2", "checkout.session.async_payment_succeeded", &session)).await.expect(200);
    invoicing::replay_stripe_event(&desk.world.app, "evt_1").await.unwrap();
    desk.world.settle().await;
    let now = desk.get(&path(&invoice)).await;
    assert_eq!((&now["status"], &now["paid_cents"]), (&json!("paid"), &json!(12_345)));
    let payments = desk.get(&format!("{}/payments", path(&invoice))).await;
    assert_eq!(
        (&payments["total"], &payments["data"][0]["provider_payment_id"]),
        (&json!(1), &json!("pi_1"))
    );
    assert_eq!((desk.events("invoice.paid").await, desk.events("payment.recorded").await), (1, 1));
    assert_eq!(desk.get(&format!("/api/clients/{}", desk.client)).await["total_revenue_cents"], 12_345);
    assert_eq!(desk.mails().await.len(), 1, "one receipt");
    desk.proven().await;
}

#[tokio::test]
async fn where_stripe_is_not_set_up_no_signature_fits() {
    let desk = desk().await;
    let sent = desk.world.http().json("POST", "/api/webhooks/stripe", json!({ "id": "evt_1" })).await;
    assert_eq!(sent.expect(400).json()["code"], "webhooks.refused");
}

#[tokio::test]
async fn an_event_without_a_fitting_signature_is_refused_and_leaves_nothing() {
    let (desk, _) = stripe_desk().await;
    let body = event("evt_1", "checkout.session.completed", &json!({ "id": "cs_1" })).to_string();
    for header in ["", "t=1,v1=00", &webhook::sign(b"other", &SECRET.into(), desk.world.app.clock.now())] {
        let mut stripe = desk.world.http().with_header("stripe-signature", header);
        let path = "/api/webhooks/stripe";
        stripe
            .send("POST".parse().unwrap(), path, Some("application/json"), body.clone().into_bytes())
            .await
            .expect(400);
    }
    let old = desk.world.app.clock.now() - jiff::SignedDuration::from_secs(600);
    let header = webhook::sign(body.as_bytes(), &SECRET.into(), old);
    let mut stripe = desk.world.http().with_header("stripe-signature", &header);
    stripe
        .send("POST".parse().unwrap(), "/api/webhooks/stripe", Some("application/json"), body.into_bytes())
        .await
        .expect(400);
    let kept: i64 = desk
        .world
        .owner()
        .await
        .query_one("select count(*) from invoicing.stripe_events", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn the_events_order_does_not_matter() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    let early = played.session("cs_1");
    let session = played.paid("cs_1", "pi_1");
    // The page's end is told before its payment, with a state that is old by now.
    told(&desk, &event("evt_9", "checkout.session.expired", &early)).await.expect(200);
    desk.world.settle().await;
    assert_eq!(desk.get(&path(&invoice)).await["status"], "paid");
    told(&desk, &event("evt_1", "checkout.session.completed", &session)).await.expect(200);
    desk.world.settle().await;
    assert_eq!(desk.events("payment.recorded").await, 1);
}

#[tokio::test]
async fn an_event_that_is_quicker_than_our_own_note_of_the_page_finds_it() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    let owner = desk.world.owner().await;
    owner
        .execute(
            "update invoicing.pay_links set status = 'creating', provider_session_id = null, url = null",
            &[],
        )
        .await
        .unwrap();
    told(&desk, &event("evt_1", "checkout.session.completed", &played.paid("cs_1", "pi_1")))
        .await
        .expect(200);
    desk.world.settle().await;
    assert_eq!(desk.get(&path(&invoice)).await["status"], "paid");
}

#[tokio::test]
async fn when_less_is_owed_the_old_page_is_closed_and_a_new_one_opened() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    desk.post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 4_000 })).await.expect(201);
    assert_eq!(pay_link(&mut desk, &invoice).await, "https://pay.example/cs_2");
    assert_eq!(played.session("cs_1")["status"], "expired");
    assert_eq!(played.session("cs_2")["amount_total"], 6_000);
    desk.post(&format!("{}/payments", path(&invoice)), json!({ "amount_cents": 6_000 })).await.expect(201);
    // Someone paid on the last page in the same moment: that money is credit.
    told(&desk, &event("evt_1", "checkout.session.completed", &played.paid("cs_2", "pi_2")))
        .await
        .expect(200);
    desk.world.settle().await;
    let credit = desk.get("/api/payments?unapplied=true").await;
    assert_eq!((&credit["total"], &credit["data"][0]["amount_cents"]), (&json!(1), &json!(6_000)));
    desk.proven().await;
}

#[tokio::test]
async fn voiding_closes_the_page_at_stripe() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    desk.post(&format!("{}/void", path(&invoice)), json!({ "reason": "Wrong" })).await.expect(200);
    desk.world.settle().await;
    assert_eq!(played.session("cs_1")["status"], "expired");
}

#[tokio::test]
async fn refunds_go_through_stripe_and_those_made_there_arrive_here_once() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    told(&desk, &event("evt_1", "checkout.session.completed", &played.paid("cs_1", "pi_1")))
        .await
        .expect(200);
    desk.world.settle().await;
    let payment =
        desk.get(&format!("{}/payments", path(&invoice))).await["data"][0]["id"].as_str().unwrap().to_owned();
    desk.post(&format!("/api/payments/{payment}/refund"), json!({ "amount_cents": 3_000 })).await.expect(200);
    desk.world.settle().await;
    assert_eq!(played.0.lock().unwrap().refunds[0]["amount"], "3000");
    // Stripe tells of our own refund, and of one that was made in its dashboard.
    for (id, sum) in [("evt_2", 3_000), ("evt_3", 5_000), ("evt_4", 5_000)] {
        told(
            &desk,
            &event(
                id,
                "charge.refunded",
                &json!({ "id": "ch_1", "payment_intent": "pi_1", "amount_refunded": sum }),
            ),
        )
        .await
        .expect(200);
    }
    desk.world.settle().await;
    let now = desk.get(&format!("/api/payments/{payment}")).await;
    assert_eq!((&now["refunded_cents"], &now["allocated_cents"]), (&json!(5_000), &json!(5_000)));
    assert_eq!(desk.get(&path(&invoice)).await["open_cents"], 5_000);
    desk.proven().await;
}

#[tokio::test]
async fn a_dispute_is_noted_on_the_payment() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    pay_link(&mut desk, &invoice).await;
    told(&desk, &event("evt_1", "checkout.session.completed", &played.paid("cs_1", "pi_1")))
        .await
        .expect(200);
    told(
        &desk,
        &event("evt_2", "charge.dispute.created", &json!({ "id": "dp_1", "payment_intent": "pi_1" })),
    )
    .await
    .expect(200);
    desk.world.settle().await;
    assert_eq!(desk.get("/api/payments").await["data"][0]["status"], "disputed");
    assert_eq!(desk.events("payment.disputed").await, 1);
}

#[tokio::test]
async fn a_checkout_asked_for_by_two_at_once_is_one_page() {
    let (mut desk, played) = stripe_desk().await;
    let invoice = desk.issued(10_000).await;
    let to = format!("{}/pay-link", path(&invoice));
    let ask = || {
        let (mut api, to) = (desk.owner.api.clone(), to.clone());
        async move { api.json("POST", &to, json!({})).await.expect(200).json()["url"].clone() }
    };
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!(one, two);
    assert_eq!(played.0.lock().unwrap().sessions.len(), 1);
}
