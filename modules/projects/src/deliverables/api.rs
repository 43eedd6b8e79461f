//! Deliverables as JSON.

use axum::{
    extract::{FromRequest, Request},
    http::header,
    response::{IntoResponse, Response},
};
use files::{Limits, Received};
use rapport_base::{Page, Refusal, Result};
use rapport_web::{Cx, Form, IfMatch, Json, Upload, created, nothing, versioned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Decision, Deliverable, DeliverableChange, DeliverableVersion, NewDeliverable, NewVersion,
    actions::{self, Bringing},
    store,
};
use crate::{DeliverableId, ProjectId, access::Scope, projects};

/// A deliverable with its versions and decisions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliverableWithHistory {
    #[serde(flatten)]
    deliverable: Deliverable,
    /// Newest first.
    versions: Vec<DeliverableVersion>,
    /// Newest first.
    decisions: Vec<Decision>,
}

/// The multipart body of a version.
#[derive(ToSchema)]
#[allow(dead_code)]
pub(crate) struct VersionUpload {
    /// The file.
    #[schema(value_type = Option<String>, format = "binary")]
    file: Option<Vec<u8>>,
    /// Or a link.
    url: Option<String>,
    /// What is new in it.
    note: Option<String>,
    /// `false` keeps it from the client for now.
    submit: Option<bool>,
}

/// GET the deliverables of a project.
pub(crate) async fn list(cx: Cx) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    let tx = cx.read().await?;
    let (project, list) =
        futures::join!(projects::store::find(&tx, Scope::of(&cx), id), store::list(&tx, id));
    project?.ok_or_else(Refusal::not_found)?;
    Ok(axum::Json(Page::whole(list?)).into_response())
}

/// POST a new one.
pub(crate) async fn create(cx: Cx, Json(input): Json<NewDeliverable>) -> Result<Response> {
    let id = actions::create(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/deliverables/{id}"), &load(&cx, id).await?))
}

/// GET one.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let body = load(&cx, cx.id("id")?).await?;
    Ok(versioned(&body, body.deliverable.version))
}

/// PATCH one.
pub(crate) async fn update(
    cx: Cx,
    IfMatch(seen): IfMatch,
    Json(change): Json<DeliverableChange>,
) -> Result<Response> {
    let deliverable = actions::update(&cx, cx.id("id")?, change, seen).await?;
    Ok(versioned(&deliverable, deliverable.version))
}

/// DELETE one.
pub(crate) async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// POST a version: a file, or a link (as a form or as JSON).
pub(crate) async fn add_version(cx: Cx, request: Request) -> Result<Response> {
    let id: DeliverableId = cx.id("id")?;
    let multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/"));
    if multipart {
        let (form, received) = uploaded(&cx, Upload::from_request(request, &cx.app).await?, id).await?;
        let bringing = bringing(&form, received)?;
        actions::add_version(&cx, id, bringing, form.value("note"), form.value("submit") != "false").await?;
    } else {
        let Json(input) = Json::<NewVersion>::from_request(request, &cx.app).await?;
        rapport_web::validate(&input)?;
        actions::add_version(&cx, id, Bringing::Link(input.url), &input.note, input.submit).await?;
    }
    Ok(created(&format!("/api/deliverables/{id}"), &load(&cx, id).await?))
}

/// Reads the form of a version, with its file; only for a deliverable in scope.
pub(super) async fn uploaded(
    cx: &Cx,
    mut upload: Upload,
    id: DeliverableId,
) -> Result<(Form, Option<Received>)> {
    let tx = cx.read().await?;
    actions::get(cx, &tx, id).await?;
    drop(tx);
    let mut received = None;
    while let Some(field) = upload.next_file().await? {
        if received.is_some() {
            return Err(Refusal::field("file", "one", "Send one file at a time.").into());
        }
        received = Some(files::receive(&cx.app, cx.workspace_id(), field, Limits::default()).await?);
    }
    Ok((upload.form(), received))
}

/// The file, or else the link, of a form.
pub(super) fn bringing(form: &Form, received: Option<Received>) -> Result<Bringing> {
    match (received, form.value("url").trim()) {
        (Some(received), _) => Ok(Bringing::File(received)),
        (None, "") => Err(Refusal::field("file", "required", "Choose a file, or give a link.").into()),
        (None, url) => Ok(Bringing::Link(url.to_owned())),
    }
}

/// POST: sends the newest version to the client.
pub(crate) async fn submit(cx: Cx) -> Result<Response> {
    let deliverable = actions::submit(&cx, cx.id("id")?).await?;
    Ok(versioned(&deliverable, deliverable.version))
}

async fn load(cx: &Cx, id: DeliverableId) -> Result<DeliverableWithHistory> {
    let tx = cx.read().await?;
    let (deliverable, versions, decisions) =
        futures::join!(actions::get(cx, &tx, id), store::versions(&tx, id), store::decisions(&tx, id));
    Ok(DeliverableWithHistory { deliverable: deliverable?, versions: versions?, decisions: decisions? })
}
