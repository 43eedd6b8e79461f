//! Asking people to join.

use garde::Validate;
use rapport_base::{Email, FieldError, Refusal, Result, Token, text};
use rapport_db::TenantTx;
use rapport_web::Cx;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Invitation, InvitationId, store};
use crate::{
    events::{InvitationRevoked, MemberInvited},
    mails, require_verified, workspaces,
};

/// Someone to be invited.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Address.
    #[garde(skip)]
    pub email: Email,
    /// `admin manager member viewer`.
    #[garde(length(max = 20))]
    pub role: String,
    /// A few words to go with it.
    #[serde(default)]
    #[garde(inner(length(chars, max = 1_000)))]
    pub message: Option<String>,
    /// Projects to be assigned to.
    #[serde(default)]
    #[garde(length(max = 100))]
    pub project_ids: Vec<Uuid>,
}

/// Some people to be invited with one role.
pub(crate) struct NewInvitations {
    pub emails: Vec<Email>,
    pub role: String,
    pub message: Option<String>,
    pub project_ids: Vec<Uuid>,
}

/// Invites; all of them or, when one cannot be, none. The errors stand beside `field`.
pub(crate) async fn invite(cx: &Cx, new: NewInvitations, field: &str) -> Result<Vec<Invitation>> {
    require_verified(cx)?;
    if !matches!(new.role.as_str(), "admin" | "manager" | "member" | "viewer") {
        let message = "Invite as admin, manager, member or viewer. Ownership is handed over later.";
        return Err(Refusal::field("role", "unknown", message).into());
    }
    let mut emails = new.emails;
    emails.sort_by_key(Email::folded);
    emails.dedup_by_key(|email| email.folded());
    if emails.is_empty() || emails.len() > 50 {
        return Err(Refusal::field(field, "out_of_range", "Write 1 to 50 e-mail addresses.").into());
    }
    let tx = cx.begin().await?;
    let folded: Vec<String> = emails.iter().map(Email::folded).collect();
    let (members, asked) = store::known(&tx, &folded).await?;
    refuse_known(&emails, &members, &asked, field)?;
    let tokens: Vec<Token> = emails.iter().map(|_| Token::new()).collect();
    let rows = store::NewRows {
        ids: emails.iter().map(|_| InvitationId::from(Uuid::now_v7())).collect(),
        emails: emails.iter().map(|email| email.as_str().to_owned()).collect(),
        folded,
        hashes: tokens.iter().map(Token::hash).collect(),
    };
    let message = new.message.as_deref().and_then(text::clean);
    store::insert(&tx, &rows, &new.role, message.as_deref(), &new.project_ids, cx.member.id).await.map_err(
        |error| match rapport_db::constraint(&error) {
            Some("invitations_one_pending") => already(field).into(),
            _ => error,
        },
    )?;
    let workspace = workspaces::get(&tx).await?;
    for ((id, email), token) in rows.ids.iter().zip(&rows.emails).zip(&tokens) {
        tx.publish(&MemberInvited { invitation_id: id.uuid(), email: email.clone(), role: new.role.clone() });
        let letter = mails::Invitation {
            inviter: &cx.user().name,
            role: &new.role,
            message: message.as_deref(),
            token,
        };
        mails::invitation(&cx.app, &tx, &workspace, (*id, 1), email, &letter).await?;
    }
    let now = tx.now();
    tx.commit().await?;
    let invited = rows.ids.into_iter().zip(rows.emails).map(|(id, email)| Invitation {
        id,
        email,
        role: new.role.clone(),
        status: "pending".into(),
        sent_count: 1,
        expires_at: now + super::LIFE,
        created_at: now,
    });
    Ok(invited.collect())
}

fn already(field: &str) -> Refusal {
    Refusal::field(
        field,
        "already_invited",
        "This person was invited already. Send the invitation again instead.",
    )
}

fn refuse_known(emails: &[Email], members: &[String], asked: &[String], field: &str) -> Result<()> {
    let mut errors = Vec::new();
    for email in emails {
        if members.contains(&email.folded()) {
            errors.push(FieldError::new(field, "already_member", format!("{email} is on the team already.")));
        } else if asked.contains(&email.folded()) {
            let message = format!("{email} was invited already. Send that invitation again instead.");
            errors.push(FieldError::new(field, "already_invited", message));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors).into()) }
}

async fn pending(tx: &TenantTx, id: InvitationId) -> Result<Invitation> {
    let invitation = store::lock(tx, id).await?;
    if matches!(invitation.status.as_str(), "accepted" | "revoked") {
        return Err(Refusal::conflict("team.invitation_over", "This invitation is over.").into());
    }
    Ok(invitation)
}

/// Sends an invitation again, with a new link.
pub(crate) async fn resend(cx: &Cx, id: InvitationId) -> Result<Invitation> {
    require_verified(cx)?;
    let tx = cx.begin().await?;
    let invitation = pending(&tx, id).await?;
    if invitation.sent_count >= 10 {
        return Err(Refusal::conflict(
            "team.sent_too_often",
            "This invitation was sent ten times. Take it back and write to them.",
        )
        .into());
    }
    let token = Token::new();
    let expires_at = store::renew(&tx, id, &token.hash()).await?;
    let workspace = workspaces::get(&tx).await?;
    let letter =
        mails::Invitation { inviter: &cx.user().name, role: &invitation.role, message: None, token: &token };
    let sent_count = invitation.sent_count + 1;
    mails::invitation(&cx.app, &tx, &workspace, (id, sent_count), &invitation.email, &letter).await?;
    tx.commit().await?;
    Ok(Invitation { expires_at, sent_count, status: "pending".into(), ..invitation })
}

/// Takes an invitation back.
pub(crate) async fn revoke(cx: &Cx, id: InvitationId) -> Result<()> {
    let tx = cx.begin().await?;
    let invitation = pending(&tx, id).await?;
    store::revoke(&tx, id).await?;
    tx.publish(&InvitationRevoked { invitation_id: id.uuid(), email: invitation.email });
    tx.commit().await
}
