//! The sign-in page, and the way out.

use askama::Template;
use axum::{
    http::HeaderValue,
    response::{IntoResponse, Response},
};
use rapport_base::{Error, Kind, Result};
use rapport_ui::{FormState, PlainShell};
use rapport_web::{Form, Query, Visitor, local_path, page, redirect};
use serde::Deserialize;

use super::actions;
use crate::sessions;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    pub(crate) fn next(&self) -> &str {
        &self.next
    }
}

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignIn {
    shell: PlainShell,
    form: FormState,
    next: String,
}

/// GET `/sign-in`.
pub(crate) async fn show(visitor: Visitor, Query(to): Query<Next>) -> Result<Response> {
    let next = local_path(&to.next, "/app").to_owned();
    if visitor.signed_in.is_some() {
        return Ok(redirect(&next));
    }
    page(&SignIn { shell: visitor.shell("Sign in"), form: FormState::new(), next })
}

/// POST `/sign-in`.
pub(crate) async fn create(visitor: Visitor, form: Form) -> Result<Response> {
    let next = local_path(form.value("next"), "/app").to_owned();
    match actions::by_password(&visitor.app, &visitor.request, form.value("email"), form.value("password"))
        .await
    {
        Ok(user) => {
            end_present(&visitor).await?;
            let token = sessions::actions::open_now(&visitor.app, &visitor.request, user, None).await?;
            Ok(sessions::actions::give(&visitor.app, redirect(&next), &token))
        }
        Err(error) => {
            let status = status_of(&error);
            let form = crate::shown(&form, error)?;
            let form = form.with("password", "");
            let page = page(&SignIn { shell: visitor.shell("Sign in"), form, next })?;
            Ok((status, page).into_response())
        }
    }
}

/// A form's refusal keeps its status: 401 for wrong credentials, 422 for fields.
pub(crate) fn status_of(error: &Error) -> axum::http::StatusCode {
    let status = error.refusal().map_or(500, |refusal| match refusal.kind {
        Kind::Unauthenticated => 401,
        Kind::Limit => 429,
        _ => 422,
    });
    axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::UNPROCESSABLE_ENTITY)
}

/// A new sign-in replaces the session the browser had.
pub(crate) async fn end_present(visitor: &Visitor) -> Result<()> {
    if let Some(signed_in) = &visitor.signed_in
        && let Some(session) = signed_in.session.id
    {
        sessions::actions::end(&visitor.app, signed_in.user.id, session).await?;
    }
    Ok(())
}

/// POST `/sign-out`.
pub(crate) async fn sign_out(visitor: Visitor) -> Result<Response> {
    end_present(&visitor).await?;
    let mut response = sessions::actions::take(&visitor.app, redirect("/sign-in"));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

/// POST `/theme`.
pub(crate) async fn theme(form: Form) -> Result<Response> {
    let theme = rapport_ui::Theme::parse(form.value("theme")).as_str();
    let mut response = redirect(local_path(form.value("back"), "/app"));
    let line = format!("theme={theme}; Path=/; SameSite=Lax; Max-Age=31536000");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append("set-cookie", line);
    }
    Ok(response)
}
