use axum::Extension;
use axum::extract::Request;
use axum::routing::post;

use super::super::PeerAddr;
use super::*;

fn near(took: Duration, expected_ms: u64) {
    let expected = Duration::from_millis(expected_ms);
    assert!(took >= expected - Duration::from_millis(40), "{took:?} is before {expected:?}");
    assert!(took < expected + Duration::from_millis(1500), "{took:?} is long after {expected:?}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_after_the_header_time() {
    let server = Running::start(hello(), short()).await;
    let (answer, took) = read_to_close(&mut server.connect().await).await;
    assert_eq!(answer, "");
    near(took, 300);
}

#[tokio::test]
async fn a_head_that_drips_is_cut_at_the_header_time_however_often_it_drips() {
    let server = Running::start(hello(), short()).await;
    let stream = server.connect().await;
    let (mut read, mut write) = stream.into_split();
    let dripping = tokio::spawn(async move {
        let _ = write.write_all(b"GET / HTTP/1.1\r\n").await;
        while write.write_all(b"a: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let start = Instant::now();
    let mut all = Vec::new();
    let _ = read.read_to_end(&mut all).await;
    near(start.elapsed(), 300);
    assert!(all.is_empty());
    dripping.await.unwrap();
}

#[tokio::test]
async fn a_second_head_that_drips_has_the_header_time_not_the_idle_time() {
    let limits = Limits { idle_timeout: Duration::from_secs(60), ..short() };
    let server = Running::start(hello(), limits).await;
    let mut stream = server.connect().await;
    ask(&mut stream).await.unwrap();
    stream.write_all(b"GET / HT").await.unwrap();
    near(read_to_close(&mut stream).await.1, 300);
}

#[tokio::test]
async fn an_http2_preface_that_stops_midway_is_cut_at_the_header_time() {
    let server = Running::start(hello(), short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    near(read_to_close(&mut stream).await.1, 300);
    let mut stream = server.connect().await;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    near(read_to_close(&mut stream).await.1, 300);
}

#[tokio::test]
async fn a_connection_between_requests_is_kept_for_the_idle_time_only() {
    let server = Running::start(hello(), short()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        assert!(ask(&mut stream).await.unwrap().ends_with("hello"));
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    assert!(ask(&mut stream).await.unwrap().ends_with("hello"));
    near(read_to_close(&mut stream).await.1, 700);
}

#[tokio::test]
async fn a_request_that_takes_longer_than_every_timeout_is_answered() {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_millis(1200)).await;
        "done"
    });
    let server = Running::start(Router::new().route("/", slow), short()).await;
    assert!(ask(&mut server.connect().await).await.unwrap().ends_with("done"));
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused() {
    let limits = Limits { max_header_bytes: 8192, ..short() };
    let server = Running::start(hello(), limits).await;
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 431");
}

#[tokio::test]
async fn connections_over_the_total_are_told_so_and_places_come_back() {
    let limits = Limits { max_connections: 2, ..short() };
    let server = Running::start(hello(), limits).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    ask(&mut first).await.unwrap();
    ask(&mut second).await.unwrap();
    let (answer, _) = read_to_close(&mut server.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    drop(first);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(ask(&mut server.connect().await).await.unwrap().contains("200 OK"));
}

#[tokio::test]
async fn one_address_over_its_cap_is_told_so_and_places_come_back() {
    let limits = Limits { max_connections_per_address: 2, exempt: Vec::new(), ..short() };
    let server = Running::start(hello(), limits).await;
    let mut held = [server.connect().await, server.connect().await];
    for stream in &mut held {
        ask(stream).await.unwrap();
    }
    let (answer, _) = read_to_close(&mut server.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    drop(held);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(ask(&mut server.connect().await).await.unwrap().contains("200 OK"));
}

#[tokio::test]
async fn this_machine_has_no_cap_per_address() {
    let limits = Limits { max_connections_per_address: 1, ..short() };
    let server = Running::start(hello(), limits).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut stream = server.connect().await;
        ask(&mut stream).await.unwrap();
        held.push(stream);
    }
}

#[tokio::test]
async fn a_handler_sees_the_address_of_the_socket() {
    let who = get(|Extension(PeerAddr(peer)): Extension<PeerAddr>| async move { peer.to_string() });
    let server = Running::start(Router::new().route("/", who), short()).await;
    let mut stream = server.connect().await;
    let own = stream.local_addr().unwrap().to_string();
    assert!(ask(&mut stream).await.unwrap().ends_with(&own));
}

#[tokio::test]
async fn a_client_that_stops_reading_its_answer_is_dropped() {
    let (dropped, mut was_dropped) = tokio::sync::mpsc::channel::<()>(1);
    let endless = get(move || {
        let held = dropped.clone();
        async move {
            axum::body::Body::from_stream(futures::stream::repeat_with(move || {
                let _held = &held;
                Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b'x'; 65536]))
            }))
        }
    });
    let mut server = Running::start(Router::new().route("/", endless), short()).await;
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let start = Instant::now();
    server.begin_stop();
    server.stopped().await;
    assert!(start.elapsed() < Duration::from_millis(1500));
    assert!(was_dropped.recv().await.is_none());
}

#[tokio::test]
async fn http2_serves_many_requests_on_one_connection_and_closes_it_when_idle() {
    let echo = post(|request: Request| async { request.into_body() });
    let server = Running::start(hello().route("/echo", echo), short()).await;
    let io = hyper_util::rt::TokioIo::new(server.connect().await);
    let (sender, connection) =
        hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
    let closed = tokio::spawn(connection);
    let requests = (0..50).map(|number: u32| {
        let mut sender = sender.clone();
        async move {
            let request = http::Request::post("http://a/echo")
                .body(http_body_util::Full::new(bytes::Bytes::from(number.to_string())))
                .unwrap();
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.version(), http::Version::HTTP_2);
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
            assert_eq!(body.to_bytes(), number.to_string());
        }
    });
    futures::future::join_all(requests).await;
    let start = Instant::now();
    let _ = tokio::time::timeout(Duration::from_secs(3), closed).await.expect("closed");
    near(start.elapsed(), 700);
}
