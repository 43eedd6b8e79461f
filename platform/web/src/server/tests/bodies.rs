use axum::routing::post;
use bytes::Bytes;

use super::*;

fn router() -> Router {
    hello().route("/count", post(|body: Bytes| async move { body.len().to_string() }))
}

async fn post_head(server: &Running, length: usize) -> TcpStream {
    let mut stream = server.connect().await;
    let head = format!("POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_body_that_never_comes_is_answered_408_and_the_connection_closed() {
    let server = Running::start(router(), short()).await;
    let mut stream = post_head(&server, 100).await;
    let (answer, took) = read_to_close(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(answer.contains(r#""code":"request.too_slow""#), "{answer}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_body_that_drips_is_answered_408() {
    let server = Running::start(router(), short()).await;
    let stream = post_head(&server, 100_000).await;
    let (mut read, mut write) = stream.into_split();
    let dripping = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut start = [0; 12];
    tokio::time::timeout(Duration::from_millis(2500), read.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    drop(read);
    dripping.await.unwrap();
}

#[tokio::test]
async fn a_steady_body_longer_than_the_grace_arrives_whole() {
    let server = Running::start(router(), Limits { body_min_rate: 2000, ..short() }).await;
    let mut stream = post_head(&server, 20_000).await;
    for _ in 0..20 {
        stream.write_all(&[b'x'; 1000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(read_answer(&mut stream).await.unwrap().ends_with("20000"));
    assert!(ask(&mut stream).await.unwrap().ends_with("hello"));
}

#[tokio::test]
async fn a_steady_body_past_the_deadline_is_answered_408() {
    let limits = Limits { body_deadline: Duration::from_millis(500), ..short() };
    let server = Running::start(router(), limits).await;
    let stream = post_head(&server, 10_000_000).await;
    let (mut read, mut write) = stream.into_split();
    let steady = tokio::spawn(async move {
        while write.write_all(&[b'x'; 1000]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut start = [0; 12];
    tokio::time::timeout(Duration::from_millis(2500), read.read_exact(&mut start))
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    drop(read);
    steady.await.unwrap();
}

#[tokio::test]
async fn a_body_nobody_reads_does_not_hold_the_connection() {
    let ignoring = Router::new().route("/count", post(|| async { "no thanks" }));
    let server = Running::start(ignoring, short()).await;
    let mut stream = post_head(&server, 1_000_000).await;
    let (answer, took) = read_to_close(&mut stream).await;
    assert!(answer.contains("no thanks"), "{answer}");
    assert!(took < Duration::from_millis(2500), "{took:?}");
}
