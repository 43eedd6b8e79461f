//! The account page: profile, password, and where one is signed in.

use askama::Template;
use axum::response::Response;
use rapport_base::{Refusal, Result};
use rapport_ui::{Choice, FormState, PlainShell, Toast};
use rapport_web::{Form, SignedIn, Visitor, page, redirect_with, rejected};

use super::{actions, store};
use crate::{
    sessions::{
        self,
        list::{SessionId, SessionView},
    },
    workspaces::rules,
};

#[derive(Template)]
#[template(path = "account/show.html")]
struct Account {
    shell: PlainShell,
    email: String,
    verified: bool,
    back: String,
    profile: FormState,
    password: FormState,
    sessions: Vec<SessionView>,
    timezones: Vec<Choice>,
    locales: Vec<Choice>,
}

fn who(visitor: &Visitor) -> Result<&SignedIn> {
    visitor.signed_in.as_ref().ok_or_else(|| Refusal::not_found().into())
}

async fn account(
    visitor: &Visitor,
    profile: Option<FormState>,
    password: Option<FormState>,
) -> Result<Response> {
    let who = who(visitor)?;
    let tx = visitor.app.db.system().await?;
    let (saved, places) =
        futures::join!(store::profile(&tx, who.user.id), sessions::store::of_user(&tx, who.user.id));
    let saved = saved?;
    let failed = profile.is_some() || password.is_some();
    let mut shell = visitor.shell("Your account");
    shell.fmt = rapport_ui::Format::new(
        &saved.locale,
        rapport_base::clock::zone(&saved.timezone),
        visitor.app.clock.now(),
        "EUR",
    );
    let template = Account {
        shell,
        email: who.user.email.clone(),
        verified: who.user.email_verified,
        back: who
            .member
            .as_ref()
            .map_or_else(|| "/workspaces".into(), |member| format!("/app/{}", member.workspace.slug)),
        profile: profile.unwrap_or_else(|| {
            FormState::scoped("profile")
                .with("name", &saved.name)
                .with("phone", saved.phone.as_deref().unwrap_or_default())
                .with("locale", &saved.locale)
                .with("timezone", &saved.timezone)
        }),
        password: password.unwrap_or_else(|| FormState::scoped("password")),
        sessions: places?.into_iter().map(|place| place.view(who.session.id)).collect(),
        timezones: rules::timezones(),
        locales: rules::locales(),
    };
    if failed { rejected(&template) } else { page(&template) }
}

/// GET `/account`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response> {
    account(&visitor, None, None).await
}

/// POST `/account`.
pub(crate) async fn update(visitor: Visitor, form: Form) -> Result<Response> {
    let read = form.reader();
    let wished = actions::ChangeMe {
        name: Some(read.text("name")),
        locale: read.optional("locale"),
        timezone: read.optional("timezone"),
        phone: Some(read.optional("phone")),
    };
    match actions::change(&visitor.app, &who(&visitor)?.user, wished).await {
        Ok(()) => Ok(redirect_with("/account", Toast::success("Saved."))),
        Err(error) => account(&visitor, Some(crate::scoped("profile", &form, error)?), None).await,
    }
}

/// POST `/account/password`.
pub(crate) async fn change_password(visitor: Visitor, form: Form) -> Result<Response> {
    let (present, new) = (form.value("present"), form.value("password"));
    match actions::change_password(&visitor.app, &visitor.request, who(&visitor)?, present, new).await {
        Ok(token) => {
            let toast = Toast::success("Your password was changed. All other sessions have ended.");
            let response = redirect_with("/account", toast);
            Ok(match token {
                Some(token) => sessions::actions::give(&visitor.app, response, &token),
                None => response,
            })
        }
        Err(error) => {
            let form = crate::scoped("password", &form, error)?.with("present", "").with("password", "");
            account(&visitor, None, Some(form)).await
        }
    }
}

/// POST `/account/sessions/{id}/end`.
pub(crate) async fn end_session(visitor: Visitor) -> Result<Response> {
    let id: SessionId = visitor.id("id")?;
    actions::end_session(&visitor.app, &visitor.request, who(&visitor)?, id.uuid()).await?;
    Ok(redirect_with("/account", Toast::success("That session has ended.")))
}

/// POST `/account/sessions/end-others`.
pub(crate) async fn end_other_sessions(visitor: Visitor) -> Result<Response> {
    let who = who(&visitor)?;
    actions::end_other_sessions(&visitor.app, &visitor.request, who, who.session.id).await?;
    Ok(redirect_with("/account", Toast::success("You are signed in here only.")))
}
