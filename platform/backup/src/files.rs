//! Files of the store: into a place, out of it again, and held against it.

use std::collections::HashMap;

use age::x25519;
use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use rapport_storage::{Key, Object, StorageError, Store};
use serde::{Deserialize, Serialize};

use crate::{
    lock::Closing,
    manifest::{Envelope, FileEntry, FilesPart, Part},
    part,
    place::Place,
    progress::Progress,
    rules::{self, sha256, size},
};

const AT_ONCE: usize = 4;

/// What the next backup may know of a file without any key.
#[derive(Serialize, Deserialize)]
struct Indexed {
    path: String,
    bytes: u64,
    stored_bytes: u64,
    sha256: String,
}

/// What became of the files of a new backup.
pub(crate) struct Copied {
    pub list: FilesPart,
    pub index_sha256: String,
    pub stored_bytes: u64,
    pub reused: u64,
}

/// Where a backup keeps its index.
pub(crate) fn index_path(id: &str) -> String {
    format!("backups/{id}/files.index")
}

/// Copies every file that no earlier backup of this key has.
pub(crate) async fn copy(
    store: &Store,
    place: &Place,
    closing: &Closing,
    id: &str,
    progress: &Progress,
) -> Result<Copied> {
    let known = known(place, closing).await?;
    let mut objects: Vec<Object> = store.list_all().try_collect().await.context("cannot list the files")?;
    objects.sort_by(|a, b| a.key.as_str().cmp(b.key.as_str()));
    let (all, total) = (objects.len(), objects.iter().map(|object| object.bytes).sum::<u64>());
    let mut entries = Vec::with_capacity(all);
    let (mut reused, mut gone, mut bytes) = (0, 0, 0);
    let mut copies =
        stream::iter(objects).map(|object| one(store, place, closing, &known, object)).buffered(AT_ONCE);
    while let Some(entry) = copies.try_next().await? {
        match entry {
            Some((entry, again)) => {
                reused += u64::from(again);
                bytes += entry.part.bytes;
                entries.push(entry);
            }
            None => gone += 1,
        }
        progress.far(|| format!("files: {} of {all}, {} of {}", entries.len(), size(bytes), size(total)));
    }
    let mut list = String::new();
    let mut index = String::new();
    for entry in &entries {
        list += &serde_json::to_string(entry)?;
        list.push('\n');
        let Part { path, bytes, stored_bytes, sha256 } = entry.part.clone();
        index += &serde_json::to_string(&Indexed { path, bytes, stored_bytes, sha256 })?;
        index.push('\n');
    }
    let part = match entries.is_empty() {
        true => None,
        false => {
            Some(part::pack_text(place, &format!("backups/{id}/files"), &closing.recipient, list).await?)
        }
    };
    let index_sha256 = sha256(index.as_bytes());
    place.put(&index_path(id), index).await?;
    Ok(Copied {
        list: FilesPart { count: entries.len() as u64, bytes, gone, part },
        index_sha256,
        stored_bytes: entries.iter().map(|entry| entry.part.stored_bytes).sum(),
        reused,
    })
}

/// Files that whole backups of the same key have, and that are still there at their size.
async fn known(place: &Place, closing: &Closing) -> Result<HashMap<String, Part>> {
    let folder = format!("files/{}", closing.print);
    let there: HashMap<String, u64> =
        place.list(&folder).await?.into_iter().map(|thing| (thing.path, thing.bytes)).collect();
    let mut known = HashMap::new();
    let (backups, _) = place.backups().await?;
    if let Some(newest) = backups.iter().rfind(|envelope| envelope.key == closing.print) {
        for part in index(place, newest).await? {
            if there.get(&part.path) == Some(&part.stored_bytes) {
                known.insert(part.path.clone(), part);
            }
        }
    }
    Ok(known)
}

/// The index of a backup.
pub(crate) async fn index(place: &Place, envelope: &Envelope) -> Result<Vec<Part>> {
    let path = index_path(&envelope.id);
    let bytes = place.find(&path).await?.with_context(|| format!("{path} is missing"))?;
    if sha256(&bytes) != envelope.index_sha256 {
        bail!("{path} is damaged");
    }
    String::from_utf8_lossy(&bytes)
        .lines()
        .map(|line| {
            let Indexed { path, bytes, stored_bytes, sha256 } = serde_json::from_str(line)?;
            Ok(Part { path, bytes, stored_bytes, sha256 })
        })
        .collect()
}

