//! The export's tab of the settings.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{Shell, Toast};
use rapport_web::{Cx, page, redirect_with};

use super::{Export, actions, store};

const PATH: &str = "settings/exports";

#[derive(Template)]
#[template(path = "exports/index.html")]
struct Index {
    shell: Shell,
    exports: Vec<Export>,
    open: bool,
}

/// GET `/app/{slug}/settings/exports`.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let (exports, shell) = futures::join!(store::list(&tx), cx.shell(&tx));
    let exports = exports?;
    let open = exports.iter().any(Export::is_open);
    page(&Index { shell: shell?.titled("Settings").live("export."), exports, open })
}

/// POST `/app/{slug}/settings/exports`.
pub(crate) async fn create(cx: Cx) -> Result<Response> {
    let toast = match actions::request(&cx).await {
        Ok(_) => Toast::success("The export is being made. You will be told when it is ready."),
        Err(rapport_base::Error::Refusal(refusal)) => Toast::warn(refusal.message.into_owned()),
        Err(bug) => return Err(bug),
    };
    Ok(redirect_with(&cx.path(PATH), toast))
}

/// POST `/app/{slug}/settings/exports/{id}/cancel`.
pub(crate) async fn cancel(cx: Cx) -> Result<Response> {
    let export = actions::cancel(&cx, cx.id("id")?).await?;
    let text = if export.is_ready() { "The file is removed." } else { "The export is not made." };
    Ok(redirect_with(&cx.path(PATH), Toast::success(text)))
}

/// GET `/app/{slug}/settings/exports/{id}/download`.
pub(crate) async fn download(cx: Cx) -> Result<Response> {
    actions::download(&cx, cx.id("id")?).await
}
