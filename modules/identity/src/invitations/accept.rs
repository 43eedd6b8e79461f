//! Accepting an invitation: the link proves the address.

use rapport_base::{Email, FieldError, Kind, MemberId, Refusal, Result, Token, UserId, text};
use rapport_db::App;
use rapport_web::RequestInfo;
use uuid::Uuid;

use super::store::{self, Open};
use crate::{
    events::MemberJoined,
    limits, origin,
    passwords::{self, Hasher},
    users,
};

/// Who accepts.
pub(crate) enum Who<'a> {
    /// Someone who presents the name and password of a new account, or the password of the own.
    Presents { name: &'a str, password: &'a str },
    /// Someone signed in.
    SignedIn { user: UserId, email: &'a str },
}

/// The invitation behind a link, while it works.
pub(crate) async fn open(app: &App, request: &RequestInfo, token: &str) -> Result<Open> {
    let tx = app.db.system().await?;
    let found = store::by_token(&tx, &Token::hash_of(token)).await?;
    drop(tx);
    match found {
        Some(open) => Ok(open),
        None => {
            limits::attempt(app, &limits::TOKEN, &request.ip, None).await?;
            Err(over().into())
        }
    }
}

fn over() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "team.invitation_over",
        "This invitation is over: it was used, taken back, or is older than a week. Ask for a new one.",
    )
}

/// Joins the workspace, making the account first when there is none. Returns who joined where.
pub(crate) async fn accept(
    app: &App,
    request: &RequestInfo,
    token: &str,
    who: Who<'_>,
) -> Result<(UserId, Open)> {
    let seen = open(app, request, token).await?;
    let new_account = match (&who, seen.user_id) {
        (Who::SignedIn { email, .. }, _) if email.to_lowercase() != seen.email_folded => {
            let message =
                format!("This invitation is for {}. Sign out, and open the link again.", seen.email);
            return Err(Refusal::conflict("team.other_address", message).into());
        }
        (Who::SignedIn { .. }, _) => None,
        (Who::Presents { password, .. }, Some(user)) => {
            prove(app, request, user, &seen.email_folded, password).await?;
            None
        }
        (Who::Presents { name, password }, None) => Some(account(app, &seen, name, password).await?),
    };

    let tx = app.db.system().await?;
    let open = store::lock_by_token(&tx, &Token::hash_of(token)).await?.ok_or_else(over)?;
    let (user, name) = match (who, new_account) {
        (_, Some((name, hash))) => {
            let id = UserId::from(Uuid::now_v7());
            let email = Email::try_new(&open.email).ok_or_else(over)?;
            let places = (open.locale.as_str(), open.timezone.as_str());
            if !users::store::insert(&tx, id, &email, &name, Some(&hash), true, places).await? {
                return Err(Refusal::conflict(
                    "team.account_exists",
                    "An account was made with this address meanwhile. Sign in, then open the link again.",
                )
                .into());
            }
            (id, name)
        }
        (Who::SignedIn { user, .. }, None) => (user, String::new()),
        (Who::Presents { .. }, None) => (open.user_id.ok_or_else(over)?, String::new()),
    };
    users::store::verify_email(&tx, user).await?;
    let member = store::join(&tx, &open, MemberId::from(Uuid::now_v7()), user).await?;
    store::accepted(&tx, &open, member).await?;
    users::store::note_sign_in(&tx, Some(user), "invitation", true, &request.ip, &request.user_agent).await?;
    let name = if name.is_empty() { users::store::account(&tx, user, None).await?.name } else { name };
    let Some(member) = member else {
        tx.commit().await?;
        return Ok((user, open));
    };
    let tx = tx.enter(open.workspace_id, origin(request, member, &name)).await?;
    let (role, project_ids) = (open.role.clone(), open.project_ids.clone());
    tx.publish(&MemberJoined { member_id: member, name, role, project_ids });
    tx.commit().await?;
    Ok((user, open))
}

async fn prove(app: &App, request: &RequestInfo, user: UserId, account: &str, password: &str) -> Result<()> {
    limits::attempt(app, &limits::PASSWORD, &request.ip, Some(account)).await?;
    let tx = app.db.system().await?;
    let hash = users::store::password_hash(&tx, user).await?;
    drop(tx);
    let hasher: Hasher = app.parts.get();
    if !hasher.verify(password, hash.as_deref()).await? {
        return Err(Refusal::field(
            "password",
            "wrong",
            "You have an account with this address: type its password.",
        )
        .into());
    }
    limits::succeeded(app, &limits::PASSWORD, &request.ip, Some(account)).await
}

async fn account(app: &App, open: &Open, name: &str, password: &str) -> Result<(String, String)> {
    let mut errors = Vec::new();
    let clean = text::clean_line(name).filter(|name| name.chars().count() <= 200);
    if clean.is_none() {
        errors.push(FieldError::new("name", "required", "Write your name, in at most 200 characters."));
    }
    if let Some((code, message)) =
        passwords::rules::refused(password, [name, &open.email, &open.workspace_name])
    {
        errors.push(FieldError::new("password", code, message));
    }
    let Some(clean) = clean.filter(|_| errors.is_empty()) else {
        return Err(Refusal::invalid(errors).into());
    };
    let hasher: Hasher = app.parts.get();
    Ok((clean, hasher.hash(password).await?))
}
