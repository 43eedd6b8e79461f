//! Taking bytes in: a stream with a running limit, judged by content before anything is recorded.

use std::fmt;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use rapport_base::{Error, FieldError, Kind, Refusal, Result, WorkspaceId};
use rapport_db::App;
use rapport_storage::{Area, Key, StorageError, Store, inspect::inspect, sniff};
use rapport_web::{FileField, cut_off};
use uuid::Uuid;

/// The room of the store that this module keeps its bytes in.
pub(crate) const AREA: Area = Area::new("files");

/// Pictures that browsers show.
pub const IMAGES: &[&str] = &["image/png", "image/jpeg", "image/webp", "image/gif"];
/// What proves an expense: a photograph or a PDF.
pub const STATEMENTS: &[&str] = &["image/png", "image/jpeg", "application/pdf"];

/// What may come in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest size in bytes.
    pub bytes: u64,
    /// The media types taken; all of the allow-list when `None`.
    pub only: Option<&'static [&'static str]>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 50 * 1024 * 1024, only: None }
    }
}

impl Limits {
    /// Only these types, up to a size.
    #[must_use]
    pub const fn only(types: &'static [&'static str], bytes: u64) -> Self {
        Self { bytes, only: Some(types) }
    }
}

/// Bytes that are stored and were judged, but belong to no file yet. When that never
/// happens, a sweep removes them.
#[derive(Clone)]
pub struct Received {
    /// Where they lie.
    pub storage_key: String,
    /// Name to show, made safe.
    pub name: String,
    /// Media type by their content.
    pub content_type: String,
    /// How many.
    pub byte_size: i64,
    /// SHA-256.
    pub sha256: Vec<u8>,
    /// Width and height of a picture.
    pub pixels: Option<(i32, i32)>,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({}, {} bytes, {})", self.name, self.byte_size, self.content_type)
    }
}

/// Streams an uploaded field into the store and judges it. Do this before the transaction.
///
/// # Errors
/// Too large, a type that is not taken, a damaged file: beside the field. The disk is full.
pub async fn receive(
    app: &App,
    workspace: WorkspaceId,
    field: FileField,
    limits: Limits,
) -> Result<Received> {
    let at = field.name().unwrap_or("file").to_owned();
    let name = field.file_name().unwrap_or_default().to_owned();
    let declared = field.content_type().map(ToString::to_string).unwrap_or_default();
    let mut too_large = false;
    let stream =
        field.inspect(|chunk| too_large |= chunk.as_ref().is_err_and(|e| cut_off(e).is("too_large")));
    let received = take(app, workspace, &name, &declared, stream, limits).await;
    match received {
        Err(Problem::Store(StorageError::Interrupted(_))) if too_large => Err(larger(&at, limits.bytes)),
        other => other.map_err(|problem| problem.refuse(&at, limits)),
    }
}

/// As [`receive`], for bytes that are in memory.
///
/// # Errors
/// As [`receive`].
pub async fn receive_bytes(
    app: &App,
    workspace: WorkspaceId,
    name: &str,
    declared: &str,
    bytes: Bytes,
    limits: Limits,
) -> Result<Received> {
    let stream = futures::stream::iter([Ok::<_, StorageError>(bytes)]);
    take(app, workspace, name, declared, stream, limits)
        .await
        .map_err(|problem| problem.refuse("file", limits))
}

/// Whether a browser may show it in place: pictures without scripts, and PDF.
pub(crate) fn shows_inline(content_type: &str) -> bool {
    IMAGES.contains(&content_type) || content_type == "application/pdf"
}

enum Problem {
    Store(StorageError),
    Judged(sniff::Refused),
    NotThisType(&'static str),
}

async fn take<S, E>(
    app: &App,
    workspace: WorkspaceId,
    name: &str,
    declared: &str,
    stream: S,
    limits: Limits,
) -> Result<Received, Problem>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let store: Store = app.parts.get();
    let key = Key::new(workspace.uuid(), AREA, Uuid::now_v7(), 1);
    let stored = store.put_stream(&key, stream, limits.bytes).await.map_err(Problem::Store)?;
    let judged =
        inspect(&store, &key, name, declared, &sniff::Limits::default()).await.map_err(Problem::Store)?;
    let problem = match judged {
        Ok(verdict) if limits.only.is_none_or(|types| types.contains(&verdict.kind.mime)) => {
            return Ok(Received {
                storage_key: key.to_string(),
                name: verdict.name,
                content_type: verdict.kind.mime.into(),
                byte_size: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
                sha256: stored.sha256.to_vec(),
                pixels: verdict
                    .pixels
                    .and_then(|(w, h)| Some((i32::try_from(w).ok()?, i32::try_from(h).ok()?))),
            });
        }
        Ok(verdict) => Problem::NotThisType(verdict.kind.mime),
        Err(refused) => Problem::Judged(refused),
    };
    store.delete(&key).await.map_err(Problem::Store)?;
    Err(problem)
}

impl Problem {
    fn refuse(self, at: &str, limits: Limits) -> Error {
        match self {
            Problem::Judged(refused) => Refusal::field(at, refused.code(), refused.to_string()).into(),
            Problem::NotThisType(found) => {
                let wanted: Vec<&str> = limits
                    .only
                    .unwrap_or_default()
                    .iter()
                    .map(|t| t.rsplit('/').next().unwrap_or(t))
                    .collect();
                let message = format!("Send one of: {}. This file is {found}.", wanted.join(", "));
                Refusal::field(at, "files.type_not_allowed", message).into()
            }
            Problem::Store(StorageError::TooLarge { limit }) => larger(at, limit),
            Problem::Store(error) => storage_error(error),
        }
    }
}

fn larger(at: &str, limit: u64) -> Error {
    let message = format!("This file is larger than {}.", format_args!("{} MB", limit / (1024 * 1024)));
    Refusal::new(Kind::TooLarge, "files.too_large", message.clone())
        .with_fields(vec![FieldError::new(at, "files.too_large", message)])
        .into()
}

/// What a failure of the store means to the one who asked.
pub(crate) fn storage_error(error: StorageError) -> Error {
    match error {
        StorageError::NotFound => Refusal::not_found().into(),
        StorageError::StorageFull => Refusal::new(
            Kind::StorageFull,
            "files.storage_full",
            "There is no room for more files. Tell whoever runs this system.",
        )
        .into(),
        StorageError::Interrupted(_) => {
            Refusal::unprocessable("upload_cut_off", "The upload was cut off. Send it again.").into()
        }
        StorageError::Unavailable { retry_after } => Refusal::new(
            Kind::Busy,
            "files.store_unavailable",
            "The file store does not answer. Try again shortly.",
        )
        .retry_after(retry_after)
        .into(),
        other => Error::bug(other),
    }
}
