//! Judging a file that is already in the store, reading no more of it than is needed.

use crate::sniff::{self, Evidence, Limits, Refused, Verdict, zip};
use crate::{Key, StorageError, Store};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use std::ops::Range;

/// A picture's size is looked for in at most this many bytes: cameras put previews before it.
const DEEP_HEAD: u64 = 4 * 1024 * 1024;

/// Say whether the file may stay. The outer error is the store's, the inner one the file's.
pub async fn inspect(
    store: &Store,
    key: &Key,
    name: &str,
    declared: &str,
    limits: &Limits,
) -> Result<Result<Verdict, Refused>, StorageError> {
    let size = store.size(key).await?;
    if size == 0 {
        return Ok(Err(Refused::Empty));
    }
    let head = read(store, key, 0..sniff::HEAD).await?;
    let directory = match sniff::is_zip(&head) {
        true => directory(store, key, size).await?,
        false => None,
    };
    let judge = |head: &[u8]| {
        let evidence = Evidence { name, declared, size, head, directory: directory.as_ref() };
        sniff::judge(evidence, limits)
    };
    let verdict = judge(&head);
    if verdict == Err(Refused::Damaged) && directory.is_none() && size > sniff::HEAD {
        return Ok(judge(&read(store, key, 0..DEEP_HEAD).await?));
    }
    Ok(verdict)
}

async fn directory(store: &Store, key: &Key, size: u64) -> Result<Option<zip::Directory>, StorageError> {
    let tail = read(store, key, size.saturating_sub(zip::TAIL)..size).await?;
    let Some(end) = zip::end(&tail, size).filter(|end| end.len <= zip::LONGEST_DIRECTORY) else {
        return Ok(None);
    };
    if end.len == 0 {
        return Ok(zip::directory(&[], end));
    }
    let table = read(store, key, end.offset..end.offset + end.len).await?;
    Ok(zip::directory(&table, end))
}

async fn read(store: &Store, key: &Key, range: Range<u64>) -> Result<Bytes, StorageError> {
    let mut stream = store.get_range(key, range).await?.stream;
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
