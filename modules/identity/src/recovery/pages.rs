//! Pages for a new password and for confirming an address.

use askama::Template;
use axum::response::Response;
use rapport_base::{Error, Refusal, Result};
use rapport_ui::{FormState, PlainShell, Toast};
use rapport_web::{Form, Visitor, page, redirect_with, rejected};

use super::actions;

#[derive(Template)]
#[template(path = "recovery/forgot.html")]
struct Forgot {
    shell: PlainShell,
    form: FormState,
    sent: bool,
}

#[derive(Template)]
#[template(path = "recovery/reset.html")]
struct Reset {
    shell: PlainShell,
    form: FormState,
    token: String,
}

#[derive(Template)]
#[template(path = "recovery/verify.html")]
struct Verify {
    shell: PlainShell,
    form: FormState,
    token: String,
}

/// GET `/forgot`.
pub(crate) async fn forgot(visitor: Visitor) -> Result<Response> {
    page(&Forgot { shell: visitor.shell("Forgotten the password?"), form: FormState::new(), sent: false })
}

/// POST `/forgot`.
pub(crate) async fn send(visitor: Visitor, form: Form) -> Result<Response> {
    match actions::forgot(&visitor.app, &visitor.request, form.value("email")).await {
        Ok(()) => {
            page(&Forgot { shell: visitor.shell("Look into your mail"), form: FormState::new(), sent: true })
        }
        Err(error) => {
            let form = crate::shown(&form, error)?;
            rejected(&Forgot { shell: visitor.shell("Forgotten the password?"), form, sent: false })
        }
    }
}

/// GET `/reset/{token}`: changes nothing.
pub(crate) async fn reset(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    page(&Reset { shell: visitor.shell("Choose a new password"), form: FormState::new(), token })
}

/// POST `/reset/{token}`.
pub(crate) async fn set(visitor: Visitor, form: Form) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    match actions::reset(&visitor.app, &visitor.request, &token, form.value("password")).await {
        Ok(()) => {
            Ok(redirect_with("/sign-in", Toast::success("Your password was changed. Sign in with it.")))
        }
        Err(error) => {
            let form = over_in_form(error)?;
            rejected(&Reset { shell: visitor.shell("Choose a new password"), form, token })
        }
    }
}

/// GET `/verify/{token}`: changes nothing, since mail scanners follow links too.
pub(crate) async fn verify(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    page(&Verify { shell: visitor.shell("Confirm your address"), form: FormState::new(), token })
}

/// POST `/verify/{token}`.
pub(crate) async fn confirm(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    match actions::verify(&visitor.app, &visitor.request, &token).await {
        Ok(()) => Ok(redirect_with("/app", Toast::success("Your address is confirmed."))),
        Err(error) => {
            let form = over_in_form(error)?;
            rejected(&Verify { shell: visitor.shell("Confirm your address"), form, token })
        }
    }
}

/// POST `/account/verify`.
pub(crate) async fn resend(visitor: Visitor) -> Result<Response> {
    let signed_in = visitor.signed_in.as_ref().ok_or_else(Refusal::not_found)?;
    actions::resend_verification(&visitor.app, &visitor.request, &signed_in.user).await?;
    Ok(redirect_with("/account", Toast::success("A new link is on its way.")))
}

fn over_in_form(error: Error) -> Result<FormState> {
    match error {
        Error::Refusal(refusal) if refusal.code == "link_over" => {
            Ok(FormState::new().with_error("", &refusal.message))
        }
        error => Form::default().rejected(error),
    }
}
