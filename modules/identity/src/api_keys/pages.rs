//! The API keys' tab of the settings.

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use jiff::ToSpan;
use rapport_base::Result;
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{ApiKey, actions, store};

const PATH: &str = "settings/api-keys";

#[derive(Template)]
#[template(path = "settings/api_keys.html")]
struct Index {
    shell: Shell,
    keys: Vec<ApiKey>,
    form: FormState,
    making: bool,
    areas: Vec<Area>,
    lives: Vec<Choice>,
    made: Option<(String, String)>,
}

/// The permissions of one area, with what was ticked.
struct Area {
    name: String,
    form: FormState,
    permissions: Vec<Choice>,
}

fn areas(cx: &Cx, form: &FormState) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for info in cx.app.permissions.iter().filter(|info| cx.may(info.permission)) {
        let (area, verb) = info.permission.0.split_once('.').unwrap_or((info.permission.0, ""));
        let choice = Choice::new(info.permission, verb.replace('_', " ")).hint(info.meaning);
        let name = area.replace('_', " ");
        match areas.iter_mut().find(|known| known.name == name) {
            Some(known) => known.permissions.push(choice),
            None => areas.push(Area {
                form: FormState::scoped(format!("key-{area}")),
                name,
                permissions: vec![choice],
            }),
        }
    }
    for area in &mut areas {
        form.values("permissions").iter().for_each(|ticked| area.form.push("permissions", ticked));
    }
    if let (Some(first), Some(error)) = (areas.first_mut(), form.error("permissions")) {
        first.form.add_error("permissions", error);
    }
    areas
}

async fn show(cx: &Cx, refused: Option<FormState>, made: Option<(String, String)>) -> Result<Response> {
    let tx = cx.read().await?;
    let (keys, shell) = futures::join!(store::list(&tx), cx.shell(&tx));
    let failed = refused.is_some();
    let form = refused.unwrap_or_else(|| FormState::new().with("life", "365"));
    let template = Index {
        shell: shell?.titled("Settings").live("api_key."),
        keys: keys?,
        areas: areas(cx, &form),
        form,
        making: failed || cx.request.uri.query().is_some_and(|query| query.contains("dialog=new-key")),
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
    let allowed_ips =
        form.value("allowed_ips").split(|c: char| c.is_whitespace() || c == ',').map(str::to_owned).collect();
    let (name, permissions) = (read.text("name"), read.list("permissions"));
    read.finish()?;
    actions::create(cx, actions::NewApiKey { name, permissions, expires_at, allowed_ips }).await
}

/// POST `/app/{slug}/settings/api-keys/{id}/revoke`.
pub(crate) async fn revoke(cx: Cx) -> Result<Response> {
    let key = actions::revoke(&cx, cx.id("id")?).await?;
    Ok(redirect_with(&cx.path(PATH), Toast::success(format!("The key {} has ended.", key.name))))
}
