//! What people change about themselves.

use garde::Validate;
use rapport_base::{FieldError, Phone, Refusal, Result, patch, text};
use rapport_db::App;
use rapport_web::{RequestInfo, SignedIn, User};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::{self, Profile};
use crate::{
    events::{PasswordChanged, SessionEnded},
    limits, mails, origin,
    passwords::{self, Hasher},
    sessions, tokens,
    workspaces::rules,
};

/// What is to change; fields left out stay.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeMe {
    /// Full name.
    #[garde(inner(length(chars, max = 200)))]
    pub name: Option<String>,
    /// BCP 47 tag.
    #[garde(inner(length(max = 35)))]
    pub locale: Option<String>,
    /// IANA name.
    #[garde(inner(length(max = 64)))]
    pub timezone: Option<String>,
    /// Phone; `null` clears.
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 40))))]
    pub phone: Option<Option<String>>,
}

/// Changes the own profile.
pub(crate) async fn change(app: &App, user: &User, wished: ChangeMe) -> Result<()> {
    rapport_web::validate(&wished)?;
    let tx = app.db.system().await?;
    let mut profile: Profile = store::lock_profile(&tx, user.id).await?;
    let mut errors = Vec::new();
    if let Some(name) = wished.name {
        match text::clean_line(&name) {
            Some(name) => profile.name = name,
            None => errors.push(FieldError::new("name", "required", "Write your name.")),
        }
    }
    if let Some(locale) = wished.locale {
        if rules::is_locale(&locale) {
            profile.locale = locale;
        } else {
            errors.push(FieldError::new("locale", "invalid", "Write a language tag, such as en-GB."));
        }
    }
    if let Some(timezone) = wished.timezone {
        if rules::is_timezone(&timezone) {
            profile.timezone = timezone;
        } else {
            errors.push(FieldError::new(
                "timezone",
                "unknown",
                "Write an IANA time zone, such as Europe/London.",
            ));
        }
    }
    if let Some(phone) = wished.phone {
        let typed = phone.as_deref().and_then(text::clean_line);
        match typed.as_deref().map(|typed| Phone::try_new(typed, None)) {
            None => profile.phone = None,
            Some(Some(phone)) => profile.phone = Some(phone.as_str().to_owned()),
            Some(None) => errors.push(FieldError::new(
                "phone",
                "invalid",
                "Write a phone number with its country, such as +44 20 7183 8750.",
            )),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    store::save_profile(&tx, user.id, &profile).await?;
    tx.commit().await
}

/// Asks for the own password before something that matters; a wrong one stands beside `field`.
pub(crate) async fn confirm_password(
    app: &App,
    request: &RequestInfo,
    user: &User,
    password: &str,
    field: &str,
) -> Result<()> {
    let account = user.email.to_lowercase();
    limits::attempt(app, &limits::PASSWORD, &request.ip, Some(&account)).await?;
    let tx = app.db.system().await?;
    let hash = store::password_hash(&tx, user.id).await?;
    drop(tx);
    let hasher: Hasher = app.parts.get();
    if !hasher.verify(password, hash.as_deref()).await? {
        return Err(Refusal::field(field, "wrong", "This is not your present password.").into());
    }
    limits::succeeded(app, &limits::PASSWORD, &request.ip, Some(&account)).await
}

/// Changes the own password and ends every other session and API client. Returns the new token of
/// the session at hand: a session never outlives a rise of privilege under its old token.
pub(crate) async fn change_password(
    app: &App,
    request: &RequestInfo,
    who: &SignedIn,
    present: &str,
    new: &str,
) -> Result<Option<rapport_base::Token>> {
    confirm_password(app, request, &who.user, present, "present").await?;
    if let Some((code, message)) = passwords::rules::refused(new, [who.user.name.as_str(), &who.user.email]) {
        return Err(Refusal::field("password", code, message).into());
    }
    let hasher: Hasher = app.parts.get();
    let hash = hasher.hash(new).await?;
    let tx = app.db.system().await?;
    store::set_password(&tx, who.user.id, &hash).await?;
    sessions::store::end_others(&tx, who.user.id, None).await?;
    tokens::actions::end_all(&tx, who.user.id, None, "password").await?;
    mails::password_changed(app, &tx, &who.user.name, &who.user.email).await?;
    let workspace = who.member.as_ref().map(|member| member.workspace.id);
    let token = match who.session.id {
        Some(_) => Some(sessions::actions::open(&tx, request, who.user.id, workspace).await?),
        None => None,
    };
    match &who.member {
        Some(member) => {
            let tx = tx.enter(member.workspace.id, origin(request, member.id, &who.user.name)).await?;
            tx.publish(&PasswordChanged { member_id: member.id });
            tx.commit().await?;
        }
        None => tx.commit().await?,
    }
    Ok(token)
}

/// Ends one of the own sessions or API clients; not found when it is none.
pub(crate) async fn end_session(app: &App, request: &RequestInfo, who: &SignedIn, id: Uuid) -> Result<()> {
    let tx = app.db.system().await?;
    if !sessions::store::end(&tx, who.user.id, id).await?
        && !tokens::actions::end_one(&tx, who.user.id, id).await?
    {
        return Err(Refusal::not_found().into());
    }
    ended(tx, request, who, 1).await
}

/// Ends all own sessions and API clients but the one at hand.
pub(crate) async fn end_other_sessions(
    app: &App,
    request: &RequestInfo,
    who: &SignedIn,
    keep: Option<Uuid>,
) -> Result<()> {
    let tx = app.db.system().await?;
    let browsers = sessions::store::end_others(&tx, who.user.id, who.session.id.or(keep)).await?;
    let clients = tokens::actions::end_others(&tx, who.user.id, keep).await?;
    ended(tx, request, who, i64::try_from(browsers + clients).unwrap_or(i64::MAX)).await
}

async fn ended(tx: rapport_db::SystemTx, request: &RequestInfo, who: &SignedIn, count: i64) -> Result<()> {
    let Some(member) = who.member.as_ref().filter(|_| count > 0) else { return tx.commit().await };
    let tx = tx.enter(member.workspace.id, origin(request, member.id, &who.user.name)).await?;
    tx.publish(&SessionEnded { member_id: member.id, count });
    tx.commit().await
}
