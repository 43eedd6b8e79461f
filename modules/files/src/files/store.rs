//! The files' SQL.

use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::{Params, SystemTx, TenantTx};
use uuid::Uuid;

use super::{DownloadRow, File, FileId, NewFile, Owner, Version};

const FIND: &str = "select f.id, f.name, f.folder, f.purpose, f.visibility, f.client_id, f.project_id, f.portal_id,
    f.current_version, v.content_type, v.byte_size, f.created_by_kind, f.created_by_id, f.created_by_name,
    f.created_at, f.updated_at
  from files.files f
  join files.file_versions v on v.workspace_id = f.workspace_id and v.file_id = f.id and v.number = f.current_version
  where f.workspace_id = $1 and f.id = $2 and f.deleted_at is null";

const LIST_CLIENT: &str = "select f.id, f.name, f.folder, f.purpose, f.visibility, f.client_id, f.project_id, f.portal_id,
    f.current_version, v.content_type, v.byte_size, f.created_by_kind, f.created_by_id, f.created_by_name,
    f.created_at, f.updated_at
  from files.files f
  join files.file_versions v on v.workspace_id = f.workspace_id and v.file_id = f.id and v.number = f.current_version
  where f.workspace_id = $1 and f.client_id = $2 and f.purpose = 'file' and f.deleted_at is null
  order by f.created_at desc, f.id desc limit 500";

const LIST_PROJECT: &str = "select f.id, f.name, f.folder, f.purpose, f.visibility, f.client_id, f.project_id, f.portal_id,
    f.current_version, v.content_type, v.byte_size, f.created_by_kind, f.created_by_id, f.created_by_name,
    f.created_at, f.updated_at
  from files.files f
  join files.file_versions v on v.workspace_id = f.workspace_id and v.file_id = f.id and v.number = f.current_version
  where f.workspace_id = $1 and f.project_id = $2 and f.purpose = 'file' and f.deleted_at is null
  order by f.created_at desc, f.id desc limit 500";

const LIST_PORTAL: &str = "select f.id, f.name, f.folder, f.purpose, f.visibility, f.client_id, f.project_id, f.portal_id,
    f.current_version, v.content_type, v.byte_size, f.created_by_kind, f.created_by_id, f.created_by_name,
    f.created_at, f.updated_at
  from files.files f
  join files.file_versions v on v.workspace_id = f.workspace_id and v.file_id = f.id and v.number = f.current_version
  where f.workspace_id = $1 and f.portal_id = $2 and f.purpose = 'file' and f.deleted_at is null
  order by f.folder, f.id limit 1000";

const CREATE: &str =
    "insert into files.files (workspace_id, id, name, folder, purpose, visibility, client_id, project_id,
    portal_id, current_version, created_by_kind, created_by_id, created_by_name, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, $13, $13)";

const PUT: &str = "insert into files.files as f (workspace_id, id, name, folder, purpose, visibility, client_id, project_id,
    portal_id, current_version, created_by_kind, created_by_id, created_by_name, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, $13, $13)
  on conflict (workspace_id, portal_id, visibility, folder, name)
    where purpose = 'file' and portal_id is not null and deleted_at is null
  do update set current_version = f.current_version + 1, version = f.version + 1, updated_at = excluded.updated_at
  returning f.id, f.current_version";

const NEXT: &str =
    "update files.files set current_version = current_version + 1, version = version + 1, updated_at = $3
  where workspace_id = $1 and id = $2 and deleted_at is null returning current_version";

const ADD_VERSION: &str = "with replaced as (
    update files.file_versions set replaced_at = $15
    where workspace_id = $1 and file_id = $2 and number < $3 and replaced_at is null)
  insert into files.file_versions (workspace_id, file_id, number, storage_key, original_name, byte_size, content_type,
    sha256, width, height, status, checked_at, uploaded_by_kind, uploaded_by_id, uploaded_by_name, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $15, $12, $13, $14, $15)";

const USE_ROOM: &str = "insert into files.usage as u (workspace_id, stored_bytes, file_count, updated_at)
  values ($1, $2, 1, $3)
  on conflict (workspace_id) do update
    set stored_bytes = u.stored_bytes + excluded.stored_bytes, file_count = u.file_count + 1, updated_at = excluded.updated_at
    where u.quota_bytes is null or u.stored_bytes + excluded.stored_bytes <= u.quota_bytes";

