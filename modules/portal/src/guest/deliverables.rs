//! Deliverables in the portal: look, approve, send back.

use ::files::Want;
use askama::Template;
use axum::response::Response;
use rapport_base::{Error, Refusal, Result};
use rapport_ui::{FormState, PortalShell, Toast};
use rapport_web::{Form, GuestCx, Query, page, redirect, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    GuestDecision, GuestDeliverable, GuestVersion,
    actions::{self, Decision},
    sight::{Section, Visit},
    store,
};
use crate::portals::rules::Act;

#[derive(Template)]
#[template(path = "guest/deliverables.html")]
struct List {
    shell: PortalShell,
    deliverables: Vec<GuestDeliverable>,
}

#[derive(Template)]
#[template(path = "guest/deliverable.html")]
struct Show {
    shell: PortalShell,
    deliverable: GuestDeliverable,
    versions: Vec<GuestVersion>,
    decisions: Vec<GuestDecision>,
    form: FormState,
    dialog: String,
    may_decide: bool,
}

/// Which dialog stands open.
#[derive(Debug, Default, Deserialize)]
pub struct ShowQuery {
    dialog: Option<String>,
}

/// How a version is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct DownloadQuery {
    pub(crate) inline: Option<u8>,
}

/// GET /portal/{portal_id}/deliverables
pub async fn list(cx: GuestCx) -> Result<Response> {
    let visit = Visit::look(&cx, Section::Approvals).await?;
    let (rows, shell) = futures::join!(
        store::deliverables(&visit.tx, cx.guest.portal_id),
        visit.sight.shell(&cx, &visit.tx, "Approvals")
    );
    let list = List { shell: shell?, deliverables: rows? };
    visit.done().await?;
    page(&list)
}

/// GET /portal/{portal_id}/deliverables/{id}
pub async fn show(cx: GuestCx, Query(query): Query<ShowQuery>) -> Result<Response> {
    page(&show_page(&cx, FormState::new(), query.dialog.unwrap_or_default()).await?)
}

/// GET /portal/{portal_id}/deliverables/{id}/versions/{number}
pub async fn download(cx: GuestCx, Query(query): Query<DownloadQuery>) -> Result<Response> {
    let (id, number): (Uuid, i32) = (
        cx.id::<projects::DeliverableId>("id")?.uuid(),
        cx.param("number").parse().map_err(|_| Refusal::not_found())?,
    );
    let visit = Visit::open(&cx, Section::Approvals).await?;
    store::deliverable(&visit.tx, cx.guest.portal_id, id).await?;
    let versions = store::versions(&visit.tx, id).await?;
    let version =
        versions.into_iter().find(|version| version.number == number).ok_or_else(Refusal::not_found)?;
    let (Some(file), Some(file_version)) = (version.file_id, version.file_version) else {
        return Err(Refusal::not_found().into());
    };
    visit.log("downloaded", Some(("deliverable", id))).await?;
    let want = Want { file: file.into(), number: Some(file_version), inline: query.inline == Some(1) };
    super::files::hand_out(visit, want).await
}

/// POST /portal/{portal_id}/deliverables/{id}/approve
pub async fn approve(cx: GuestCx, form: Form) -> Result<Response> {
    decide(&cx, &form, Decision::Approve).await
}

/// POST /portal/{portal_id}/deliverables/{id}/revise
pub async fn revise(cx: GuestCx, form: Form) -> Result<Response> {
    decide(&cx, &form, Decision::Revise).await
}

async fn decide(cx: &GuestCx, form: &Form, decision: Decision) -> Result<Response> {
    let id: projects::DeliverableId = cx.id("id")?;
    let here = cx.path(&format!("deliverables/{id}"));
    let dialog = if decision == Decision::Approve { "approve" } else { "revise" };
    match actions::decide(cx, id.uuid(), decision, form.value("comment")).await {
        Ok(()) => {
            let said = match decision {
                Decision::Approve => "Approved. Thank you! The team knows.",
                Decision::Revise => "Sent back. The team knows what to change.",
            };
            Ok(redirect_with(&here, Toast::success(said)))
        }
        Err(error) if error.is("portal.code_needed") => {
            Ok(redirect(&cx.path(&format!("confirm?next={here}"))))
        }
        Err(error) => again(cx, form, error, dialog).await,
    }
}

async fn again(cx: &GuestCx, form: &Form, error: Error, dialog: &str) -> Result<Response> {
    let form = form.rejected(error)?;
    rejected(&show_page(cx, form, dialog.into()).await?)
}

async fn show_page(cx: &GuestCx, form: FormState, dialog: String) -> Result<Show> {
    let visit = Visit::look(cx, Section::Approvals).await?;
    let id: projects::DeliverableId = cx.id("id")?;
    let deliverable = store::deliverable(&visit.tx, cx.guest.portal_id, id.uuid()).await?;
    let (versions, decisions, shell) = futures::join!(
        store::versions(&visit.tx, id.uuid()),
        store::decisions(&visit.tx, id.uuid()),
        visit.sight.shell(cx, &visit.tx, &deliverable.title)
    );
    let may_decide = visit.sight.may(Act::Approve) && deliverable.status == "awaiting_approval";
    let show = Show {
        shell: shell?,
        versions: versions?,
        decisions: decisions?,
        deliverable,
        form,
        dialog,
        may_decide,
    };
    visit.done().await?;
    Ok(show)
}
