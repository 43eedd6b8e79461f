//! Settings in the browser, with a preview of their effect.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{
    Settings, SettingsInput,
    actions::{self, Effect},
    store,
};

#[derive(Template)]
#[template(path = "settings/show.html")]
struct Show {
    shell: Shell,
    form: FormState,
    version: String,
    effect: Option<Effect>,
}

/// GET /app/{workspace}/settings/health
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (settings, shell) = futures::join!(store::get(&tx), cx.shell(&tx));
    let settings = settings?;
    let version = settings.version.to_string();
    page(&Show { shell: titled(&cx, shell?), form: filled(&settings), version, effect: None })
}

/// POST /app/{workspace}/settings/health
pub(crate) async fn save(cx: Cx, form: Form) -> Result<Response> {
    let preview = form.value("preview") == "1";
    let done = match read(&form) {
        Ok(input) if preview => actions::check(&input).map(|()| Some(input)),
        Ok(input) => {
            let seen = form.value("version").parse().ok().filter(|version| *version > 0);
            actions::save(&cx, &input, seen).await.map(|_| None)
        }
        Err(error) => Err(error),
    };
    let input = match done {
        Ok(None) => {
            let toast = Toast::success("Saved. Every client is calculated anew; that takes a moment.");
            return Ok(redirect_with(&cx.path("health"), toast));
        }
        Ok(Some(input)) => Ok(input),
        Err(error) => Err(form.rejected(error)?),
    };
    let tx = cx.read().await?;
    let shell = titled(&cx, cx.shell(&tx).await?);
    let version = form.value("version").to_owned();
    match input {
        Ok(input) => {
            let effect = Some(actions::preview(&tx, &input).await?);
            page(&Show { shell, form: form.state(), version, effect })
        }
        Err(form) => rejected(&Show { shell, form, version, effect: None }),
    }
}

fn titled(cx: &Cx, shell: Shell) -> Shell {
    shell.titled("What makes a client healthy").crumb("Settings", cx.path("settings"))
}

fn filled(settings: &Settings) -> FormState {
    [
        ("payment_weight", settings.payment_weight),
        ("delivery_weight", settings.delivery_weight),
        ("communication_weight", settings.communication_weight),
        ("engagement_weight", settings.engagement_weight),
        ("relationship_weight", settings.relationship_weight),
        ("healthy_from", settings.healthy_from),
        ("at_risk_from", settings.at_risk_from),
        ("hysteresis", settings.hysteresis),
    ]
    .into_iter()
    .fold(FormState::new(), |form, (name, value)| form.with(name, value))
}

fn read(form: &Form) -> Result<SettingsInput> {
    let mut reader = form.reader();
    let mut number = |name: &str| reader.required::<i16>(name, "Write a whole number.").unwrap_or_default();
    let input = SettingsInput {
        communication_weight: number("communication_weight"),
        delivery_weight: number("delivery_weight"),
        payment_weight: number("payment_weight"),
        engagement_weight: number("engagement_weight"),
        relationship_weight: number("relationship_weight"),
        healthy_from: number("healthy_from"),
        at_risk_from: number("at_risk_from"),
        hysteresis: number("hysteresis"),
    };
    reader.finish()?;
    Ok(input)
}