const VERSIONS: &str = "select file_id, number, original_name, content_type, byte_size, status, uploaded_by_name, created_at, purged_at
  from files.file_versions where workspace_id = $1 and file_id = $2 order by number desc limit 200";

const VERSIONS_OF: &str = "select file_id, number, original_name, content_type, byte_size, status, uploaded_by_name, created_at, purged_at
  from files.file_versions where workspace_id = $1 and file_id = any($2) order by file_id, number desc";

const STORED: &str = "select f.name, f.client_id, f.project_id, f.portal_id, v.number, v.storage_key, v.content_type, v.byte_size
  from files.files f
  join files.file_versions v on v.workspace_id = f.workspace_id and v.file_id = f.id
    and v.number = coalesce($3::int4, f.current_version)
  where f.workspace_id = $1 and f.id = $2 and f.deleted_at is null and v.status = 'ready' and v.purged_at is null";

const LOG: &str =
    "insert into files.downloads (workspace_id, id, file_id, version_number, by_kind, by_id, by_name, ip, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const DOWNLOADS: &str = "select id, version_number, by_kind, by_name, ip, at from files.downloads
  where workspace_id = $1 and file_id = $2 order by at desc, id desc limit 100";

const DELETE: &str = "update files.files set deleted_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is null";

const KNOWN_KEYS: &str = "select storage_key from files.file_versions where storage_key = any($1)
  union all select storage_key from files.uploads where storage_key = any($1)";

const TO_PURGE: &str = "select v.workspace_id, v.file_id, v.number, v.storage_key, v.byte_size
  from files.file_versions v
  join files.files f on f.workspace_id = v.workspace_id and f.id = v.file_id
  where v.purged_at is null and (v.replaced_at < $1 or f.deleted_at < $2)
  order by v.created_at limit 500";

const PURGED: &str = "with gone as (
    update files.file_versions set purged_at = $4
    where workspace_id = $1 and file_id = $2 and number = $3 and purged_at is null returning byte_size)
  update files.usage set stored_bytes = greatest(0, stored_bytes - (select coalesce(sum(byte_size), 0)::bigint from gone)),
    file_count = greatest(0, file_count - (select count(*) from gone)), updated_at = $4
  where workspace_id = $1";

rapport_db::row! {
    /// A version's bytes on their way out.
    pub(crate) struct StoredVersion {
        pub name: String,
        pub client_id: Option<Uuid>,
        pub project_id: Option<Uuid>,
        pub portal_id: Option<Uuid>,
        pub number: i32,
        pub storage_key: String,
        pub content_type: String,
        pub byte_size: i64,
    }
}

rapport_db::row! {
    /// A version whose bytes may go.
    pub(crate) struct Expired {
        pub workspace_id: rapport_base::WorkspaceId,
        pub file_id: FileId,
        pub number: i32,
        pub storage_key: String,
    }
}

/// Who acts, as the tables hold it.
pub(crate) struct By {
    pub kind: &'static str,
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub ip: Option<String>,
}

impl By {
    pub(crate) fn of(tx: &TenantTx) -> Self {
        let origin = tx.origin();
        let kind = match origin.kind {
            rapport_db::ActorKind::Member => "member",
            rapport_db::ActorKind::Guest => "guest",
            rapport_db::ActorKind::System | rapport_db::ActorKind::Provider => "system",
        };
        Self { kind, id: origin.id, name: origin.name.clone(), ip: origin.ip.clone() }
    }
}

/// A file, if it is there.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, file: FileId) -> Result<Option<File>> {
    tx.find(FIND, &[&tx.workspace(), &file]).await
}

/// A file.
///
/// # Errors
/// Not found.
pub async fn get(tx: &TenantTx, file: FileId) -> Result<File> {
    tx.get(FIND, &[&tx.workspace(), &file]).await
}

/// The files of a client, project or portal (attachments, receipts and the like are not among them).
///
/// # Errors
/// A bug when the database refuses.
pub async fn list_for(tx: &TenantTx, owner: Owner) -> Result<Vec<File>> {
    let (sql, id) = match owner {
        Owner::Client(id) => (LIST_CLIENT, id),
        Owner::Project(id) => (LIST_PROJECT, id),
        Owner::Portal(id) => (LIST_PORTAL, id),
    };
    tx.query(sql, &[&tx.workspace(), &id]).await
}

/// A file's versions, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn versions(tx: &TenantTx, file: FileId) -> Result<Vec<Version>> {
    tx.query(VERSIONS, &[&tx.workspace(), &file]).await
}

