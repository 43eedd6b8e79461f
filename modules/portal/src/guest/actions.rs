//! What guests do.

use projects::deliverables::{By, Decider, approve_in, revise_in};
use rapport_base::{Kind, Refusal, Result, text};
use rapport_web::GuestCx;
use uuid::Uuid;

use super::{
    sight::{Section, Visit},
    store,
};
use crate::{FeedbackGiven, portals::rules::Act};

/// What a guest says of a deliverable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Approve,
    Revise,
}

/// Approves a deliverable or asks for a revision.
///
/// # Errors
/// Not found when the portal does not show it; `portal.code_needed` when a code comes first.
pub(crate) async fn decide(cx: &GuestCx, id: Uuid, decision: Decision, comment: &str) -> Result<()> {
    let visit = Visit::act(cx, Section::Approvals, Act::Approve).await?;
    store::deliverable(&visit.tx, cx.guest.portal_id, id).await?;
    if visit.sight.wants_code() {
        return Err(Refusal::new(
            Kind::Forbidden,
            "portal.code_needed",
            "Confirm with the code we mail you first.",
        )
        .into());
    }
    let contact = cx.guest.contact_id.ok_or_else(Refusal::not_found)?;
    let decider = Decider {
        by: By::Contact(contact),
        name: cx.guest.name.clone(),
        portal_id: Some(cx.guest.portal_id),
        user_agent: Some(cx.request.user_agent.clone()),
    };
    let action = match decision {
        Decision::Approve => {
            approve_in(&visit.tx, id.into(), &decider, comment).await?;
            "approved"
        }
        Decision::Revise => {
            revise_in(&visit.tx, id.into(), &decider, comment).await?;
            "asked_for_revision"
        }
    };
    visit.log(action, Some(("deliverable", id))).await?;
    visit.done().await
}

/// Hands in what a guest says about the work; the team's task follows from the event.
///
/// # Errors
/// Empty; the project is not one the portal shows.
pub(crate) async fn give_feedback(cx: &GuestCx, typed: &str, project: Option<Uuid>) -> Result<Uuid> {
    let Some(body) = text::clean(typed).filter(|body| body.chars().count() <= 10_000) else {
        return Err(Refusal::field(
            "comment",
            "required",
            "Write what you think, in up to 10,000 characters.",
        )
        .into());
    };
    let visit = Visit::act(cx, Section::Home, Act::Comment).await?;
    if let Some(project) = project
        && !store::shows_project(&visit.tx, cx.guest.portal_id, project).await?
    {
        return Err(Refusal::field("project_id", "unknown", "Choose one of your projects.").into());
    }
    let id = Uuid::now_v7();
    store::new_feedback(&visit.tx, cx.guest.guest_id, id, cx.guest.client_id, project, &body).await?;
    visit.log("gave_feedback", Some(("feedback", id))).await?;
    visit.tx.publish(&FeedbackGiven {
        portal_id: cx.guest.portal_id,
        client_id: cx.guest.client_id,
        feedback_id: id,
        project_id: project,
        contact_id: cx.guest.contact_id,
        contact_name: cx.guest.name.clone(),
        excerpt: body.chars().take(160).collect(),
        body,
    });
    visit.done().await?;
    Ok(id)
}
