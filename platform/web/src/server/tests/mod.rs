//! The accept loop over real sockets.

mod bodies;
mod drain;
mod limits;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Limits, Readiness, serve_with_readiness};

/// A server of this process on a free port.
struct Running {
    address: SocketAddr,
    readiness: Readiness,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(router: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let readiness = Readiness::new();
        readiness.set(true);
        let (stop, stopped) = oneshot::channel::<()>();
        let task =
            tokio::spawn(serve_with_readiness(listener, router, limits, readiness.clone(), async move {
                let _ = stopped.await;
            }));
        Self { address, readiness, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn begin_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    async fn stopped(self) {
        self.task.await.unwrap().unwrap();
    }
}

/// Limits short enough to wait for.
fn short() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(300),
        idle_timeout: Duration::from_millis(700),
        body_deadline: Duration::from_secs(3),
        body_grace: Duration::from_millis(300),
        body_min_rate: 10_000,
        write_stall: Duration::from_millis(400),
        drain_linger: Duration::from_millis(50),
        drain_deadline: Duration::from_secs(2),
        ..Limits::default()
    }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Reads until the other side closes (or breaks off); returns all and how long it took.
async fn read_to_close(stream: &mut TcpStream) -> (String, Duration) {
    let start = Instant::now();
    let mut all = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut all))
        .await
        .expect("the server closes");
    (String::from_utf8_lossy(&all).into_owned(), start.elapsed())
}

/// Reads one answer with a `content-length` on a connection that stays open.
async fn read_answer(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        all.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&all);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Ok(text.into_owned());
            }
        }
    }
}

async fn ask(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.write_all(GET).await?;
    read_answer(stream).await
}
