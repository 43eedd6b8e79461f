//! Asking for an export, taking it back, downloading it.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use rapport_base::{Error, Kind, Refusal, Result};
use rapport_queue::Enqueue;
use rapport_storage::{Key, Store, names};
use rapport_web::Cx;
use uuid::Uuid;

use super::{Export, ExportId, store};
use crate::{
    events::{ExportCancelled, ExportDownloaded, ExportRequested},
    jobs::Make,
};

/// Asks for one; the work begins in the background.
pub(crate) async fn request(cx: &Cx) -> Result<Export> {
    let id = ExportId::from(Uuid::now_v7());
    let tx = cx.begin().await?;
    if !store::insert(&tx, id, cx.member.id, &cx.user().name).await? {
        return Err(Refusal::conflict(
            "exports.under_way",
            "An export is being made. Wait until it is ready, or take it back first.",
        )
        .into());
    }
    rapport_queue::enqueue(&tx, &Make { export_id: id }, Enqueue::key(id.to_string())).await?;
    tx.publish(&ExportRequested { export_id: id.uuid() });
    let export = store::get(&tx, id).await?;
    tx.commit().await?;
    Ok(export)
}

/// Stops one that is being made, or removes the file of one that is ready.
pub(crate) async fn cancel(cx: &Cx, id: ExportId) -> Result<Export> {
    let tx = cx.begin().await?;
    let export = store::lock(&tx, id).await?;
    if !export.is_open() && !export.is_ready() {
        return Err(Refusal::conflict("exports.over", "This export is over already.").into());
    }
    // Whoever makes it notices, and the sweep takes away what lies in the store.
    store::cancel(&tx, id).await?;
    tx.publish(&ExportCancelled { export_id: id.uuid() });
    tx.commit().await?;
    Ok(export)
}

/// Streams the file to a member, and logs that.
pub(crate) async fn download(cx: &Cx, id: ExportId) -> Result<Response> {
    let tx = cx.begin().await?;
    let export = store::lock(&tx, id).await?;
    let lasts = export.is_ready() && export.expires_at.is_some_and(|until| until > cx.now());
    let Some(key) = store::place(&tx, id).await?.filter(|_| lasts) else {
        return Err(Refusal::conflict(
            "exports.not_ready",
            "This export cannot be downloaded, or not any more. Ask for a new one.",
        )
        .into());
    };
    let key: Key = key.parse().map_err(Error::bug)?;
    let bytes = cx.app.parts.get::<Store>().get_stream(&key).await.map_err(|error| {
        tracing::warn!(%error, export = %id, "an export cannot be fetched from the store");
        Error::from(Refusal::new(
            Kind::Busy,
            "exports.store",
            "The file cannot be fetched right now. Try again shortly.",
        ))
    })?;
    store::log_download(&tx, id, (cx.member.id, &cx.user().name), cx.request.outside_ip().as_deref()).await?;
    tx.publish(&ExportDownloaded { export_id: id.uuid() });
    tx.commit().await?;
    let name = format!("{}-{}.zip", cx.workspace().slug, export.created_at.strftime("%Y-%m-%d"));
    let mut response = Response::new(Body::from_stream(bytes.stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, bytes.size.into());
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&names::content_disposition(&name, false))?,
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