/// One file; none when it went in the meantime. Says whether an earlier copy serves.
async fn one(
    store: &Store,
    place: &Place,
    closing: &Closing,
    known: &HashMap<String, Part>,
    object: Object,
) -> Result<Option<(FileEntry, bool)>> {
    // A key is written once, so that what lies under it never changes.
    let name = sha256(object.key.as_str().as_bytes());
    let path = format!("files/{}/{}/{name}", closing.print, &name[..2]);
    let key = object.key.to_string();
    if let Some(part) = known.get(&path).filter(|part| part.bytes == object.bytes) {
        return Ok(Some((FileEntry { key, part: part.clone() }, true)));
    }
    let download = match store.get_stream(&object.key).await {
        Ok(download) => download,
        Err(StorageError::NotFound) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read the file {key}")),
    };
    let stream = download.stream.map_err(anyhow::Error::from);
    let (part, _) = part::pack(place, &path, &closing.recipient, stream).await?;
    if part.bytes != object.bytes {
        bail!("the file {key} was read with {} bytes instead of {}", part.bytes, object.bytes);
    }
    Ok(Some((FileEntry { key, part }, false)))
}

/// The files of a backup.
pub(crate) async fn entries(
    place: &Place,
    list: &FilesPart,
    identity: &x25519::Identity,
) -> Result<Vec<FileEntry>> {
    let Some(part) = &list.part else { return Ok(Vec::new()) };
    let text = part::unpack_text(place, part, identity).await?;
    let entries: Vec<FileEntry> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if entries.len() as u64 != list.count {
        bail!("the list of files has {} of {} lines", entries.len(), list.count);
    }
    Ok(entries)
}

/// Puts every file back that the store lacks and whose key is wanted; says how many.
pub(crate) async fn put_back(
    place: &Place,
    list: &FilesPart,
    identity: &x25519::Identity,
    store: &Store,
    of: impl Fn(&str) -> bool,
    progress: &Progress,
) -> Result<u64> {
    let mut entries = entries(place, list, identity).await?;
    entries.retain(|entry| of(&entry.key));
    let mut missing = 0;
    let mut puts = stream::iter(&entries).map(|entry| put(place, entry, identity, store)).buffered(AT_ONCE);
    let mut done = 0;
    while let Some(was_missing) = puts.try_next().await? {
        done += 1;
        missing += u64::from(was_missing);
        progress.far(|| format!("files: {done} of {}", entries.len()));
    }
    Ok(missing)
}

async fn put(place: &Place, entry: &FileEntry, identity: &x25519::Identity, store: &Store) -> Result<bool> {
    let key: Key = entry.key.parse()?;
    match store.size(&key).await {
        Ok(bytes) if bytes == entry.part.bytes => return Ok(false),
        Ok(_) | Err(StorageError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let stream = part::unpack(place, &entry.part, identity).await?;
    let stored = store
        .put_stream(&key, stream, entry.part.bytes)
        .await
        .with_context(|| format!("cannot put back the file {}", entry.key))?;
    if stored.bytes != entry.part.bytes {
        bail!("the file {} came back with {} bytes instead of {}", entry.key, stored.bytes, entry.part.bytes);
    }
    Ok(true)
}

/// Reads every file of a backup; gives how many were whole, and what is wrong with the others.
pub(crate) async fn read_all(
    place: &Place,
    list: &FilesPart,
    identity: &x25519::Identity,
    progress: &Progress,
) -> Result<(u64, u64, Vec<String>)> {
    let entries = entries(place, list, identity).await?;
    let (mut whole, mut bytes, mut wrong) = (0, 0, Vec::new());
    let mut reads = stream::iter(&entries).map(|entry| read(place, entry, identity)).buffered(AT_ONCE);
    while let Some(outcome) = reads.next().await {
        match outcome {
            Ok(read) => {
                whole += 1;
                bytes += read;
            }
            Err(error) => wrong.push(format!("{error:#}")),
        }
        progress.far(|| format!("files read: {} of {}, {}", whole, list.count, rules::size(bytes)));
    }
    Ok((whole, bytes, wrong))
}

async fn read(place: &Place, entry: &FileEntry, identity: &x25519::Identity) -> Result<u64> {
    part::unpack(place, &entry.part, identity)
        .await?
        .try_fold(0, async |sum, chunk| Ok(sum + chunk.len() as u64))
        .await
}
