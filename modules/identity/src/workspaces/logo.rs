//! The logo: taken in, and shown.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use rapport_base::{Kind, Refusal, Result, WorkspaceId};
use rapport_db::App;
use rapport_storage::{
    Area, Key, StorageError, Store,
    sniff::{Limits, judge_bytes},
};
use rapport_ui::Toast;
use rapport_web::{Cx, Upload, cut_off, redirect_with};
use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::events::WorkspaceUpdated;

const AREA: Area = Area::new("brand");
const LARGEST: usize = 2 * 1024 * 1024;

/// POST `/app/{slug}/settings/brand/logo`.
pub(crate) async fn upload(cx: Cx, mut upload: Upload) -> Result<Response> {
    let to = cx.path("settings/brand");
    let Some((name, declared, bytes)) = first_file(&mut upload).await? else {
        return Ok(redirect_with(&to, Toast::error("Choose a picture first.")));
    };
    let limits = Limits { pixels: 25_000_000, ..Limits::default() };
    let verdict = judge_bytes(&name, &declared, &bytes, &limits);
    let picture = verdict.ok().map(|verdict| verdict.kind.mime);
    let Some(content_type) =
        picture.filter(|mime| matches!(*mime, "image/png" | "image/jpeg" | "image/webp"))
    else {
        return Ok(redirect_with(&to, Toast::error("A logo is a PNG, JPEG or WebP picture.")));
    };
    let files: Store = cx.app.parts.get();
    let key = Key::new(cx.workspace_id().uuid(), AREA, Uuid::now_v7(), 1);
    files.put(&key, bytes).await.map_err(refused)?;
    let old = replace(&cx, Some((key.as_str(), content_type))).await?;
    forget(&files, old).await;
    Ok(redirect_with(&to, Toast::success("Your logo is in place.")))
}

/// POST `/app/{slug}/settings/brand/logo/remove`.
pub(crate) async fn remove(cx: Cx) -> Result<Response> {
    let old = replace(&cx, None).await?;
    forget(&cx.app.parts.get(), old).await;
    Ok(redirect_with(&cx.path("settings/brand"), Toast::success("The logo was removed.")))
}

async fn first_file(upload: &mut Upload) -> Result<Option<(String, String, Bytes)>> {
    let Some(mut field) = upload.next_file().await? else { return Ok(None) };
    let name = field.file_name().unwrap_or_default().to_owned();
    let declared = field.content_type().map(ToString::to_string).unwrap_or_default();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| cut_off(&e))? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Refusal::new(Kind::TooLarge, "too_large", "A logo has at most 2 MB.").into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some((name, declared, bytes.freeze())))
}

/// Puts another logo in place and returns the key of the one before.
async fn replace(cx: &Cx, new: Option<(&str, &str)>) -> Result<Option<String>> {
    let tx = cx.begin().await?;
    let mut settings = store::lock_settings(&tx).await?;
    let old = settings.logo_key.take();
    settings.logo_key = new.map(|(key, _)| key.to_owned());
    settings.logo_content_type = new.map(|(_, content_type)| content_type.to_owned());
    settings.version += 1;
    settings.updated_at = tx.now();
    store::save(&tx, &settings).await?;
    let event = WorkspaceUpdated { workspace_id: settings.id, fields: vec!["logo".into()] };
    tx.publish_change(&event, Some(json!({"logo": old.is_some()})), Some(json!({"logo": new.is_some()})));
    tx.commit().await?;
    Ok(old)
}

async fn forget(files: &Store, old: Option<String>) {
    let Some(Ok(key)) = old.map(|old| old.parse::<Key>()) else { return };
    if let Err(error) = files.delete(&key).await {
        tracing::warn!(%error, "an old logo could not be deleted");
    }
}

fn refused(error: StorageError) -> rapport_base::Error {
    match error {
        StorageError::StorageFull => {
            Refusal::new(Kind::StorageFull, "storage_full", "There is no room for files right now.").into()
        }
        StorageError::Unavailable { retry_after } => {
            Refusal::new(Kind::Busy, "busy", "Files cannot be stored right now. Try again shortly.")
                .retry_after(retry_after)
                .into()
        }
        error => error.into(),
    }
}

/// GET `/app/{slug}/logo`.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    serve(&cx.app, cx.workspace_id(), "private, max-age=300").await
}

/// GET `/brand/{workspace_id}/logo`: for mails, whose readers have no account.
pub(crate) async fn show_public(State(app): State<App>, Path(workspace): Path<String>) -> Result<Response> {
    let id: Uuid = workspace.parse().map_err(|_| Refusal::not_found())?;
    serve(&app, WorkspaceId::from(id), "public, max-age=3600").await
}

async fn serve(app: &App, workspace: WorkspaceId, cache: &'static str) -> Result<Response> {
    let tx = app.db.system().await?;
    let (key, content_type) = store::logo(&tx, workspace).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let files: Store = app.parts.get();
    let key: Key = key.parse()?;
    let bytes = match files.get_bytes(&key, LARGEST as u64).await {
        Err(StorageError::NotFound) => return Err(Refusal::not_found().into()),
        bytes => bytes.map_err(refused)?,
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&content_type)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}
