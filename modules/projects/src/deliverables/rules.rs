//! Pure decisions on deliverables.

use jiff::Timestamp;
use rapport_base::{Refusal, Result, WorkspaceId};
use sha2::{Digest, Sha256};

use super::{DecisionKind, DeliverableId, DeliverableStatus};

/// Refuses to send what has no version yet, or is with the client already.
///
/// # Errors
/// Conflict.
pub fn may_submit(status: DeliverableStatus, current_version: i32) -> Result<()> {
    match (status, current_version) {
        (_, 0) => Err(Refusal::conflict(
            "deliverables.no_version",
            "Add a file or a link first: there is nothing to approve yet.",
        )
        .into()),
        (DeliverableStatus::AwaitingApproval, _) => {
            Err(Refusal::conflict("deliverables.with_the_client", "This is with the client already.").into())
        }
        (DeliverableStatus::Approved, _) => Err(Refusal::conflict(
            "deliverables.approved",
            "This version is approved. Add a new one to ask again.",
        )
        .into()),
        _ => Ok(()),
    }
}

/// Refuses a decision on what does not wait for one.
///
/// # Errors
/// Conflict.
pub fn may_decide(status: DeliverableStatus) -> Result<()> {
    match status {
        DeliverableStatus::AwaitingApproval => Ok(()),
        DeliverableStatus::Approved => {
            Err(Refusal::conflict("deliverables.approved", "This version is approved already.").into())
        }
        DeliverableStatus::RevisionRequested => Err(Refusal::conflict(
            "deliverables.revision_requested",
            "A revision was asked for already. A new version will come.",
        )
        .into()),
        DeliverableStatus::Draft => Err(Refusal::not_found().into()),
    }
}

/// A link that may be handed to a client.
///
/// # Errors
/// Invalid, beside the link.
pub fn link(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let fine = (typed.starts_with("https://") || typed.starts_with("http://"))
        && typed.split_once("://").is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with('/'))
        && typed.chars().count() <= 2_000
        && !typed.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine {
        Ok(typed.to_owned())
    } else {
        Err(Refusal::field("url", "invalid", "Write a link that begins with https://.").into())
    }
}

/// What a receipt vouches for.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    pub workspace: WorkspaceId,
    pub deliverable: DeliverableId,
    pub number: i32,
    pub decision: DecisionKind,
    pub comment: &'a str,
    pub decided_by: &'a str,
    pub decided_at: Timestamp,
    /// The content: a file's hash, or a link.
    pub content: &'a [u8],
}

impl Receipt<'_> {
    /// SHA-256 over every fact, each led by its length, so that no two facts can run into each other.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        let (workspace, deliverable) = (self.workspace.uuid(), self.deliverable.uuid());
        let at = self.decided_at.to_string();
        let pieces: [&[u8]; 8] = [
            workspace.as_bytes(),
            deliverable.as_bytes(),
            &self.number.to_be_bytes(),
            self.decision.as_str().as_bytes(),
            self.comment.as_bytes(),
            self.decided_by.as_bytes(),
            at.as_bytes(),
            self.content,
        ];
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_be_bytes());
            hash.update(piece);
        }
        hash.finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_site_and_nowhere_else() {
        assert_eq!(link(" https://example.com/a ").unwrap(), "https://example.com/a");
        for bad in
            ["", "javascript:alert(1)", "ftp://x", "https://", "https:///x", "https://a b", "example.com"]
        {
            assert!(link(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_receipt_changes_with_every_fact() {
        let receipt = Receipt {
            workspace: WorkspaceId::new(),
            deliverable: DeliverableId::new(),
            number: 1,
            decision: DecisionKind::Approved,
            comment: "ab",
            decided_by: "c",
            decided_at: "2026-11-20T10:00:00Z".parse().unwrap(),
            content: b"x",
        };
        let hash = receipt.hash();
        assert_eq!(hash, receipt.hash());
        for other in [
            Receipt { number: 2, ..receipt },
            Receipt { decision: DecisionKind::RevisionRequested, ..receipt },
            Receipt { comment: "a", decided_by: "bc", ..receipt },
            Receipt { content: b"y", ..receipt },
        ] {
            assert_ne!(hash, other.hash());
        }
    }

    #[test]
    fn what_waits_for_no_decision_cannot_be_decided() {
        assert!(may_decide(DeliverableStatus::AwaitingApproval).is_ok());
        for status in
            [DeliverableStatus::Draft, DeliverableStatus::Approved, DeliverableStatus::RevisionRequested]
        {
            assert!(may_decide(status).is_err());
        }
        assert!(may_submit(DeliverableStatus::Draft, 0).is_err());
        assert!(may_submit(DeliverableStatus::RevisionRequested, 1).is_ok());
    }
}
