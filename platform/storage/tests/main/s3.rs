//! Against `moto_server` (Python package `moto[server]`), started here on a free loopback port.

use crate::{behaves_like_a_store, key, leaves_nothing_of_a_failed_upload};
use bytes::Bytes;
use rapport_storage::{StorageError, Store};
use std::time::{Duration, Instant};

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
    let Some(server) = rapport_counterparts::s3("files").await else { return };
    let store = connect(server.address.port());
    behaves_like_a_store(&store).await;
    leaves_nothing_of_a_failed_upload(&store).await;
    assert_eq!(store.free_bytes().await.unwrap(), None);
    for attempt in 0.. {
        if !open_uploads(server.address.port()).await.contains("<UploadId>") {
            break;
        }
        assert!(attempt < 50, "unfinished uploads are taken back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let kept = key();
    store.put(&kept, Bytes::from_static(b"x")).await.unwrap();
    let object = format!("http://127.0.0.1:{}/files/{kept}", server.address.port());
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::files/*"}]}"#;
    let bucket = format!("http://127.0.0.1:{}/files?policy", server.address.port());
    let open = reqwest::Client::new().put(bucket).body(policy);
    open.send().await.unwrap().error_for_status().unwrap();
    let answer = reqwest::get(object).await.unwrap().error_for_status().unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn an_object_store_that_is_out_is_left_alone_after_a_few_tries() {
    let store = connect(rapport_counterparts::free_address().port());
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
