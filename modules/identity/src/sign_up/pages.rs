//! The sign-up page.

use askama::Template;
use axum::response::Response;
use rapport_base::{Email, Result};
use rapport_ui::{FormState, PlainShell, Toast};
use rapport_web::{Form, Visitor, page, redirect, redirect_with, rejected};

use super::{NewAccount, actions, rules};
use crate::{sessions, sign_in};

#[derive(Template)]
#[template(path = "sign_up/form.html")]
struct SignUp {
    shell: PlainShell,
    form: FormState,
}

/// GET `/sign-up`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response> {
    if visitor.signed_in.is_some() {
        return Ok(redirect("/app"));
    }
    page(&SignUp { shell: visitor.shell("Create your workspace"), form: FormState::new() })
}

/// POST `/sign-up`.
pub(crate) async fn create(visitor: Visitor, form: Form) -> Result<Response> {
    match submitted(&visitor, &form).await {
        Ok(response) => Ok(response),
        Err(error) => {
            let mut state = crate::shown(&form, error)?;
            state.set("password", "");
            rejected(&SignUp { shell: visitor.shell("Create your workspace"), form: state })
        }
    }
}

async fn submitted(visitor: &Visitor, form: &Form) -> Result<Response> {
    let mut read = form.reader();
    let email: Option<Email> = read.email("email");
    if email.is_none() && form.value("email").trim().is_empty() {
        read.error("email", "required", "Write your e-mail address.");
    }
    let (name, workspace_name) = (read.text("name"), read.text("workspace_name"));
    let password = read.raw("password");
    let email = match email {
        Some(email) => email,
        None => {
            read.finish()?;
            return Ok(redirect("/sign-up"));
        }
    };
    let home = rules::home(&visitor.request.languages, &read.text("timezone"));
    let new = NewAccount {
        name,
        email,
        password,
        workspace_name,
        currency: Some(home.currency),
        timezone: Some(home.timezone),
        locale: Some(home.locale.into()),
    };
    let (user, founded) = actions::sign_up(&visitor.app, &visitor.request, new).await?;
    sign_in::pages::end_present(visitor).await?;
    let token =
        sessions::actions::open_now(&visitor.app, &visitor.request, user, Some(founded.workspace_id)).await?;
    let welcome = Toast::success("Your workspace is ready. We sent you a mail to confirm your address.");
    let response = redirect_with(&format!("/app/{}", founded.slug), welcome);
    Ok(sessions::actions::give(&visitor.app, response, &token))
}
