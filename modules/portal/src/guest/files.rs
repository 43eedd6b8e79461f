//! Files in the portal: look, fetch, hand in.

use ::files::{File, FileId, Limits, NewFile, Owner, Purpose, Visibility, Want};
use askama::Template;
use axum::response::Response;
use rapport_base::{Refusal, Result};
use rapport_ui::{FormState, PortalShell, Toast};
use rapport_web::{GuestCx, Query, Upload, page, redirect_with, rejected};

use super::{
    deliverables::DownloadQuery,
    sight::{Section, Visit},
};
use crate::portals::rules::Act;

#[derive(Template)]
#[template(path = "guest/files.html")]
struct List {
    shell: PortalShell,
    folders: Vec<(String, Vec<File>)>,
    form: FormState,
    may_upload: bool,
}

/// GET /portal/{portal_id}/files
pub async fn list(cx: GuestCx) -> Result<Response> {
    page(&list_page(&cx, FormState::new()).await?)
}

/// GET /portal/{portal_id}/files/{id}
pub async fn download(cx: GuestCx, Query(query): Query<DownloadQuery>) -> Result<Response> {
    let id: FileId = cx.id("id")?;
    let tx = cx.read().await?;
    let file = ::files::get(&tx, id).await?;
    drop(tx);
    let section = match file.purpose.as_str() {
        "file" => Section::Files,
        "attachment" => Section::Messages,
        _ => return Err(Refusal::not_found().into()),
    };
    if file.portal_id != Some(cx.guest.portal_id) || !file.is_for_clients() {
        return Err(Refusal::not_found().into());
    }
    let visit = Visit::open(&cx, section).await?;
    visit.log("downloaded", Some(("file", id.uuid()))).await?;
    hand_out(visit, Want { inline: query.inline == Some(1), ..Want::newest(id) }).await
}

/// POST /portal/{portal_id}/files
pub async fn upload(cx: GuestCx, mut upload: Upload) -> Result<Response> {
    match store_files(&cx, &mut upload).await {
        Ok(0) => Ok(redirect_with(&cx.path("files"), Toast::warn("Choose a file first."))),
        Ok(1) => Ok(redirect_with(&cx.path("files"), Toast::success("File uploaded. The team knows."))),
        Ok(n) => Ok(redirect_with(
            &cx.path("files"),
            Toast::success(format!("{n} files uploaded. The team knows.")),
        )),
        Err(error) => {
            let form = upload.form().rejected(error)?;
            rejected(&list_page(&cx, form).await?)
        }
    }
}

/// Streams a file out. A member who looks as the client is logged under their own preview name.
pub(crate) async fn hand_out(visit: Visit<'_>, want: Want) -> Result<Response> {
    let cx = visit.cx;
    if !cx.guest.preview {
        return ::files::download(&cx.app, visit.tx, want).await;
    }
    drop(visit);
    let tx = cx
        .app
        .db
        .begin(
            cx.guest.workspace_id,
            rapport_db::Origin { name: Some(cx.guest.name.clone()), ..rapport_db::Origin::system() },
        )
        .await?;
    ::files::download(&cx.app, tx, want).await
}

async fn store_files(cx: &GuestCx, upload: &mut Upload) -> Result<usize> {
    // Whether they may is asked before any byte is kept.
    drop(Visit::act(cx, Section::Files, Act::Comment).await?);
    let mut received = Vec::new();
    while let Some(field) = upload.next_file().await? {
        received.push(::files::receive(&cx.app, cx.guest.workspace_id, field, Limits::default()).await?);
    }
    let (folder, count) = (upload.form().reader().text("folder"), received.len());
    let visit = Visit::act(cx, Section::Files, Act::Comment).await?;
    for one in received {
        let file = NewFile {
            folder: folder.clone(),
            visibility: Visibility::Client,
            client_id: Some(cx.guest.client_id),
            portal_id: Some(cx.guest.portal_id),
            ..NewFile::new(one, Purpose::File)
        };
        let version = ::files::put_in(&visit.tx, file).await?;
        visit.log("uploaded", Some(("file", version.file_id.uuid()))).await?;
    }
    visit.done().await?;
    Ok(count)
}

/// The files of the portal that its client may see.
pub(crate) async fn visible(visit: &Visit<'_>) -> Result<Vec<File>> {
    let files = ::files::list_for(&visit.tx, Owner::Portal(visit.cx.guest.portal_id)).await?;
    Ok(files.into_iter().filter(File::is_for_clients).collect())
}

async fn list_page(cx: &GuestCx, form: FormState) -> Result<List> {
    let visit = Visit::look(cx, Section::Files).await?;
    let (files, shell) = futures::join!(visible(&visit), visit.sight.shell(cx, &visit.tx, "Files"));
    let mut folders: Vec<(String, Vec<File>)> = Vec::new();
    for file in files? {
        match folders.iter_mut().find(|(name, _)| *name == file.folder) {
            Some((_, files)) => files.push(file),
            None => folders.push((file.folder.clone(), vec![file])),
        }
    }
    let list = List { shell: shell?, folders, form, may_upload: visit.sight.may(Act::Comment) };
    visit.done().await?;
    Ok(list)
}
