//! A portal's settings: words, look, what it shows, how links work.

use askama::Template;
use axum::response::Response;
use files::{Limits, NewFile, Purpose, Visibility};
use rapport_base::{Refusal, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, Upload, page, redirect_with, rejected};

use super::{
    Portal, PortalChange, PortalId, Sections, Theme,
    actions::{self, seen},
    pages::around,
    store,
};

/// A logo is at most two megabytes.
const LOGO: Limits = Limits::only(files::IMAGES, 2 * 1024 * 1024);

#[derive(Template)]
#[template(path = "portals/settings.html")]
struct Settings {
    shell: Shell,
    portal: Portal,
    tab: &'static str,
    may_manage: bool,
    projects: Vec<(String, String)>,
    form: FormState,
}

/// GET /app/{workspace}/portals/{id}/settings
pub async fn show(cx: Cx) -> Result<Response> {
    page(&settings(&cx, None).await?)
}

/// POST /app/{workspace}/portals/{id}/settings
pub async fn save(cx: Cx, mut upload: Upload) -> Result<Response> {
    match change(&cx, &mut upload).await {
        Ok(()) => Ok(redirect_with(
            &cx.path(&format!("portals/{}/settings", cx.param("id"))),
            Toast::success("Portal saved."),
        )),
        Err(error) => {
            let form = upload.form().rejected(error)?;
            rejected(&settings(&cx, Some(form)).await?)
        }
    }
}

async fn change(cx: &Cx, upload: &mut Upload) -> Result<()> {
    let mut logo = None;
    while let Some(field) = upload.next_file().await? {
        logo = Some(files::receive(&cx.app, cx.workspace_id(), field, LOGO).await?);
    }
    let form = upload.form();
    let (change, version) = read(&form)?;
    let id: PortalId = cx.id("id")?;
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, id).await?;
    let mut theme = Theme { logo_file_id: portal.logo_file_id, ..change.theme.clone().unwrap_or_default() };
    if form.reader().checked("remove_logo") {
        theme.logo_file_id = None;
    }
    if let Some(received) = logo {
        let file = NewFile {
            visibility: Visibility::Client,
            client_id: Some(portal.client_id),
            portal_id: Some(id.uuid()),
            ..NewFile::new(received, Purpose::Logo)
        };
        theme.logo_file_id = Some(files::create_in(&tx, file).await?.uuid());
    }
    actions::update_in(&tx, portal, PortalChange { theme: Some(theme), ..change }, Some(version)).await?;
    tx.commit().await
}

fn read(form: &Form) -> Result<(PortalChange, i32)> {
    let mut reader = form.reader();
    let version: Option<i32> = reader.parse("version", "Reload the page.");
    let sections = Sections {
        progress: reader.checked("progress"),
        files: reader.checked("files"),
        messages: reader.checked("messages"),
        approvals: reader.checked("approvals"),
        invoices: reader.checked("invoices"),
        team: reader.checked("team"),
    };
    let own_color = reader.checked("own_color");
    let theme = Theme {
        accent_color: own_color.then(|| reader.text("theme.accent_color")),
        logo_file_id: None,
        welcome_text: reader.optional("theme.welcome_text"),
    };
    let change = PortalChange {
        title: Some(reader.text("title")),
        description: Some(reader.text("description")),
        project_ids: Some(reader.parse_all("project_ids", "Choose projects of this client.")),
        status: reader.optional("status"),
        theme: Some(theme),
        sections: Some(sections),
        require_code: Some(reader.checked("require_code")),
        link_days: reader.required("link_days", "Write a number of days, 1 to 365."),
        link_single_use: Some(reader.checked("link_single_use")),
    };
    reader.finish()?;
    Ok((change, version.ok_or_else(Refusal::stale)?))
}

async fn settings(cx: &Cx, form: Option<FormState>) -> Result<Settings> {
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (portal, projects, shell) =
        futures::join!(seen(cx, &tx, id), store::project_choices(&tx, id), cx.shell(&tx));
    let portal = portal?;
    let form = form.unwrap_or_else(|| filled(&portal));
    Ok(Settings {
        shell: around(cx, shell?, &portal),
        projects: projects?.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        tab: "settings",
        may_manage: true,
        form,
        portal,
    })
}

fn filled(portal: &Portal) -> FormState {
    let mut form = FormState::new()
        .with("title", &portal.title)
        .with("description", &portal.description)
        .with("status", &portal.status)
        .with("theme.welcome_text", &portal.welcome_text)
        .with("theme.accent_color", portal.accent_color.as_deref().unwrap_or("#2457c5"))
        .with("link_days", portal.link_days);
    let ticked = [
        ("own_color", portal.accent_color.is_some()),
        ("progress", portal.shows_progress),
        ("files", portal.shows_files),
        ("messages", portal.shows_messages),
        ("approvals", portal.shows_approvals),
        ("invoices", portal.shows_invoices),
        ("team", portal.shows_team),
        ("require_code", portal.require_code),
        ("link_single_use", portal.link_single_use),
    ];
    for (name, _) in ticked.into_iter().filter(|(_, on)| *on) {
        form.set(name, "on");
    }
    for project in &portal.project_ids {
        form.push("project_ids", project);
    }
    form
}
