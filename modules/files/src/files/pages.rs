//! Files in the browser.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Query, Upload, local_path, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    DownloadRow, File, Version, actions,
    api::{self, DownloadQuery, seen},
    download as bytes, store,
};
use crate::{FILES_DELETE, FILES_UPLOAD, Limits, receive};

#[derive(Template)]
#[template(path = "files/show.html")]
struct Show {
    shell: Shell,
    file: File,
    versions: Vec<Version>,
    downloads: Vec<DownloadRow>,
    form: FormState,
    dialog: String,
    may_upload: bool,
    may_delete: bool,
}

/// Which dialog stands open.
#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    dialog: Option<String>,
}

/// GET /app/{workspace}/files/{id}
pub async fn download(cx: Cx, Query(query): Query<DownloadQuery>) -> Result<Response> {
    let tx = cx.begin().await?;
    let file = seen(&cx, &tx, cx.id("id")?).await?;
    bytes::download(&cx.app, tx, query.want(file.id)).await
}

/// GET /app/{workspace}/files/{id}/details
pub async fn show(cx: Cx, Query(query): Query<ShowQuery>) -> Result<Response> {
    page(&details(&cx, FormState::new(), query.dialog.unwrap_or_default()).await?)
}

/// POST /app/{workspace}/files
pub async fn upload(cx: Cx, mut upload: Upload) -> Result<Response> {
    let mut received = Vec::new();
    while let Some(field) = upload.next_file().await? {
        received.push(receive(&cx.app, cx.workspace_id(), field, Limits::default()).await?);
    }
    let form = upload.form();
    let home = cx.path("");
    let back = local_path(form.value("back"), &home).to_owned();
    let count = received.len();
    for one in received {
        api::record(&cx, &form, one).await?;
    }
    let toast = match count {
        0 => Toast::warn("Choose a file first."),
        1 => Toast::success("File uploaded."),
        n => Toast::success(format!("{n} files uploaded.")),
    };
    Ok(redirect_with(&back, toast))
}

/// POST /app/{workspace}/files/{id}/versions
pub async fn add_version(cx: Cx, mut upload: Upload) -> Result<Response> {
    match api::version(&cx, &mut upload).await {
        Ok(file) => {
            let to = cx.path(&format!("files/{}/details", file.id));
            Ok(redirect_with(&to, Toast::success(format!("Version {} uploaded.", file.current_version))))
        }
        Err(error) => {
            let form = upload.form().rejected(error)?;
            rejected(&details(&cx, form, "new-version".into()).await?)
        }
    }
}

/// POST /app/{workspace}/files/{id}/delete
pub async fn delete(cx: Cx, form: rapport_web::Form) -> Result<Response> {
    let tx = cx.begin().await?;
    let file = seen(&cx, &tx, cx.id("id")?).await?;
    actions::delete_in(&tx, &file).await?;
    tx.commit().await?;
    let home = cx.path("");
    Ok(redirect_with(
        local_path(form.value("back"), &home),
        Toast::success(format!("{} deleted.", file.name)),
    ))
}

async fn details(cx: &Cx, form: FormState, dialog: String) -> Result<Show> {
    let tx = cx.read().await?;
    let file = seen(cx, &tx, cx.id("id")?).await?;
    let (versions, downloads, shell) =
        futures::join!(store::versions(&tx, file.id), store::downloads(&tx, file.id), cx.shell(&tx));
    Ok(Show {
        shell: shell?.titled(&file.name).live("file."),
        versions: versions?,
        downloads: downloads?,
        form,
        dialog,
        may_upload: cx.may(FILES_UPLOAD),
        may_delete: cx.may(FILES_DELETE),
        file,
    })
}
