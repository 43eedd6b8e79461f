use crate::{behaves_like_a_store, chunks, key, leaves_nothing_of_a_failed_upload};
use bytes::Bytes;
use rapport_storage::inspect::inspect;
use rapport_storage::sniff::{Limits, Refused};
use rapport_storage::{StorageError, Store};
use std::path::Path;
use std::time::Duration;

fn files_under(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_under(&path)),
            false => found.push(path.display().to_string()),
        }
    }
    found
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local_keeping_free(folder.path().join("files"), 0).unwrap();
    (folder, store)
}

#[tokio::test]
async fn a_folder_behaves_like_a_store() {
    let (_folder, store) = store();
    behaves_like_a_store(&store).await;
}

#[tokio::test]
async fn a_failed_upload_leaves_nothing_in_the_folder() {
    let (folder, store) = store();
    leaves_nothing_of_a_failed_upload(&store).await;
    for _ in 0..50 {
        if files_under(folder.path()).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("left behind: {:?}", files_under(folder.path()));
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_no_uploads_and_still_serves() {
    let (folder, store) = store();
    let key = key();
    store.put(&key, Bytes::from_static(b"x")).await.unwrap();
    let full = Store::local_keeping_free(folder.path().join("files"), u64::MAX / 2).unwrap();
    let refused = full.put_stream(&crate::key(), chunks(1, 1), 1).await;
    assert!(matches!(refused, Err(StorageError::StorageFull)));
    assert!(matches!(full.check_room(1).await, Err(StorageError::StorageFull)));
    assert_eq!(&full.get_bytes(&key, 1).await.unwrap()[..], b"x");
    assert!(full.free_bytes().await.unwrap().unwrap() > 0);
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_is_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _store) = store();
    let mode = folder.path().join("files").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_swept_and_files_stay() {
    let (folder, store) = store();
    let key = key();
    store.put(&key, Bytes::from_static(b"x")).await.unwrap();
    let file = folder.path().join("files").join(key.as_str());
    let leftover = file.with_file_name(format!("{}#1", "a".repeat(32)));
    std::fs::write(&leftover, b"half").unwrap();
    let modified = leftover.metadata().unwrap().modified().unwrap();
    let then = jiff::Timestamp::try_from(modified).unwrap();
    assert_eq!(store.sweep(then - jiff::SignedDuration::from_secs(1)).await.unwrap(), 0);
    assert_eq!(store.sweep(then + jiff::SignedDuration::from_secs(1)).await.unwrap(), 1);
    assert!(!leftover.exists());
    assert!(store.exists(&key).await.unwrap());
}

#[tokio::test]
async fn a_stored_file_is_judged_without_reading_it_whole() {
    let (_folder, store) = store();
    let judge = async |name: &str, bytes: Vec<u8>| {
        let key = key();
        store.put(&key, bytes.into()).await.unwrap();
        inspect(&store, &key, name, "", &Limits::default()).await.unwrap()
    };
    let mut text = b"a,b\n".repeat(40_000);
    assert_eq!(judge("t.csv", text.clone()).await.unwrap().kind.mime, "text/csv");
    text.clear();
    assert_eq!(judge("t.csv", text).await, Err(Refused::Empty));
    let html = b"<html><body>".to_vec();
    assert_eq!(judge("t.png", html).await.unwrap_err().code(), "files.type_mismatch");
    assert_eq!(judge("t.zip", b"PK\x03\x04 no more".to_vec()).await, Err(Refused::Damaged));
    let mut empty_zip = b"PK\x05\x06".to_vec();
    empty_zip.resize(22, 0);
    assert_eq!(judge("t.zip", empty_zip).await.unwrap().kind.mime, "application/zip");
}

#[tokio::test]
async fn a_photograph_whose_size_stands_far_inside_is_still_read() {
    let (_folder, store) = store();
    let mut plain = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(5, 7).write_to(&mut plain, image::ImageFormat::Jpeg).unwrap();
    let plain = plain.into_inner();
    let mut photo = plain[..2].to_vec();
    for _ in 0..3 {
        photo.extend([0xff, 0xed, 0xea, 0x62]);
        photo.extend(vec![0u8; 60_000]);
    }
    photo.extend(&plain[2..]);
    let key = key();
    store.put(&key, photo.into()).await.unwrap();
    let verdict = inspect(&store, &key, "p.jpg", "image/jpeg", &Limits::default()).await.unwrap();
    assert_eq!(verdict.unwrap().pixels, Some((5, 7)));
}
