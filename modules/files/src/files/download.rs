//! Handing bytes out: always from behind an access check, always logged, never run by a browser.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use rapport_base::{Error, Refusal, Result};
use rapport_db::{ActorKind, App, TenantTx};
use rapport_storage::{Key, Store, names};

use super::{FileId, receive, store};
use crate::FileDownloaded;

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// The file.
    pub file: FileId,
    /// Which version; the newest when `None`.
    pub number: Option<i32>,
    /// Shown in the browser where that is safe (pictures, PDF) instead of saved.
    pub inline: bool,
}

impl Want {
    /// The newest version, to be saved.
    #[must_use]
    pub fn newest(file: FileId) -> Self {
        Self { file, number: None, inline: false }
    }
}

/// Streams a version to the one whose transaction it is, and logs that. The caller has
/// checked that they may see it; the transaction is committed here.
///
/// # Errors
/// Not found, also while a version is held back; busy when the store does not answer.
pub async fn download(app: &App, tx: TenantTx, want: Want) -> Result<Response> {
    let version = store::stored(&tx, want.file, want.number).await?;
    store::log_download(&tx, want.file, version.number).await?;
    if tx.origin().kind == ActorKind::Guest {
        tx.publish(&FileDownloaded {
            file_id: want.file.uuid(),
            name: version.name.clone(),
            number: version.number,
            client_id: version.client_id,
            project_id: version.project_id,
            portal_id: version.portal_id,
        });
    }
    tx.commit().await?;
    serve(app, &version.storage_key, &version.name, &version.content_type, want.inline).await
}

/// Streams a picture that everyone who knows its address may see (a logo); not logged.
///
/// # Errors
/// Not found, also when it is no picture.
pub async fn picture(app: &App, tx: &TenantTx, file: FileId) -> Result<Response> {
    let version = store::stored(tx, file, None).await?;
    serve_picture(app, &version.storage_key, &version.content_type).await
}

/// As [`picture`], by where it lies in the store.
///
/// # Errors
/// Not found, also when it is no picture.
pub async fn serve_picture(app: &App, storage_key: &str, content_type: &str) -> Result<Response> {
    if !receive::IMAGES.contains(&content_type) {
        return Err(Refusal::not_found().into());
    }
    let mut response = serve(app, storage_key, "picture", content_type, true).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    Ok(response)
}

async fn serve(
    app: &App,
    storage_key: &str,
    name: &str,
    content_type: &str,
    inline: bool,
) -> Result<Response> {
    let key: Key = storage_key.parse().map_err(Error::bug)?;
    let bytes = app.parts.get::<Store>().get_stream(&key).await.map_err(receive::storage_error)?;
    let inline = inline && receive::shows_inline(content_type);
    let mut response = Response::new(Body::from_stream(bytes.stream));
    let headers = response.headers_mut();
    let disposition = names::content_disposition(name, inline);
    headers.insert(header::CONTENT_TYPE, value(content_type));
    headers.insert(header::CONTENT_LENGTH, bytes.size.into());
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    Ok(response)
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
