//! Files over the API.

use axum::response::Response;
use rapport_base::{Page, Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::{Cx, Form, Query, Upload, created, nothing};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    File, FileId, NewFile, Owner, Purpose, Received, Version, Visibility,
    access::{self, Place, may_see},
    actions, download as bytes, receive, store,
};
use crate::{Limits, Want};

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Of a client.
    client_id: Option<Uuid>,
    /// Of a project.
    project_id: Option<Uuid>,
    /// Of a portal.
    portal_id: Option<Uuid>,
}

/// Which version, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DownloadQuery {
    /// Number of the version; the newest when left out.
    version: Option<i32>,
    /// `1`: to be shown in the browser where that is safe.
    inline: Option<u8>,
}

impl DownloadQuery {
    pub(crate) fn want(&self, file: FileId) -> Want {
        Want { file, number: self.version, inline: self.inline == Some(1) }
    }
}

/// An upload.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct UploadBody {
    /// Folder, such as `Brand/Logos`.
    folder: Option<String>,
    /// Who may see it.
    visibility: Option<Visibility>,
    /// Client it hangs on.
    client_id: Option<Uuid>,
    /// Project it hangs on.
    project_id: Option<Uuid>,
    /// Portal it hangs on.
    portal_id: Option<Uuid>,
    /// The file, last.
    #[schema(format = "binary")]
    file: String,
}

/// A new version.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct VersionBody {
    /// The file.
    #[schema(format = "binary")]
    file: String,
}

/// GET /api/files
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<File>>> {
    let owner = match (query.client_id, query.project_id, query.portal_id) {
        (Some(id), None, None) => Owner::Client(id),
        (None, Some(id), None) => Owner::Project(id),
        (None, None, Some(id)) => Owner::Portal(id),
        _ => {
            return Err(Refusal::unprocessable(
                "files.one_owner",
                "Name one of client_id, project_id, portal_id.",
            )
            .into());
        }
    };
    let tx = cx.read().await?;
    let mut seen = Vec::new();
    for file in store::list_for(&tx, owner).await? {
        if may_see(&cx, &tx, &file).await? {
            seen.push(file);
        }
    }
    Ok(axum::Json(Page::whole(seen)))
}

/// GET /api/files/{id}
pub async fn show(cx: Cx) -> Result<axum::Json<File>> {
    let tx = cx.read().await?;
    seen(&cx, &tx, cx.id("id")?).await.map(axum::Json)
}

/// POST /api/files
pub async fn create(cx: Cx, mut upload: Upload) -> Result<Response> {
    let received = receive_first(&cx, &mut upload).await?;
    let file = record(&cx, &upload.form(), received).await?;
    Ok(created(&format!("/api/files/{}", file.id), &file))
}

/// POST /api/files/{id}/versions
pub async fn add_version(cx: Cx, mut upload: Upload) -> Result<Response> {
    let file = version(&cx, &mut upload).await?;
    Ok(created(&format!("/api/files/{}/versions", file.id), &file))
}

/// GET /api/files/{id}/versions
pub async fn versions(cx: Cx) -> Result<axum::Json<Page<Version>>> {
    let tx = cx.read().await?;
    let file = seen(&cx, &tx, cx.id("id")?).await?;
    Ok(axum::Json(Page::whole(store::versions(&tx, file.id).await?)))
}

/// GET /api/files/{id}/download
pub async fn download(cx: Cx, Query(query): Query<DownloadQuery>) -> Result<Response> {
    let tx = cx.begin().await?;
    let file = seen(&cx, &tx, cx.id("id")?).await?;
    bytes::download(&cx.app, tx, query.want(file.id)).await
}

/// DELETE /api/files/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    let file = seen(&cx, &tx, cx.id("id")?).await?;
    actions::delete_in(&tx, &file).await?;
    tx.commit().await?;
    Ok(nothing())
}

/// A file that the member may see.
pub(crate) async fn seen(cx: &Cx, tx: &TenantTx, id: FileId) -> Result<File> {
    let file = store::get(tx, id).await?;
    if may_see(cx, tx, &file).await? { Ok(file) } else { Err(Refusal::not_found().into()) }
}

/// The first file of an upload.
pub(crate) async fn receive_first(cx: &Cx, upload: &mut Upload) -> Result<Received> {
    let Some(field) = upload.next_file().await? else {
        return Err(Refusal::field("file", "required", "Choose a file.").into());
    };
    receive::receive(&cx.app, cx.workspace_id(), field, Limits::default()).await
}

/// Records an uploaded file where its form says.
pub(crate) async fn record(cx: &Cx, form: &Form, received: Received) -> Result<File> {
    let mut reader = form.reader();
    let place = Place {
        client_id: reader.parse("client_id", "This is not the id of a client."),
        project_id: reader.parse("project_id", "This is not the id of a project."),
        portal_id: reader.parse("portal_id", "This is not the id of a portal."),
    };
    let visibility = match form.value("visibility") {
        "client" => Visibility::Client,
        "internal" | "" => Visibility::Internal,
        _ => {
            reader.error("visibility", "unknown", "Choose internal or client.");
            Visibility::Internal
        }
    };
    let folder = reader.text("folder");
    reader.finish()?;
    let tx = cx.begin().await?;
    access::may_put(cx, &tx, place).await?;
    let file = NewFile {
        folder,
        visibility,
        client_id: place.client_id,
        project_id: place.project_id,
        portal_id: place.portal_id,
        ..NewFile::new(received, Purpose::File)
    };
    let put = actions::put_in(&tx, file).await?;
    let file = store::get(&tx, put.file_id).await?;
    tx.commit().await?;
    Ok(file)
}

/// Adds an uploaded version to the file of the path.
pub(crate) async fn version(cx: &Cx, upload: &mut Upload) -> Result<File> {
    let id: FileId = cx.id("id")?;
    let tx = cx.read().await?;
    seen(cx, &tx, id).await?;
    drop(tx);
    let received = receive_first(cx, upload).await?;
    let tx = cx.begin().await?;
    seen(cx, &tx, id).await?;
    actions::add_version_in(&tx, id, &received).await?;
    let file = store::get(&tx, id).await?;
    tx.commit().await?;
    Ok(file)
}
