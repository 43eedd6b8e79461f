//! Portals in the browser: the list, a portal at a glance, its files, what guests did.

use askama::Template;
use axum::response::Response;
use files::{File, Owner};
use jiff::Timestamp;
use rapport_base::{Cursor, Result};
use rapport_ui::{FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    NewPortal, Portal, PortalId,
    actions::{self, seen},
    api::{self, ListQuery},
    store,
};
use crate::{
    PORTALS_MANAGE,
    links::{self, GuestRow},
    visits::store::{AccessRow, log_list},
};

#[derive(Template)]
#[template(path = "portals/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    portals: Vec<Portal>,
    clients: Vec<(String, String)>,
    form: FormState,
    dialog: String,
    may_manage: bool,
}

#[derive(Template)]
#[template(path = "portals/show.html")]
struct Show {
    shell: Shell,
    portal: Portal,
    tab: &'static str,
    may_manage: bool,
    guests: Vec<GuestRow>,
    links_working: usize,
    links_made: usize,
    projects: Vec<(Uuid, String)>,
    activity: Vec<AccessRow>,
    thread: Option<conversations::ConversationId>,
    unread: i64,
}

#[derive(Template)]
#[template(path = "portals/files.html")]
struct Files {
    shell: Shell,
    portal: Portal,
    tab: &'static str,
    may_manage: bool,
    may_upload: bool,
    files: Vec<File>,
    form: FormState,
}

#[derive(Template)]
#[template(path = "portals/activity.html")]
struct Activity {
    shell: Shell,
    portal: Portal,
    tab: &'static str,
    may_manage: bool,
    activity: Vec<AccessRow>,
    earlier: Option<String>,
}

/// Where in the log.
#[derive(Debug, Default, Deserialize)]
pub struct ActivityQuery {
    before: Option<String>,
}

/// GET /app/{workspace}/portals
pub async fn index(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    page(&index_page(&cx, &query, FormState::new()).await?)
}

/// POST /app/{workspace}/portals
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    match open(&cx, &form).await {
        Ok(id) => Ok(redirect_with(
            &cx.path(&format!("portals/{id}/links")),
            Toast::success("Portal opened. Now share a link into it."),
        )),
        Err(error) => {
            let state = form.rejected(error)?;
            let query = ListQuery { dialog: Some("new-portal".into()), ..ListQuery::default() };
            rejected(&index_page(&cx, &query, state).await?)
        }
    }
}

async fn open(cx: &Cx, form: &Form) -> Result<PortalId> {
    let mut reader = form.reader();
    let client_id: Option<Uuid> = reader.required("client_id", "Choose the client.");
    let input = NewPortal {
        title: reader.optional("title"),
        description: reader.optional("description"),
        client_id: client_id.unwrap_or_default(),
        project_ids: None,
        status: None,
        theme: super::Theme::default(),
        sections: super::Sections::default(),
        require_code: None,
        link_days: None,
        link_single_use: None,
    };
    reader.finish()?;
    actions::create(cx, input).await
}

/// GET /app/{workspace}/portals/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (portal, guests, links, projects, activity, thread, shell) = futures::join!(
        seen(&cx, &tx, id),
        links::store::guests(&tx, id),
        links::store::list(&tx, id),
        store::project_choices(&tx, id),
        log_list(&tx, id, None, 8),
        conversations::of_portal(&tx, id.uuid(), cx.member.id),
        cx.shell(&tx)
    );
    let (portal, thread, links) = (portal?, thread?, links?);
    let projects = projects?.into_iter().filter(|(id, _)| portal.project_ids.contains(id)).collect();
    page(&Show {
        shell: around(&cx, shell?, &portal),
        tab: "overview",
        may_manage: cx.may(PORTALS_MANAGE),
        guests: guests?,
        links_working: links.iter().filter(|link| link.status == "active").count(),
        links_made: links.len(),
        projects,
        activity: activity?,
        unread: thread.as_ref().map_or(0, |thread| i64::from(thread.is_unread)),
        thread: thread.map(|thread| thread.id),
        portal,
    })
}

