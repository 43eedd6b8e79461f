//! Pages of the sign-in link and code.

use askama::Template;
use axum::response::{IntoResponse, Response};
use rapport_base::Result;
use rapport_ui::{FormState, PlainShell};
use rapport_web::{Form, Query, Visitor, local_path, page, redirect};

use super::{
    link::{self, Arrival},
    pages::{self, Next},
};
use crate::sessions;

#[derive(Template)]
#[template(path = "sign_in/ask.html")]
struct Ask {
    shell: PlainShell,
    form: FormState,
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct Code {
    shell: PlainShell,
    form: FormState,
}

#[derive(Template)]
#[template(path = "sign_in/follow.html")]
struct Follow {
    shell: PlainShell,
    form: FormState,
    token: String,
}

/// GET `/sign-in/link`.
pub(crate) async fn show(visitor: Visitor, Query(to): Query<Next>) -> Result<Response> {
    let next = local_path(to.next(), "/app").to_owned();
    page(&Ask { shell: visitor.shell("Sign in by e-mail"), form: FormState::new(), next })
}

/// POST `/sign-in/link`.
pub(crate) async fn create(visitor: Visitor, form: Form) -> Result<Response> {
    let next = local_path(form.value("next"), "/app").to_owned();
    let Some(browser) = link::browser(&visitor.app, &visitor.request) else {
        return Ok(redirect("/sign-in/link"));
    };
    match link::ask(&visitor.app, &visitor.request, form.value("email"), &browser, &next).await {
        Ok(()) => Ok(redirect("/sign-in/code")),
        Err(error) => {
            let form = crate::shown(&form, error)?;
            rapport_web::rejected(&Ask { shell: visitor.shell("Sign in by e-mail"), form, next })
        }
    }
}

/// GET `/sign-in/code`.
pub(crate) async fn code(visitor: Visitor) -> Result<Response> {
    page(&Code { shell: visitor.shell("Look into your mail"), form: FormState::new() })
}

/// POST `/sign-in/code`.
pub(crate) async fn check_code(visitor: Visitor, form: Form) -> Result<Response> {
    let browser = link::browser(&visitor.app, &visitor.request);
    match link::by_code(&visitor.app, &visitor.request, form.value("code"), browser.as_deref()).await {
        Ok(arrival) => arrived(&visitor, arrival).await,
        Err(error) => {
            let form = crate::shown(&form, error)?;
            rapport_web::rejected(&Code { shell: visitor.shell("Look into your mail"), form })
        }
    }
}

/// GET `/sign-in/link/{token}`: changes nothing, since mail scanners follow links too.
pub(crate) async fn follow(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    page(&Follow { shell: visitor.shell("Sign in"), form: FormState::new(), token })
}

/// POST `/sign-in/link/{token}`.
pub(crate) async fn use_link(visitor: Visitor) -> Result<Response> {
    let token = visitor.param("token").to_owned();
    let browser = link::browser(&visitor.app, &visitor.request);
    match link::by_token(&visitor.app, &visitor.request, &token, browser.as_deref()).await {
        Ok(arrival) => arrived(&visitor, arrival).await,
        Err(rapport_base::Error::Refusal(refusal))
            if matches!(refusal.code, "other_browser" | "link_over") =>
        {
            let form = FormState::new().with_error("", &refusal.message);
            let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok((status, page(&Follow { shell: visitor.shell("Sign in"), form, token })?).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn arrived(visitor: &Visitor, arrival: Arrival) -> Result<Response> {
    pages::end_present(visitor).await?;
    let token = sessions::actions::open_now(&visitor.app, &visitor.request, arrival.user, None).await?;
    Ok(sessions::actions::give(&visitor.app, redirect(&arrival.next), &token))
}
