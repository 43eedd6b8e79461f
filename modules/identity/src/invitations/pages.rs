//! Inviting from the team page, and the page behind an invitation's link.

use askama::Template;
use axum::response::Response;
use rapport_base::{Email, Error, Kind, Result};
use rapport_ui::{FormState, PlainShell, Toast};
use rapport_web::{Cx, Form, Visitor, page, redirect_with, rejected};

use super::{
    accept::{self, Who},
    actions,
    store::Open,
};
use crate::{members, sessions, sign_in};

/// POST `/app/{slug}/settings/team/invitations`.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    match submitted(&cx, &form).await {
        Ok(count) => {
            let text = if count == 1 {
                "The invitation is on its way.".to_owned()
            } else {
                format!("{count} invitations are on their way.")
            };
            Ok(redirect_with(&cx.path("settings/team"), Toast::success(text)))
        }
        Err(error) => members::pages::team(&cx, Some(crate::scoped("invite", &form, error)?)).await,
    }
}

async fn submitted(cx: &Cx, form: &Form) -> Result<usize> {
    let mut read = form.reader();
    let typed = form
        .value("emails")
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
        .filter(|piece| !piece.is_empty());
    let (mut emails, mut wrong) = (Vec::new(), Vec::new());
    for piece in typed {
        let piece = piece.trim_matches(['<', '>', '"']);
        match Email::try_new(piece) {
            Some(email) => emails.push(email),
            None => wrong.push(piece.to_owned()),
        }
    }
    if !wrong.is_empty() {
        read.error("emails", "invalid", format!("Not an e-mail address: {}.", wrong.join(", ")));
    }
    let (role, message) = (read.text("role"), read.optional("message"));
    read.finish()?;
    let new = actions::NewInvitations { emails, role, message, project_ids: Vec::new() };
    Ok(actions::invite(cx, new, "emails").await?.len())
}

/// POST `/app/{slug}/settings/team/invitations/{id}/resend`.
pub(crate) async fn resend(cx: Cx) -> Result<Response> {
    let toast = match actions::resend(&cx, cx.id("id")?).await {
        Ok(invitation) => Toast::success(format!("Sent to {} again.", invitation.email)),
        Err(error) => told(error)?,
    };
    Ok(redirect_with(&cx.path("settings/team"), toast))
}

/// POST `/app/{slug}/settings/team/invitations/{id}/revoke`.
pub(crate) async fn revoke(cx: Cx) -> Result<Response> {
    let toast = match actions::revoke(&cx, cx.id("id")?).await {
        Ok(()) => Toast::success("The invitation was taken back. Its link no longer works."),
        Err(error) => told(error)?,
    };
    Ok(redirect_with(&cx.path("settings/team"), toast))
}

fn told(error: Error) -> Result<Toast> {
    match error {
        Error::Refusal(refusal) if refusal.kind == Kind::Conflict => Ok(Toast::error(refusal.message)),
        error => Err(error),
    }
}

#[derive(Template)]
#[template(path = "invitations/show.html")]
struct Show {
    shell: PlainShell,
    form: FormState,
    token: String,
    open: Open,
    signed_in_as: Option<String>,
    right_address: bool,
}

fn shown(visitor: &Visitor, open: Open, token: &str, form: FormState) -> Show {
    let signed_in_as = visitor.signed_in.as_ref().map(|signed_in| signed_in.user.email.clone());
    let right_address = signed_in_as.as_ref().is_some_and(|email| email.to_lowercase() == open.email_folded);
    let shell = visitor.shell(&format!("Join {}", open.workspace_name));
    Show { shell, form, token: token.to_owned(), open, signed_in_as, right_address }
}

/// GET `/invitations/{token}`: changes nothing.
pub(crate) async fn show(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    let open = accept::open(&visitor.app, &visitor.request, &token).await?;
    page(&shown(&visitor, open, &token, FormState::new()))
}

/// POST `/invitations/{token}`.
pub(crate) async fn join(visitor: Visitor, form: Form) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    let who = match &visitor.signed_in {
        Some(signed_in) => Who::SignedIn { user: signed_in.user.id, email: &signed_in.user.email },
        None => Who::Presents { name: form.value("name"), password: form.value("password") },
    };
    match accept::accept(&visitor.app, &visitor.request, &token, who).await {
        Ok((user, open)) => {
            sign_in::pages::end_present(&visitor).await?;
            let session =
                sessions::actions::open_now(&visitor.app, &visitor.request, user, Some(open.workspace_id))
                    .await?;
            let welcome = Toast::success(format!("Welcome to {}.", open.workspace_name));
            let response = redirect_with(&format!("/app/{}", open.slug), welcome);
            Ok(sessions::actions::give(&visitor.app, response, &session))
        }
        Err(error) => {
            let state = form.rejected(error)?.with("password", "");
            let open = accept::open(&visitor.app, &visitor.request, &token).await?;
            rejected(&shown(&visitor, open, &token, state))
        }
    }
}