/// The versions of several files.
///
/// # Errors
/// A bug when the database refuses.
pub async fn versions_of(tx: &TenantTx, files: &[FileId]) -> Result<Vec<Version>> {
    let files: Vec<Uuid> = files.iter().map(|id| id.uuid()).collect();
    tx.query(VERSIONS_OF, &[&tx.workspace(), &files]).await
}

/// The newest downloads of a file.
///
/// # Errors
/// A bug when the database refuses.
pub async fn downloads(tx: &TenantTx, file: FileId) -> Result<Vec<DownloadRow>> {
    tx.query(DOWNLOADS, &[&tx.workspace(), &file]).await
}

/// Records a file; with `put`, the same name in a portal's folder gets a new version instead.
/// Returns the file's id and the version to be added.
pub(crate) async fn create(tx: &TenantTx, file: &NewFile, put: bool) -> Result<(FileId, i32)> {
    let (id, now, by, workspace) = (FileId::new(), tx.now(), By::of(tx), tx.workspace());
    let (purpose, visibility) = (file.purpose.as_str(), file.visibility.as_str());
    let params: Params = &[
        &workspace,
        &id,
        &file.received.name,
        &file.folder,
        &purpose,
        &visibility,
        &file.client_id,
        &file.project_id,
        &file.portal_id,
        &by.kind,
        &by.id,
        &by.name,
        &now,
    ];
    if put {
        tx.get(PUT, params).await
    } else {
        tx.execute(CREATE, params).await?;
        Ok((id, 1))
    }
}

/// Takes the number of a file's next version.
pub(crate) async fn next_version(tx: &TenantTx, file: FileId) -> Result<i32> {
    let (number,): (i32,) = tx.get(NEXT, &[&tx.workspace(), &file, &tx.now()]).await?;
    Ok(number)
}

/// Adds a version's bytes.
pub(crate) async fn add_version(
    tx: &TenantTx,
    file: FileId,
    number: i32,
    received: &super::Received,
) -> Result<()> {
    let (now, by) = (tx.now(), By::of(tx));
    let (width, height) = received.pixels.unzip();
    let status = "ready";
    tx.execute(
        ADD_VERSION,
        &[
            &tx.workspace(),
            &file,
            &number,
            &received.storage_key,
            &received.name,
            &received.byte_size,
            &received.content_type,
            &received.sha256,
            &width,
            &height,
            &status,
            &by.kind,
            &by.id,
            &by.name,
            &now,
        ],
    )
    .await
    .map(drop)
}

/// Counts bytes against the workspace's quota; false when they do not fit.
pub(crate) async fn use_room(tx: &TenantTx, bytes: i64) -> Result<bool> {
    Ok(tx.execute(USE_ROOM, &[&tx.workspace(), &bytes, &tx.now()]).await? == 1)
}

pub(crate) async fn stored(tx: &TenantTx, file: FileId, number: Option<i32>) -> Result<StoredVersion> {
    tx.get(STORED, &[&tx.workspace(), &file, &number]).await
}

pub(crate) async fn log_download(tx: &TenantTx, file: FileId, number: i32) -> Result<()> {
    let by = By::of(tx);
    tx.execute(
        LOG,
        &[&tx.workspace(), &Uuid::now_v7(), &file, &number, &by.kind, &by.id, &by.name, &by.ip, &tx.now()],
    )
    .await
    .map(drop)
}

pub(crate) async fn delete(tx: &TenantTx, file: FileId) -> Result<bool> {
    Ok(tx.execute(DELETE, &[&tx.workspace(), &file, &tx.now()]).await? == 1)
}

/// Of some storage keys, those that something points at.
pub(crate) async fn known_keys(tx: &SystemTx, keys: &[String]) -> Result<Vec<String>> {
    Ok(tx.query::<(String,)>(KNOWN_KEYS, &[&keys.to_vec()]).await?.into_iter().map(|(key,)| key).collect())
}

pub(crate) async fn to_purge(
    tx: &SystemTx,
    replaced_before: Timestamp,
    deleted_before: Timestamp,
) -> Result<Vec<Expired>> {
    tx.query(TO_PURGE, &[&replaced_before, &deleted_before]).await
}

pub(crate) async fn purged(tx: &SystemTx, version: &Expired) -> Result<()> {
    tx.execute(PURGED, &[&version.workspace_id, &version.file_id, &version.number, &tx.now()]).await.map(drop)
}
