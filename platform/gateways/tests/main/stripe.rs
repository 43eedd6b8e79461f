use crate::fake::{Fake, json, with_header};
use jiff::Timestamp;
use rapport_gateways::stripe::{
    CheckoutRequest, CustomerRequest, RefundRequest, Stripe, StripeError, VERSION,
};
use std::collections::BTreeMap;

const SESSION: &str = r#"{"id":"cs_1","object":"checkout.session","url":"https://checkout.example/1",
    "status":"complete","payment_status":"paid","payment_intent":{"id":"pi_1","amount":5},"customer":"cus_1",
    "client_reference_id":"inv-1","amount_total":120000,"currency":"eur","metadata":null,"brand_new":{"a":[1]}}"#;

fn client(fake: &Fake) -> Stripe {
    Stripe::new("sk_test_topsecret".into(), &fake.url).unwrap()
}

fn checkout() -> CheckoutRequest {
    CheckoutRequest {
        name: "Invoice INV-1 & more".into(),
        amount_cents: 120_000,
        currency: "EUR".into(),
        success_url: "https://app.example/paid?s={CHECKOUT_SESSION_ID}".into(),
        cancel_url: "https://app.example/back".into(),
        client_reference_id: Some("inv-1".into()),
        customer_email: Some("ada@client.example".into()),
        application_fee_cents: Some(1_200),
        metadata: BTreeMap::from([("invoice_id".into(), "inv-1".into())]),
        ..CheckoutRequest::default()
    }
}

#[tokio::test]
async fn a_checkout_is_asked_for_as_stripe_documents_it() {
    let fake = Fake::start(vec![json(200, SESSION)]).await;
    let session = client(&fake).in_account("acct_1").create_checkout(&checkout(), "key-1").await.unwrap();
    assert_eq!(session.url.as_deref(), Some("https://checkout.example/1"));
    assert_eq!(session.payment_intent.as_deref(), Some("pi_1"));
    assert!(session.is_paid() && session.metadata.is_empty());
    let seen = &fake.seen()[0];
    assert_eq!(seen.line, "POST /v1/checkout/sessions HTTP/1.1\r\n");
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_topsecret"));
    assert_eq!(seen.header("stripe-version"), Some(VERSION));
    assert_eq!(seen.header("idempotency-key"), Some("key-1"));
    assert_eq!(seen.header("stripe-account"), Some("acct_1"));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    let expected = [
        ("cancel_url", "https://app.example/back"),
        ("client_reference_id", "inv-1"),
        ("customer_email", "ada@client.example"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][product_data][name]", "Invoice INV-1 & more"),
        ("line_items[0][price_data][unit_amount]", "120000"),
        ("line_items[0][quantity]", "1"),
        ("metadata[invoice_id]", "inv-1"),
        ("mode", "payment"),
        ("payment_intent_data[application_fee_amount]", "1200"),
        ("payment_intent_data[metadata][invoice_id]", "inv-1"),
        ("success_url", "https://app.example/paid?s={CHECKOUT_SESSION_ID}"),
    ];
    let form = seen.form();
    let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(form, expected);
}

#[tokio::test]
async fn a_method_is_kept_and_a_known_payer_named_when_asked() {
    let fake = Fake::start(vec![json(200, SESSION)]).await;
    let stripe = client(&fake);
    let mut request = checkout();
    request.save_method = true;
    request.methods = vec!["card".into(), "sepa_debit".into()];
    stripe.create_checkout(&request, "a").await.unwrap();
    request.customer = Some("cus_1".into());
    stripe.create_checkout(&request, "b").await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen[0].field("customer_creation").as_deref(), Some("always"));
    assert_eq!(seen[0].field("allowed_payment_method_types[1]").as_deref(), Some("sepa_debit"));
    let future = "payment_intent_data[setup_future_usage]";
    assert_eq!(seen[0].field(future).as_deref(), Some("off_session"));
    assert_eq!(seen[1].field("customer").as_deref(), Some("cus_1"));
    assert_eq!(seen[1].field("customer_email"), None);
    assert_eq!(seen[1].field("customer_creation"), None);
}

#[tokio::test]
async fn a_stumble_is_repeated_with_the_same_key() {
    let refund = r#"{"id":"re_1","amount":500,"status":"succeeded","payment_intent":"pi_1"}"#;
    let fake = Fake::start(vec![None, json(503, "busy"), json(200, refund)]).await;
    let request = RefundRequest {
        payment_intent: "pi_1".into(),
        amount_cents: Some(500),
        reason: Some("requested_by_customer".into()),
        ..RefundRequest::default()
    };
    let refund = client(&fake).create_refund(&request, "refund-1").await.unwrap();
    assert_eq!((refund.id.as_str(), refund.amount), ("re_1", 500));
    let seen = fake.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| request.header("idempotency-key") == Some("refund-1")));
    assert!(seen.iter().all(|request| request.body == seen[0].body));
}

