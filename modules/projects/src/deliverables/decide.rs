//! The client's decision on a version: once, whoever else tries at the same moment.

use data_encoding::HEXLOWER;
use rapport_base::{MemberId, Refusal, Result, text};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::{DecisionKind, Deliverable, DeliverableId, DeliverableStatus, rules, store};
use crate::{
    events::{DeliverableApproved, DeliverableRevisionRequested},
    projects,
};

/// Who decides.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A contact of the client.
    Contact(Uuid),
    /// A member, on the client's word.
    Member(MemberId),
}

/// Who decides, from where. The address comes from the transaction's origin.
#[derive(Clone, Debug)]
pub struct Decider {
    /// Who.
    pub by: By,
    /// Their name.
    pub name: String,
    /// The portal it is decided in.
    pub portal_id: Option<Uuid>,
    /// The browser.
    pub user_agent: Option<String>,
}

/// Approves the version that is with the client, within the caller's transaction. The caller
/// has checked that the decider may see the deliverable.
///
/// # Errors
/// Not found; conflict when it was decided already.
pub async fn approve_in(
    tx: &TenantTx,
    id: DeliverableId,
    decider: &Decider,
    comment: &str,
) -> Result<Deliverable> {
    decide(tx, id, decider, comment, DecisionKind::Approved).await
}

/// Asks for a revision of the version that is with the client, within the caller's transaction.
///
/// # Errors
/// As [`approve_in`]; invalid without a comment.
pub async fn revise_in(
    tx: &TenantTx,
    id: DeliverableId,
    decider: &Decider,
    comment: &str,
) -> Result<Deliverable> {
    decide(tx, id, decider, comment, DecisionKind::RevisionRequested).await
}

async fn decide(
    tx: &TenantTx,
    id: DeliverableId,
    decider: &Decider,
    comment: &str,
    decision: DecisionKind,
) -> Result<Deliverable> {
    let comment = text::clean(comment).unwrap_or_default();
    if comment.is_empty() && decision == DecisionKind::RevisionRequested {
        return Err(Refusal::field(
            "comment",
            "required",
            "Write what should change, so that the next version is right.",
        )
        .into());
    }
    if comment.chars().count() > 10_000 {
        return Err(Refusal::field("comment", "too_long", "Write up to 10,000 characters.").into());
    }
    let mut deliverable = store::lock(tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::may_decide(deliverable.status)?;
    let number = deliverable.current_version;
    let content = store::content(tx, id, number).await?;
    let receipt = rules::Receipt {
        workspace: tx.workspace(),
        deliverable: id,
        number,
        decision,
        comment: &comment,
        decided_by: &decider.name,
        decided_at: tx.now(),
        content: &content,
    }
    .hash();
    let (contact, member) = match decider.by {
        By::Contact(id) => (Some(id), None),
        By::Member(id) => (None, Some(id)),
    };
    let decision_id = Uuid::now_v7();
    store::decide(
        tx,
        &store::NewDecision {
            id: decision_id,
            deliverable: id,
            number,
            decision,
            comment: &comment,
            contact,
            member,
            name: &decider.name,
            portal: decider.portal_id,
            user_agent: decider.user_agent.as_deref(),
            receipt: &receipt,
        },
    )
    .await?;
    deliverable.status = match decision {
        DecisionKind::Approved => DeliverableStatus::Approved,
        DecisionKind::RevisionRequested => DeliverableStatus::RevisionRequested,
    };
    deliverable.decided_at = Some(tx.now());
    if !store::update(tx, &deliverable).await? {
        return Err(Refusal::stale().into());
    }
    deliverable.version += 1;
    projects::store::touch(tx, deliverable.project_id).await?;
    let (project_id, client_id, deliverable_id) =
        (deliverable.project_id.uuid(), deliverable.client_id.uuid(), id.uuid());
    let (title, decided_by, portal_id) = (deliverable.title.clone(), decider.name.clone(), decider.portal_id);
    match decision {
        DecisionKind::Approved => tx.publish(&DeliverableApproved {
            project_id,
            client_id,
            deliverable_id,
            title,
            number,
            decided_by,
            comment,
            portal_id,
            decision_id,
            receipt: HEXLOWER.encode(&receipt),
        }),
        DecisionKind::RevisionRequested => tx.publish(&DeliverableRevisionRequested {
            project_id,
            client_id,
            deliverable_id,
            title,
            number,
            decided_by,
            comment,
            portal_id,
            decision_id,
        }),
    }
    Ok(deliverable)
}
