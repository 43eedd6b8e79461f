use crate::fake::{Fake, json, with_header};
use bytes::Bytes;
use rapport_gateways::outgoing::{Outgoing, OutgoingError, Request};
use reqwest::Method;

fn post(url: String) -> Request {
    Request {
        method: Method::POST,
        url,
        headers: vec![("X-Signature".into(), "abc".into())],
        body: Bytes::from_static(b"hello"),
    }
}

#[tokio::test]
async fn a_webhook_is_delivered_and_its_answer_read() {
    let fake = Fake::start(vec![json(202, "{}")]).await;
    let outgoing = Outgoing::new(true).unwrap();
    let answer = outgoing.send(post(format!("{}/hook", fake.url)), 100).await.unwrap();
    assert!(answer.is_success());
    assert_eq!(answer.content_type.as_deref(), Some("application/json"));
    let seen = &fake.seen()[0];
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST /hook HTTP/1.1\r\n", "hello"));
    assert_eq!(seen.header("x-signature"), Some("abc"));
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused_before_anything_is_sent() {
    let fake = Fake::start(vec![json(200, "{}")]).await;
    let outgoing = Outgoing::new(false).unwrap();
    let by_name = fake.url.replace("127.0.0.1", "localhost");
    for url in [fake.url.clone(), by_name.clone(), by_name.to_uppercase()] {
        assert_eq!(outgoing.get(&url, 100).await, Err(OutgoingError::Forbidden), "{url}");
    }
    assert!(fake.seen().is_empty());
    assert!(Outgoing::new(true).unwrap().get(&by_name, 100).await.is_ok());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Fake::start(vec![json(200, "secret")]).await;
    let fake = Fake::start(vec![with_header(302, &format!("Location: {}", target.url), "")]).await;
    let answer = Outgoing::new(true).unwrap().get(&fake.url, 100).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn a_long_answer_is_cut_off() {
    let fake = Fake::start(vec![json(200, &"x".repeat(1_000))]).await;
    let outgoing = Outgoing::new(true).unwrap();
    assert!(outgoing.get(&fake.url, 1_000).await.is_ok());
    assert_eq!(outgoing.get(&fake.url, 999).await, Err(OutgoingError::TooLarge { limit: 999 }));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let began = std::time::Instant::now();
    let outcome = Outgoing::new(true).unwrap().get(&url, 100).await;
    assert_eq!(outcome, Err(OutgoingError::TimedOut));
    assert!(began.elapsed().as_secs_f32() < 8.0);
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_to_be_so() {
    let outcome = Outgoing::new(true).unwrap().get("http://127.0.0.1:9/", 100).await;
    assert!(matches!(outcome, Err(OutgoingError::Unreachable(_))), "{outcome:?}");
}
