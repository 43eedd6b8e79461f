//! Choosing a workspace, founding another, and its colours.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rapport_base::{Currency, Refusal, Result, text};
use rapport_ui::{Choice, FormState, PlainShell, Toast};
use rapport_web::{Cx, Form, SignedIn, Visitor, page, redirect, redirect_with, rejected};

use super::{NewWorkspace, actions, rules, store};

fn who(visitor: &Visitor) -> Result<&SignedIn> {
    visitor.signed_in.as_ref().ok_or_else(|| Refusal::not_found().into())
}

/// GET `/app`: to the workspace worked in last.
pub(crate) async fn home(visitor: Visitor) -> Result<Response> {
    let user = who(&visitor)?.user.id;
    let tx = visitor.app.db.system().await?;
    let to = match store::of_user(&tx, user).await?.first() {
        Some(last) => format!("/app/{}", last.slug),
        None => "/workspaces".to_owned(),
    };
    Ok(redirect(&to))
}

#[derive(Template)]
#[template(path = "workspaces/index.html")]
struct Index {
    shell: PlainShell,
    workspaces: Vec<store::Choosable>,
    email: String,
}

/// GET `/workspaces`.
pub(crate) async fn index(visitor: Visitor) -> Result<Response> {
    let signed_in = who(&visitor)?;
    let tx = visitor.app.db.system().await?;
    let workspaces = store::of_user(&tx, signed_in.user.id).await?;
    page(&Index { shell: visitor.shell("Your workspaces"), workspaces, email: signed_in.user.email.clone() })
}

#[derive(Template)]
#[template(path = "workspaces/new.html")]
struct New {
    shell: PlainShell,
    form: FormState,
    currencies: Vec<Choice>,
    timezones: Vec<Choice>,
}

fn new_page(visitor: &Visitor, form: FormState) -> New {
    New {
        shell: visitor.shell("Found a workspace"),
        form,
        currencies: rules::currencies(),
        timezones: rules::timezones(),
    }
}

/// GET `/workspaces/new`.
pub(crate) async fn new(visitor: Visitor) -> Result<Response> {
    let timezone = who(&visitor)?.user.timezone.clone();
    let form = FormState::new().with("currency", "USD").with("timezone", timezone);
    page(&new_page(&visitor, form))
}

/// POST `/workspaces/new`.
pub(crate) async fn create(visitor: Visitor, form: Form) -> Result<Response> {
    match submitted(&visitor, &form).await {
        Ok(response) => Ok(response),
        Err(error) => rejected(&new_page(&visitor, form.rejected(error)?)),
    }
}

async fn submitted(visitor: &Visitor, form: &Form) -> Result<Response> {
    let signed_in = who(visitor)?;
    let mut read = form.reader();
    let name = text::clean_line(form.value("name")).filter(|name| name.chars().count() <= 200);
    if name.is_none() {
        read.error("name", "required", "Write what the business is called, in at most 200 characters.");
    }
    let currency = Currency::try_new(form.value("currency"));
    if currency.is_none() {
        read.error("currency", "unknown", "Choose a currency.");
    }
    let timezone = form.value("timezone").to_owned();
    if !rules::is_timezone(&timezone) {
        read.error("timezone", "unknown", "Choose a time zone.");
    }
    read.finish()?;
    let (Some(name), Some(currency)) = (name, currency) else { return Ok(redirect("/workspaces/new")) };
    let new = NewWorkspace { name, currency, timezone, locale: signed_in.user.locale.clone() };
    let tx = visitor.app.db.system().await?;
    let owner = (signed_in.user.id, signed_in.user.name.as_str());
    let (founded, tx) = actions::found(&visitor.app, &visitor.request, tx, owner, new).await?;
    tx.commit().await?;
    Ok(redirect_with(&format!("/app/{}", founded.slug), Toast::success("Your new workspace is ready.")))
}

/// GET `/app/{slug}/brand.css`.
pub(crate) async fn brand_css(cx: Cx) -> Result<Response> {
    let css = rapport_ui::brand::css(cx.workspace().brand_color.as_deref().unwrap_or_default());
    let mut response = css.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
    Ok(response)
}
