//! The store against a real folder and, where one can be started, a real S3 server.

mod local;
mod s3;

use bytes::Bytes;
use futures::{Stream, TryStreamExt, stream};
use rapport_storage::{Area, Key, StorageError, Store};
use uuid::Uuid;

pub const AREA: Area = Area::new("tests");

pub fn key() -> Key {
    Key::new(Uuid::now_v7(), AREA, Uuid::now_v7(), 1)
}

/// `chunks` pieces of `len` bytes, each filled with its number.
pub fn chunks(chunks: usize, len: usize) -> impl Stream<Item = Result<Bytes, StorageError>> {
    stream::iter((0..chunks).map(move |n| Ok(Bytes::from(vec![n as u8; len]))))
}

pub async fn read_all(store: &Store, key: &Key) -> Vec<u8> {
    let download = store.get_stream(key).await.unwrap();
    download
        .stream
        .try_fold(Vec::new(), async |mut all, chunk| {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
        .unwrap()
}

/// What every store must do alike.
pub async fn behaves_like_a_store(store: &Store) {
    let (small, large, empty, missing) = (key(), key(), key(), key());
    let stored = store.put(&small, Bytes::from_static(b"hello")).await.unwrap();
    assert_eq!(stored.bytes, 5);
    assert_eq!(stored.sha256[..4], [0x2c, 0xf2, 0x4d, 0xba]);
    assert_eq!(read_all(store, &small).await, b"hello");

    let stored = store.put_stream(&large, chunks(13, 1_000_000), 13_000_000).await.unwrap();
    assert_eq!(stored.bytes, 13_000_000);
    let all = read_all(store, &large).await;
    assert_eq!(all.len(), 13_000_000);
    assert!(all.chunks(1_000_000).enumerate().all(|(n, part)| part.iter().all(|b| *b == n as u8)));

    let range = store.get_range(&large, 999_999..1_000_001).await.unwrap();
    assert_eq!((range.size, range.range.clone()), (13_000_000, 999_999..1_000_001));
    let bytes: Vec<Bytes> = range.stream.try_collect().await.unwrap();
    assert_eq!(bytes.concat(), [0, 1]);
    let cut = store.get_range(&small, 3..999).await.unwrap();
    assert_eq!(cut.range, 3..5);
    let outside = store.get_range(&small, 5..9).await;
    assert!(matches!(outside, Err(StorageError::BadRange { size: 5 })));

    assert_eq!(store.put(&empty, Bytes::new()).await.unwrap().bytes, 0);
    assert_eq!(store.size(&empty).await.unwrap(), 0);

    let joined = key();
    let stored = store.join(&joined, &[small.clone(), empty.clone(), small.clone()], 10).await;
    assert_eq!(stored.unwrap().bytes, 10);
    assert_eq!(read_all(store, &joined).await, b"hellohello");
    let too_much = store.join(&key(), &[small.clone(), small.clone()], 9).await;
    assert!(matches!(too_much, Err(StorageError::TooLarge { limit: 9 })));

    assert!(matches!(store.get_stream(&missing).await, Err(StorageError::NotFound)));
    assert!(!store.exists(&missing).await.unwrap());
    assert!(store.exists(&small).await.unwrap());
    assert!(matches!(store.get_bytes(&small, 4).await, Err(StorageError::TooLarge { .. })));
    assert_eq!(&store.get_bytes(&small, 5).await.unwrap()[..], b"hello");

    store.delete(&small).await.unwrap();
    store.delete(&small).await.unwrap();
    assert!(!store.exists(&small).await.unwrap());

    let workspace = large.workspace_id();
    let listed: Vec<_> = store.list(workspace).try_collect().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].key, listed[0].bytes), (&large, 13_000_000));
    assert_eq!(store.delete_workspace(workspace).await.unwrap(), 1);
    assert!(!store.exists(&large).await.unwrap());
    store.ping().await.unwrap();
}

/// An upload that fails or is left leaves nothing under its key.
pub async fn leaves_nothing_of_a_failed_upload(store: &Store) {
    let key = key();
    let result = store.put_stream(&key, chunks(8, 1_000_000), 7_999_999).await;
    assert!(matches!(result, Err(StorageError::TooLarge { limit: 7_999_999 })));
    assert!(!store.exists(&key).await.unwrap());

    let cut = futures::StreamExt::chain(
        chunks(7, 1_000_000),
        stream::iter([Err(StorageError::Interrupted("connection reset".into()))]),
    );
    let result = store.put_stream(&key, cut, u64::MAX).await;
    assert!(matches!(result, Err(StorageError::Interrupted(_))));
    assert!(!store.exists(&key).await.unwrap());

    let stalled = futures::StreamExt::chain(chunks(7, 1_000_000), stream::pending());
    let waiting = store.put_stream(&key, stalled, u64::MAX);
    let left = tokio::time::timeout(std::time::Duration::from_millis(800), waiting).await;
    assert!(left.is_err(), "the upload was still waiting when its caller left");
    assert!(!store.exists(&key).await.unwrap());
}
