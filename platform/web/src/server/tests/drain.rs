use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Extension;
use axum::response::sse::{Event, Sse};
use futures::{StreamExt, stream};

use super::super::Draining;
use super::*;

#[tokio::test]
async fn a_request_that_has_begun_is_finished_and_idle_connections_close_at_once() {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        "finished"
    });
    let limits = Limits { idle_timeout: Duration::from_secs(60), ..short() };
    let mut server = Running::start(hello().route("/slow", slow), limits).await;
    let mut idle = server.connect().await;
    ask(&mut idle).await.unwrap();
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(server.readiness.is_ready());
    server.begin_stop();
    let (_, took) = read_to_close(&mut idle).await;
    assert!(took < Duration::from_millis(800), "{took:?}");
    assert!(!server.readiness.is_ready());
    assert!(TcpStream::connect(server.address).await.is_err());
    let (answer, _) = read_to_close(&mut busy).await;
    assert!(answer.ends_with("finished"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    server.stopped().await;
}

#[tokio::test]
async fn a_request_still_running_at_the_deadline_is_cut() {
    let endless = get(std::future::pending::<&'static str>);
    let limits = Limits { drain_deadline: Duration::from_millis(300), ..short() };
    let mut server = Running::start(Router::new().route("/", endless), limits).await;
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.begin_stop();
    let (answer, took) = read_to_close(&mut stream).await;
    assert_eq!(answer, "");
    assert!((250..1700).contains(&took.as_millis()), "{took:?}");
    server.stopped().await;
}

#[tokio::test]
async fn an_event_stream_ends_cleanly_at_drain() {
    let events = get(|| async {
        Sse::new(
            stream::once(async { Event::default().data("first") })
                .chain(stream::pending())
                .map(Ok::<_, std::io::Error>),
        )
    });
    let mut server = Running::start(Router::new().route("/", events), short()).await;
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.begin_stop();
    let (answer, took) = read_to_close(&mut stream).await;
    assert!(answer.contains("data: first"), "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
    assert!(took < Duration::from_millis(1500), "{took:?}");
    server.stopped().await;
}

#[tokio::test]
async fn a_long_answer_of_another_kind_is_told_to_end() {
    let long = get(|Extension(draining): Extension<Draining>| async move {
        draining.begun().await;
        "told"
    });
    let mut server = Running::start(Router::new().route("/", long), short()).await;
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.begin_stop();
    assert!(read_to_close(&mut stream).await.0.ends_with("told"));
    server.stopped().await;
}

#[tokio::test]
async fn during_the_notice_new_connections_are_served_and_asked_to_go() {
    let limits = Limits { drain_notice: Duration::from_millis(400), ..short() };
    let mut server = Running::start(hello(), limits).await;
    server.begin_stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!server.readiness.is_ready());
    let answer = ask(&mut server.connect().await).await.unwrap();
    assert!(answer.contains("connection: close") && answer.ends_with("hello"), "{answer}");
    server.stopped().await;
}

/// One client in a loop: on one connection until it is told to leave, or a new
/// one each time. Returns how many answers came whole, and fails on half of one.
async fn hammer(address: SocketAddr, reuse: bool, stopping: Arc<AtomicBool>) -> usize {
    let mut answers = 0;
    let mut kept: Option<TcpStream> = None;
    loop {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => match TcpStream::connect(address).await {
                Ok(stream) => stream,
                Err(_) => {
                    assert!(stopping.load(Ordering::SeqCst), "refused while serving");
                    return answers;
                }
            },
        };
        match ask(&mut stream).await {
            Ok(answer) => {
                assert!(answer.ends_with("hello"), "half an answer: {answer}");
                answers += 1;
                if reuse && !answer.contains("connection: close") {
                    kept = Some(stream);
                }
            }
            Err(error) => {
                assert!(stopping.load(Ordering::SeqCst), "broken while serving: {error}");
                return answers;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draining_under_load_loses_no_request_that_has_begun() {
    for _ in 0..3 {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = begun.clone();
        let handler = get(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                "hello"
            }
        });
        let mut server = Running::start(Router::new().route("/", handler), short()).await;
        let stopping = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..40)
            .map(|number| tokio::spawn(hammer(server.address, number % 2 == 0, stopping.clone())))
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        stopping.store(true, Ordering::SeqCst);
        server.begin_stop();
        server.stopped().await;
        let mut answered = 0;
        for client in clients {
            answered += client.await.unwrap();
        }
        assert!(answered > 100);
        assert_eq!(begun.load(Ordering::SeqCst), answered);
    }
}

#[tokio::test]
async fn an_http2_connection_finishes_its_streams_at_drain() {
    let slow = get(|| async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        "finished"
    });
    let mut server = Running::start(Router::new().route("/", slow), short()).await;
    let io = hyper_util::rt::TokioIo::new(server.connect().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
    let closed = tokio::spawn(connection);
    let request = http::Request::get("http://a/").body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let answer = tokio::spawn(async move { sender.send_request(request).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.begin_stop();
    let body = answer.await.unwrap().unwrap().into_body();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    assert_eq!(body, "finished");
    closed.await.unwrap().unwrap();
    server.stopped().await;
}
