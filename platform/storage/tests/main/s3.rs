//! Against `moto_server` (Python package `moto[server]`), started here on a free loopback port.

use crate::{behaves_like_a_store, key, leaves_nothing_of_a_failed_upload};
use bytes::Bytes;
use rapport_storage::{StorageError, Store};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn start() -> Option<Server> {
    let port = free_port();
    let started = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(process) = started else {
        assert!(std::env::var_os("RAPPORT_COUNTERPARTS").is_none(), "moto_server is not on PATH");
        eprintln!("SKIPPED: moto_server is not on PATH (scripts/with-counterparts cargo test)");
        return None;
    };
    let server = Server { process, port };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bucket = format!("http://127.0.0.1:{port}/files");
    for _ in 0..150 {
        if let Ok(answer) = reqwest::Client::new().put(&bucket).send().await {
            assert!(answer.status().is_success(), "the bucket is made: {}", answer.status());
            return Some(server);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("moto_server did not start");
}

fn connect(port: u16) -> Store {
    let address = format!("s3://key:se%2Fcret@127.0.0.1:{port}/files?path_style=1&allow_http=1");
    Store::open(&address).unwrap()
}

async fn open_uploads(port: u16) -> String {
    let address = format!("http://127.0.0.1:{port}/files?uploads");
    reqwest::get(address).await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_bucket_behaves_like_a_store() {
    let Some(server) = start().await else { return };
    let store = connect(server.port);
    behaves_like_a_store(&store).await;
    leaves_nothing_of_a_failed_upload(&store).await;
    assert_eq!(store.free_bytes().await.unwrap(), None);
    for attempt in 0.. {
        if !open_uploads(server.port).await.contains("<UploadId>") {
            break;
        }
        assert!(attempt < 50, "unfinished uploads are taken back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let kept = key();
    store.put(&kept, Bytes::from_static(b"x")).await.unwrap();
    let object = format!("http://127.0.0.1:{}/files/{kept}", server.port);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::files/*"}]}"#;
    let bucket = format!("http://127.0.0.1:{}/files?policy", server.port);
    let open = reqwest::Client::new().put(bucket).body(policy);
    open.send().await.unwrap().error_for_status().unwrap();
    let answer = reqwest::get(object).await.unwrap().error_for_status().unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn an_object_store_that_is_out_is_left_alone_after_a_few_tries() {
    let store = connect(free_port());
    let mut opened = false;
    for _ in 0..8 {
        let began = Instant::now();
        let error = store.get_stream(&key()).await.err().unwrap();
        assert!(matches!(error, StorageError::Unavailable { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
        opened |= store.is_resting();
    }
    assert!(opened);
    let began = Instant::now();
    assert!(store.put(&key(), Bytes::from_static(b"x")).await.is_err());
    assert!(began.elapsed() < Duration::from_millis(50), "turned away at once");
}
