//! What is done with files.

use rapport_base::{Kind, Refusal, Result};
use rapport_db::TenantTx;

use super::{File, FileId, NewFile, Purpose, Received, VersionId, store};
use crate::{FileDeleted, FileUploaded};

/// Records a file within the caller's transaction, under its own name.
///
/// # Errors
/// The workspace's quota is used up; a folder that is too long.
pub async fn create_in(tx: &TenantTx, file: NewFile) -> Result<FileId> {
    record(tx, file, false).await.map(|version| version.file_id)
}

/// As [`create_in`], but a file of the same name in the same folder of a portal gets a new version.
///
/// # Errors
/// As [`create_in`].
pub async fn put_in(tx: &TenantTx, file: NewFile) -> Result<VersionId> {
    let put = file.portal_id.is_some() && file.purpose == Purpose::File;
    record(tx, file, put).await
}

/// Adds a version to a file within the caller's transaction.
///
/// # Errors
/// Not found; the quota is used up.
pub async fn add_version_in(tx: &TenantTx, file: FileId, received: &Received) -> Result<VersionId> {
    let number = store::next_version(tx, file).await?;
    store_bytes(tx, file, number, received).await?;
    tell(tx, &store::get(tx, file).await?);
    Ok(VersionId { file_id: file, number })
}

/// Puts a file away: nobody finds it any more, and its bytes go after 30 days.
///
/// # Errors
/// Not found.
pub async fn delete_in(tx: &TenantTx, file: &File) -> Result<()> {
    if !store::delete(tx, file.id).await? {
        return Err(Refusal::not_found().into());
    }
    tx.publish(&FileDeleted {
        file_id: file.id.uuid(),
        name: file.name.clone(),
        client_id: file.client_id,
        project_id: file.project_id,
    });
    Ok(())
}

async fn record(tx: &TenantTx, mut file: NewFile, put: bool) -> Result<VersionId> {
    file.folder = folder(&file.folder)?;
    let (id, number) = store::create(tx, &file, put).await?;
    store_bytes(tx, id, number, &file.received).await?;
    if file.purpose == Purpose::File {
        tx.publish(&FileUploaded {
            file_id: id.uuid(),
            name: file.received.name,
            number,
            visibility: file.visibility.as_str().into(),
            client_id: file.client_id,
            project_id: file.project_id,
            portal_id: file.portal_id,
        });
    }
    Ok(VersionId { file_id: id, number })
}

async fn store_bytes(tx: &TenantTx, file: FileId, number: i32, received: &Received) -> Result<()> {
    store::add_version(tx, file, number, received).await?;
    if store::use_room(tx, received.byte_size).await? {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::StorageFull,
        "files.quota",
        "This workspace has used up its room for files. Delete some, or ask for more room.",
    )
    .into())
}

fn tell(tx: &TenantTx, file: &File) {
    if file.purpose == Purpose::File.as_str() {
        tx.publish(&FileUploaded::of(file));
    }
}

/// A folder's path, tidied: no empty pieces, no dots that climb.
fn folder(typed: &str) -> Result<String> {
    let pieces: Vec<String> = typed
        .split(['/', '\\'])
        .filter_map(rapport_base::text::clean_line)
        .filter(|piece| piece != "." && piece != "..")
        .collect();
    let path = pieces.join("/");
    if path.chars().count() > 500 || pieces.len() > 10 {
        return Err(Refusal::field(
            "folder",
            "too_long",
            "Keep a folder's path under 500 characters and ten levels.",
        )
        .into());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn folders_are_tidied_and_never_climb() {
        assert_eq!(folder(" /Brand//../Logos\\ final / ").unwrap(), "Brand/Logos/final");
        assert_eq!(folder("").unwrap(), "");
        assert!(folder(&"a/".repeat(11)).is_err());
    }
}
