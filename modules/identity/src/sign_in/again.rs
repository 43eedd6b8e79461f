//! Signing in again in the middle of a form, without losing what was typed.
//!
//! The page carries the typed fields along as they are; after the sign-in another page hands them
//! back in a form that goes where the first one went. Nothing is kept on the server.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use rapport_base::{Error, Result};
use rapport_db::App;
use rapport_ui::{FormState, PlainShell};
use rapport_web::{Form, RequestInfo, Visitor, csrf_proof, local_path, page};

use super::{actions, pages};
use crate::sessions;

const TYPED: &str = "typed.";

#[derive(Template)]
#[template(path = "sign_in/again.html")]
struct Again {
    shell: PlainShell,
    form: FormState,
    action: String,
    typed: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "sign_in/resume.html")]
struct Resume {
    shell: PlainShell,
    action: String,
    typed: Vec<(String, String)>,
}

fn shell(app: &App, request: &RequestInfo, title: &str, csrf: &str) -> PlainShell {
    PlainShell {
        title: title.into(),
        lang: "en-GB".into(),
        csrf: csrf.into(),
        nonce: request.nonce.clone(),
        theme: request.theme,
        fmt: rapport_ui::Format::new("en-GB", jiff::tz::TimeZone::UTC, app.clock.now(), "EUR"),
        ..PlainShell::default()
    }
}

/// Answers a form posted without a session.
pub(crate) fn answer(app: &App, request: &RequestInfo, csrf: &str, typed: Vec<(String, String)>) -> Response {
    let shell = shell(app, request, "Your session has ended", csrf);
    let again = Again { shell, form: FormState::new(), action: request.here(), typed };
    match again.render() {
        Ok(html) => (StatusCode::UNAUTHORIZED, Html(html)).into_response(),
        Err(error) => Error::from(error).into_response(),
    }
}

/// POST `/sign-in/again`.
pub(crate) async fn create(visitor: Visitor, form: Form) -> Result<Response> {
    let action = local_path(form.value("action"), "/app").to_owned();
    let typed: Vec<(String, String)> = form
        .pairs()
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(TYPED)?.to_owned(), value.clone())))
        .collect();
    match actions::by_password(&visitor.app, &visitor.request, form.value("email"), form.value("password"))
        .await
    {
        Ok(user) => {
            pages::end_present(&visitor).await?;
            let token = sessions::actions::open_now(&visitor.app, &visitor.request, user, None).await?;
            let csrf = csrf_proof(&visitor.app, token.expose());
            let shell = shell(&visitor.app, &visitor.request, "You are back", &csrf);
            let response = page(&Resume { shell, action, typed })?;
            Ok(sessions::actions::give(&visitor.app, response, &token))
        }
        Err(error) => {
            let status = pages::status_of(&error);
            let state =
                crate::shown(&Form::from_pairs([("email".into(), form.value("email").into())]), error)?;
            let shell = visitor.shell("Your session has ended");
            Ok((status, page(&Again { shell, form: state, action, typed })?).into_response())
        }
    }
}