#[tokio::test]
async fn each_refusal_has_its_kind_and_is_not_repeated() {
    let cases = [
        (
            402,
            r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"No."}}"#,
        ),
        (400, r#"{"error":{"type":"invalid_request_error","param":"amount","message":"Bad."}}"#),
        (404, r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"Gone."}}"#),
        (401, r#"{"error":{"type":"invalid_request_error","message":"Key."}}"#),
        (400, r#"{"error":{"type":"idempotency_error","message":"Twice."}}"#),
    ];
    let mut errors = Vec::new();
    for (status, body) in cases {
        let fake = Fake::start(vec![json(status, body)]).await;
        errors.push(client(&fake).payment_intent("pi_1").await.unwrap_err());
        assert_eq!(fake.seen().len(), 1, "{status}");
    }
    assert!(
        matches!(&errors[0], StripeError::Card { decline_code: Some(code), .. } if code == "insufficient_funds")
    );
    assert!(matches!(&errors[1], StripeError::Invalid { param: Some(param), .. } if param == "amount"));
    assert!(matches!(errors[2], StripeError::NotFound(_)));
    assert!(matches!(errors[3], StripeError::Auth(_)));
    assert!(matches!(errors[4], StripeError::Idempotency(_)));
    assert!(errors.iter().all(|error| !error.is_temporary()));
    assert!(!format!("{errors:?}").contains("topsecret"));
}

#[tokio::test]
async fn stripe_decides_whether_to_repeat_when_it_says_so() {
    let no = Fake::start(vec![with_header(503, "Stripe-Should-Retry: false", "{}")]).await;
    assert!(client(&no).payment_intent("pi_1").await.unwrap_err().is_temporary());
    assert_eq!(no.seen().len(), 1);
    let limited = Fake::start(vec![json(429, "{}")]).await;
    assert!(client(&limited).payment_intent("pi_1").await.unwrap_err().is_temporary());
    assert_eq!(limited.seen().len(), 3);
    let later = Fake::start(vec![with_header(429, "Retry-After: 60", "{}")]).await;
    assert!(client(&later).payment_intent("pi_1").await.unwrap_err().is_temporary());
    assert_eq!(later.seen().len(), 1, "a minute is longer than a caller waits");
}

#[tokio::test]
async fn stripe_is_left_alone_while_it_is_out() {
    let fake = Fake::start(vec![with_header(500, "Stripe-Should-Retry: false", "{}")]).await;
    let dead = Stripe::new("sk".into(), "http://127.0.0.1:9").unwrap();
    for _ in 0..5 {
        assert!(dead.payment_intent("pi_1").await.unwrap_err().is_temporary());
    }
    assert!(dead.is_resting());
    let began = std::time::Instant::now();
    assert!(dead.payment_intent("pi_1").await.unwrap_err().is_temporary());
    assert!(began.elapsed().as_millis() < 50);
    assert!(client(&fake).payment_intent("pi_1").await.unwrap_err().is_temporary());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_said_to_be_one() {
    let fake = Fake::start(vec![json(200, "<html>")]).await;
    let error = client(&fake).payment_intent("pi_1").await.unwrap_err();
    assert!(matches!(error, StripeError::Unreadable(_)));
}

#[tokio::test]
async fn an_id_never_leads_to_another_path() {
    let fake = Fake::start(vec![json(200, SESSION)]).await;
    for id in ["", "../refunds", "cs_1?expand[]=x", "cs 1", "cs_1/expire"] {
        assert!(client(&fake).checkout(id).await.is_err(), "{id:?}");
    }
    assert!(fake.seen().is_empty());
    assert!(client(&fake).checkout("cs_test_a1B2").await.is_ok());
    client(&fake).expire_checkout("cs_1", "k").await.unwrap();
    assert!(fake.seen()[1].line.starts_with("POST /v1/checkout/sessions/cs_1/expire "));
}

#[tokio::test]
async fn missed_events_are_read_page_by_page_and_put_in_order() {
    let event = |id: &str| {
        format!(
            r#"{{"id":"{id}","type":"charge.refunded","created":1700000000,"livemode":true,"account":"acct_1","data":{{"object":{{"id":"ch_1"}}}}}}"#
        )
    };
    let first = format!(r#"{{"has_more":true,"data":[{},{}]}}"#, event("evt_3"), event("evt_2"));
    let last = format!(r#"{{"has_more":false,"data":[{}]}}"#, event("evt_1"));
    let fake = Fake::start(vec![json(200, &first), json(200, &last)]).await;
    let since = Timestamp::from_second(1_600_000_000).unwrap();
    let events = client(&fake).events_since(since, &["charge.refunded"], 500).await.unwrap();
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["evt_1", "evt_2", "evt_3"]);
    assert_eq!(events[0].account.as_deref(), Some("acct_1"));
    let lines: Vec<String> = fake.seen().into_iter().map(|request| request.line).collect();
    assert!(lines[0].contains("created%5Bgte%5D=1600000000") && lines[0].contains("types%5B0%5D"));
    assert!(lines[1].contains("starting_after=evt_2"));
}

#[tokio::test]
async fn a_customer_is_made_known() {
    let fake = Fake::start(vec![json(200, r#"{"id":"cus_1","email":"a@b.example","name":null}"#)]).await;
    let request = CustomerRequest { email: Some("a@b.example".into()), ..CustomerRequest::default() };
    assert_eq!(client(&fake).create_customer(&request, "c-1").await.unwrap().id, "cus_1");
    assert_eq!(fake.seen()[0].form(), [("email".into(), "a@b.example".into())]);
}
