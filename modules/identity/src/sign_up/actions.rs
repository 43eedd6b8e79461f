//! Sign-up.
//!
//! A newcomer is signed in at once, so the answer for an address that has an account cannot be
//! the same. It is told only beside the e-mail field, after the work of a real sign-up was done
//! (the hash takes as long), to at most five attempts a minute of one network, and the
//! owner of the address learns of it by mail.

use rapport_base::{Currency, FieldError, Refusal, Result, UserId, text};
use rapport_db::App;
use rapport_web::{RequestInfo, validate};
use uuid::Uuid;

use super::NewAccount;
use crate::{
    limits, mail_tokens, mails,
    passwords::{self, Hasher},
    users,
    workspaces::{self, Founded, NewWorkspace},
};

/// Makes the account, its workspace with all defaults, and sends the link that confirms the
/// address; all of it in one transaction.
pub(crate) async fn sign_up(app: &App, request: &RequestInfo, new: NewAccount) -> Result<(UserId, Founded)> {
    validate(&new)?;
    let (name, workspace) = checked(&new)?;
    limits::attempt(app, &limits::SIGN_UP, &request.ip, Some(&new.email.folded())).await?;
    let hasher: Hasher = app.parts.get();
    let hash = hasher.hash(&new.password).await?;

    let user = UserId::from(Uuid::now_v7());
    let tx = app.db.system().await?;
    let places = (workspace.locale.as_str(), workspace.timezone.as_str());
    if !users::store::insert(&tx, user, &new.email, &name, Some(&hash), false, places).await? {
        if let Some(owner) = users::store::by_email(&tx, &new.email).await? {
            mails::someone_signed_up(app, &tx, &owner.name, &owner.email).await?;
        }
        tx.commit().await?;
        return Err(taken().into());
    }
    users::store::note_sign_in(&tx, Some(user), "sign_up", true, &request.ip, &request.user_agent).await?;
    let link = mail_tokens::verification(&tx, user, &new.email, &request.ip).await?;
    mails::confirm_address(app, &tx, &name, new.email.as_str(), &link).await?;
    let (founded, tx) = workspaces::actions::found(app, request, tx, (user, &name), workspace).await?;
    tx.commit().await?;
    limits::succeeded(app, &limits::SIGN_UP, &request.ip, Some(&new.email.folded())).await?;
    Ok((user, founded))
}

fn taken() -> Refusal {
    Refusal::field(
        "email",
        "unavailable",
        "No new account can be made with this address. If it is yours, sign in, or ask for a new password.",
    )
}

fn checked(new: &NewAccount) -> Result<(String, NewWorkspace)> {
    let mut errors = Vec::new();
    let (name, workspace_name) = (text::clean_line(&new.name), text::clean_line(&new.workspace_name));
    if name.is_none() {
        errors.push(FieldError::new("name", "required", "Write your name."));
    }
    if workspace_name.is_none() {
        errors.push(FieldError::new("workspace_name", "required", "Write what your business is called."));
    }
    let own = [new.name.as_str(), new.email.as_str(), &new.workspace_name];
    if let Some((code, message)) = passwords::rules::refused(&new.password, own) {
        errors.push(FieldError::new("password", code, message));
    }
    let timezone = new.timezone.clone().unwrap_or_else(|| "UTC".into());
    if !workspaces::rules::is_timezone(&timezone) {
        errors.push(FieldError::new(
            "timezone",
            "unknown",
            "Write an IANA time zone, such as Europe/London.",
        ));
    }
    let locale = new.locale.clone().unwrap_or_else(|| "en-GB".into());
    if !workspaces::rules::is_locale(&locale) {
        errors.push(FieldError::new("locale", "invalid", "Write a language tag, such as en-GB."));
    }
    match (name, workspace_name) {
        (Some(name), Some(workspace)) if errors.is_empty() => {
            let currency = new.currency.or_else(|| Currency::try_new("USD")).expect("USD is a currency");
            Ok((name, NewWorkspace { name: workspace, currency, timezone, locale }))
        }
        _ => Err(Refusal::invalid(errors).into()),
    }
}
