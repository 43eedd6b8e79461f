//! Every call of the client, in all its shapes.

use super::document::Document;
use super::sample::Fill;
use crate::fake::{Answer, Fake, Seen, json};
use jiff::Timestamp;
use rapport_gateways::stripe::{
    ChargeRequest, CheckoutRequest, CustomerRequest, RefundRequest, Stripe, StripeError, VERSION,
};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What we send on purpose though the published document, older than our version, lacks it: the
/// first took the place of `payment_method_types`, the second spares an address to return to.
const YOUNGER: [&str; 4] = [
    "POST /v1/checkout/sessions: allowed_payment_method_types is unknown",
    "POST /v1/checkout/sessions: allowed_payment_method_types is unknown",
    "POST /v1/payment_intents: automatic_payment_methods[allow_redirects] is unknown",
    "POST /v1/payment_intents: automatic_payment_methods[allow_redirects] is unknown",
];

type Outcome = Result<String, StripeError>;

fn metadata() -> BTreeMap<String, String> {
    BTreeMap::from([("invoice_id".into(), "0192-ü".into()), ("workspace".into(), "north".into())])
}

fn checkouts() -> [CheckoutRequest; 3] {
    let least = CheckoutRequest {
        name: "Invoice INV-1".into(),
        amount_cents: 120_000,
        currency: "EUR".into(),
        success_url: "https://app.example/paid?s={CHECKOUT_SESSION_ID}".into(),
        cancel_url: "https://app.example/back".into(),
        ..CheckoutRequest::default()
    };
    let by_address = CheckoutRequest {
        client_reference_id: Some("inv-1".into()),
        customer_email: Some("ada@client.example".into()),
        application_fee_cents: Some(1_200),
        save_method: true,
        methods: vec!["card".into(), "sepa_debit".into()],
        metadata: metadata(),
        expires_at: Some(Timestamp::from_second(1_800_000_000).unwrap()),
        ..least.clone()
    };
    let known = CheckoutRequest { customer: Some("cus_1".into()), ..by_address.clone() };
    [least, by_address, known]
}

fn charges() -> [ChargeRequest; 2] {
    let least = ChargeRequest {
        amount_cents: 12_345,
        currency: "EUR".into(),
        customer: "cus_1".into(),
        payment_method: "pm_1".into(),
        ..ChargeRequest::default()
    };
    let most = ChargeRequest {
        description: Some("Retainer".into()),
        application_fee_cents: Some(123),
        metadata: metadata(),
        ..least.clone()
    };
    [least, most]
}

fn refunds() -> [RefundRequest; 4] {
    let least = RefundRequest { payment_intent: "pi_1".into(), ..RefundRequest::default() };
    let why = |reason: &str| RefundRequest {
        amount_cents: Some(345),
        reason: Some(reason.into()),
        metadata: metadata(),
        ..least.clone()
    };
    [least.clone(), why("duplicate"), why("fraudulent"), why("requested_by_customer")]
}

fn customers() -> [CustomerRequest; 2] {
    let most = CustomerRequest {
        email: Some("ada@client.example".into()),
        name: Some("Ada".into()),
        metadata: metadata(),
    };
    [CustomerRequest::default(), most]
}

fn words<T: Debug>(outcome: Result<T, StripeError>) -> Outcome {
    outcome.map(|read| format!("{read:?}"))
}

/// Make every call, the list of events last; each named as in the client.
async fn all(answers: Vec<Answer>) -> (Vec<Seen>, Vec<(&'static str, Outcome)>) {
    let fake = Fake::start(answers).await;
    let stripe = Stripe::new("sk_test_1".into(), &fake.url).unwrap();
    let mut read = Vec::new();
    for request in checkouts() {
        read.push(("create_checkout", words(stripe.create_checkout(&request, "k").await)));
    }
    read.push(("checkout", words(stripe.checkout("cs_test_1").await)));
    read.push(("expire_checkout", words(stripe.expire_checkout("cs_test_1", "k").await)));
    read.push(("payment_intent", words(stripe.payment_intent("pi_1").await)));
    for request in charges() {
        read.push(("charge", words(stripe.charge(&request, "k").await)));
    }
    for request in refunds() {
        read.push(("create_refund", words(stripe.create_refund(&request, "k").await)));
    }
    for request in customers() {
        read.push(("create_customer", words(stripe.create_customer(&request, "k").await)));
    }
    let since = Timestamp::from_second(1_700_000_000).unwrap();
    let kinds = ["checkout.session.completed", "charge.refunded"];
    read.push(("events_since", words(stripe.events_since(since, &kinds, 2).await)));
    (fake.seen(), read)
}

/// Make every call and answer each by the document.
async fn answered(document: &Document, fill: Fill) -> (Vec<Seen>, Vec<(&'static str, Outcome)>) {
    let (requests, _) = all(vec![json(200, "{}")]).await;
    all(requests.iter().map(|seen| json(200, &document.answer(seen, fill).to_string())).collect()).await
}

async fn request_faults(document: &Document) -> Vec<String> {
    let (requests, outcomes) = answered(document, Fill::Full).await;
    let pages = 2;
    assert_eq!(requests.len(), outcomes.len() - 1 + pages);
    requests.iter().flat_map(|seen| document.request_faults(seen)).collect()
}

async fn expect_answers_read(document: &Document) {
    for fill in [Fill::Full, Fill::Expanded, Fill::Null, Fill::Sparse] {
        for (call, outcome) in answered(document, fill).await.1 {
            let read = outcome.unwrap_or_else(|error| panic!("{call}, {fill:?}: {error}"));
            if matches!(fill, Fill::Full | Fill::Expanded) {
                let lacking =
                    ["None", "metadata: {}", "\"\"", ": 0"].iter().find(|empty| read.contains(**empty));
                assert_eq!(lacking, None, "{call}, {fill:?}: we read a field that there is not: {read}");
            }
        }
    }
}

#[tokio::test]
async fn no_call_is_left_out() {
    let (_, outcomes) = all(vec![json(200, "{}")]).await;
    let source = include_str!("../../../src/stripe/calls.rs");
    let calls = source.split("pub async fn ").skip(1).map(|rest| rest.split('(').next().unwrap());
    for call in calls {
        assert!(outcomes.iter().any(|(name, _)| *name == call), "{call} is not held against OpenAPI");
    }
}

#[tokio::test]
async fn every_request_is_as_the_published_openapi_says() {
    let Some(document) = Document::published() else { return };
    assert_eq!(request_faults(&document).await, YOUNGER);
}

#[tokio::test]
async fn every_answer_of_the_published_openapi_is_read() {
    let Some(document) = Document::published() else { return };
    expect_answers_read(&document).await;
}

#[tokio::test]
async fn every_request_is_as_our_version_of_the_openapi_says() {
    let Some(document) = Document::of_library() else { return };
    assert_eq!(document.version(), VERSION);
    assert_eq!(request_faults(&document).await, [""; 0]);
}

#[tokio::test]
async fn every_answer_of_our_version_of_the_openapi_is_read() {
    let Some(document) = Document::of_library() else { return };
    expect_answers_read(&document).await;
}