/// GET /app/{workspace}/portals/{id}/files
pub async fn files(cx: Cx) -> Result<Response> {
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (portal, files, shell) =
        futures::join!(seen(&cx, &tx, id), files::list_for(&tx, Owner::Portal(id.uuid())), cx.shell(&tx));
    let portal = portal?;
    page(&Files {
        shell: around(&cx, shell?, &portal),
        tab: "files",
        may_manage: cx.may(PORTALS_MANAGE),
        may_upload: cx.may(files::FILES_UPLOAD),
        files: files?,
        form: FormState::new().with("visibility", "client"),
        portal,
    })
}

/// GET /app/{workspace}/portals/{id}/activity
pub async fn activity(cx: Cx, Query(query): Query<ActivityQuery>) -> Result<Response> {
    const ROWS: usize = 100;
    let before: Option<(Timestamp, Uuid)> = query.before.as_deref().map(Cursor::unpack).transpose()?;
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (portal, rows, shell) =
        futures::join!(seen(&cx, &tx, id), log_list(&tx, id, before, ROWS as i64 + 1), cx.shell(&tx));
    let (portal, mut rows) = (portal?, rows?);
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let earlier = rows.last().filter(|_| more).map(|last| Cursor::pack(&(last.at, last.id)).0);
    page(&Activity {
        shell: around(&cx, shell?, &portal),
        tab: "activity",
        may_manage: cx.may(PORTALS_MANAGE),
        activity: rows,
        earlier,
        portal,
    })
}

/// The shell around every page of a portal.
pub(crate) fn around(cx: &Cx, shell: Shell, portal: &Portal) -> Shell {
    shell.titled(&portal.title).crumb("Portals", cx.path("portals")).live("portal. message. file. feedback.")
}

/// What an entry of the access log says, after the guest's name.
pub(crate) fn deed(action: &str) -> &str {
    match action {
        "opened_link" => "opened the portal by a link",
        "looked_as_client" => "looked at the portal as the client",
        "viewed_home" => "looked at the first page",
        "viewed_progress" => "looked at the progress",
        "viewed_files" => "looked at the files",
        "viewed_deliverables" => "looked at the approvals",
        "viewed_invoices" => "looked at the invoices",
        "viewed_invoice" => "looked at an invoice",
        "viewed_messages" => "looked at the messages",
        "viewed_team" => "looked at the team",
        "downloaded" => "downloaded a file",
        "downloaded_invoice" => "downloaded an invoice",
        "began_payment" => "went to pay an invoice",
        "uploaded" => "uploaded a file",
        "wrote" => "wrote a message",
        "changed_message" => "changed a message",
        "approved" => "approved a deliverable",
        "asked_for_revision" => "asked for a revision",
        "gave_feedback" => "gave feedback",
        other => other,
    }
}

async fn index_page(cx: &Cx, query: &ListQuery, form: FormState) -> Result<Index> {
    let tx = cx.read().await?;
    let chosen = [form.value("client_id").parse().ok(), query.client_id.map(Into::into)];
    let (rows, clients, shell) =
        futures::join!(api::page_of(cx, &tx, query), clients::choices(&tx, &chosen), cx.shell(&tx));
    let (rows, clients, shell) = (rows?, clients?, shell?);
    let filters = [
        ("search", query.search.clone()),
        ("status", query.status.clone()),
        ("client_id", query.client_id.map(|id| id.to_string())),
    ];
    let list = ListState {
        path: cx.path("portals"),
        query: filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        shown: rows.data.len(),
        total: u64::try_from(rows.total).unwrap_or_default(),
        total_is_at_least: rows.total_is_at_least,
        next: rows.next,
        noun: ("portal", "portals"),
        ..ListState::default()
    };
    let form = match query.client_id {
        Some(client) if form.value("client_id").is_empty() => form.with("client_id", client),
        _ => form,
    };
    Ok(Index {
        shell: shell.titled("Portals").live("portal."),
        list,
        portals: rows.data,
        clients: clients.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        form,
        dialog: query.dialog.clone().unwrap_or_default(),
        may_manage: cx.may(PORTALS_MANAGE),
    })
}
