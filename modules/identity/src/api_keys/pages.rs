//! The API keys' tab of the settings.

use askama::Template;
use axum::{http::{HeaderValue, header}, response::Response};
use jiff::ToSpan;
use rapport_base::Result;
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{ApiKey, actions, store};
use crate::workspaces::settings_pages::{Tab, tabs};

const PATH: &str = "settings/api-keys";

#[derive(Template)]
#[template(path = "settings/api_keys.html")]
struct Index {
    shell: Shell,
    tabs: Vec<Tab>,
    keys: Vec<ApiKey>,
    form: FormState,
    making: bool,
    permissions: Vec<Choice>,
    lives: Vec<Choice>,
    made: Option<(String, String)>,
}

async fn show(cx: &Cx, refused: Option<FormState>, made: Option<(String, String)>) -> Result<Response> {
    let tx = cx.read().await?;
    let (keys, shell) = futures::join!(store::list(&tx), cx.shell(&tx));
    let failed = refused.is_some();
    let permissions = cx.app.permissions.iter().filter(|info| cx.may(info.permission));
    let template = Index {
        shell: shell?.titled("Settings").live("api_key."),
        tabs: tabs(cx, PATH),
        keys: keys?,
        form: refused.unwrap_or_else(|| FormState::new().with("life", "365")),
        making: failed || cx.request.uri.query().is_some_and(|query| query.contains("dialog=new-key")),
        permissions: permissions.map(|info| Choice::new(info.permission, info.permission).hint(info.meaning)).collect(),
        lives: [("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never")]
            .map(|(value, label)| Choice::new(value, label))
            .into(),
        made,
    };
    if failed { rejected(&template) } else { page(&template) }
}

/// GET `/app/{slug}/settings/api-keys`.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    show(&cx, None, None).await
}

/// POST `/app/{slug}/settings/api-keys`: answers with the page that shows the key, this once.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    match submitted(&cx, &form).await {
        Ok((key, secret)) => {
            let mut response = show(&cx, None, Some((key.name, secret))).await?;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(error) => show(&cx, Some(form.rejected(error)?), None).await,
    }
}

async fn submitted(cx: &Cx, form: &Form) -> Result<(ApiKey, String)> {
    let mut read = form.reader();
    let days: Option<i64> = read.parse("life", "Choose when the key ends.");
    let expires_at = match days {
        Some(days @ 1..=3650) => Some(cx.now() + (days * 24).hours()),
        Some(_) => {
            read.error("life", "out_of_range", "Choose when the key ends.");
            None
        }
        None => None,
    };
    let allowed_ips = form.value("allowed_ips").split(|c: char| c.is_whitespace() || c == ',').map(str::to_owned).collect();
    let (name, permissions) = (read.text("name"), read.list("permissions"));
    read.finish()?;
    actions::create(cx, actions::NewApiKey { name, permissions, expires_at, allowed_ips }).await
}

/// POST `/app/{slug}/settings/api-keys/{id}/revoke`.
pub(crate) async fn revoke(cx: Cx) -> Result<Response> {
    let key = actions::revoke(&cx, cx.id("id")?).await?;
    Ok(redirect_with(&cx.path(PATH), Toast::success(format!("The key {} has ended.", key.name))))
}
