//! Sharing a portal: links, and who came by them.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    GuestId, GuestRow, Link, MadeLink, NewLink,
    actions::{self, GuestAct},
    store,
};
use crate::{
    PORTALS_MANAGE, Portal, PortalId,
    portals::{actions::seen, pages::around},
};

#[derive(Template)]
#[template(path = "portals/links.html")]
struct Index {
    shell: Shell,
    portal: Portal,
    tab: &'static str,
    may_manage: bool,
    links: Vec<Link>,
    guests: Vec<GuestRow>,
    contacts: Vec<(String, String)>,
    made: Option<MadeLink>,
    form: FormState,
    dialog: String,
}

/// Which dialog stands open.
#[derive(Debug, Default, Deserialize)]
pub struct IndexQuery {
    dialog: Option<String>,
}

/// GET /app/{workspace}/portals/{id}/links
pub async fn index(cx: Cx, Query(query): Query<IndexQuery>) -> Result<Response> {
    page(&index_page(&cx, None, FormState::new(), query.dialog.unwrap_or_default()).await?)
}

/// POST /app/{workspace}/portals/{id}/links: the answer shows the address, once.
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    let made = match read(&form) {
        Ok(input) => actions::create(&cx, cx.id("id")?, input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => page(&index_page(&cx, Some(made), FormState::new(), String::new()).await?),
        Err(error) => {
            let state = form.rejected(error)?;
            rejected(&index_page(&cx, None, state, "new-link".into()).await?)
        }
    }
}

fn read(form: &Form) -> Result<NewLink> {
    let mut reader = form.reader();
    let input = NewLink {
        contact_id: reader.parse("contact_id", "Choose a contact."),
        expires_in_days: reader.parse("expires_in_days", "Write a number of days, 1 to 365."),
        single_use: Some(reader.checked("single_use")),
        send: reader.checked("send"),
    };
    reader.finish()?;
    Ok(input)
}

/// POST /app/{workspace}/portals/{id}/links/revoke
pub async fn revoke_all(cx: Cx) -> Result<Response> {
    actions::revoke(&cx, cx.id("id")?, None).await?;
    Ok(redirect_with(&back(&cx), Toast::success("All links revoked. Everyone is out.")))
}

/// POST /app/{workspace}/portals/{id}/links/{link_id}/revoke
pub async fn revoke(cx: Cx) -> Result<Response> {
    actions::revoke(&cx, cx.id("id")?, Some(cx.id("link_id")?)).await?;
    Ok(redirect_with(&back(&cx), Toast::success("Link revoked. Whoever came by it is out.")))
}

/// POST /app/{workspace}/portals/{id}/links/{link_id}/regenerate
pub async fn regenerate(cx: Cx) -> Result<Response> {
    let made = actions::regenerate(&cx, cx.id("id")?, cx.id("link_id")?).await?;
    page(&index_page(&cx, Some(made), FormState::new(), String::new()).await?)
}

/// POST /app/{workspace}/portals/{id}/guests/{guest_id}
pub async fn change_guest(cx: Cx, form: Form) -> Result<Response> {
    let guest: GuestId = cx.id("guest_id")?;
    let (act, said) = match form.value("act") {
        "revoke" => (GuestAct::Revoke, "Access taken away. All their links and visits ended."),
        "restore" => (GuestAct::Restore, "Access given back. Send a new link."),
        _ => (GuestAct::Role(form.value("role")), "Role changed."),
    };
    actions::change_guest(&cx, cx.id("id")?, guest, act).await?;
    Ok(redirect_with(&back(&cx), Toast::success(said)))
}

fn back(cx: &Cx) -> String {
    cx.path(&format!("portals/{}/links", cx.param("id")))
}

async fn index_page(cx: &Cx, made: Option<MadeLink>, form: FormState, dialog: String) -> Result<Index> {
    let id: PortalId = cx.id("id")?;
    let tx = cx.read().await?;
    let (portal, links, guests, contacts, shell) = futures::join!(
        seen(cx, &tx, id),
        store::list(&tx, id),
        store::guests(&tx, id),
        store::contacts(&tx, id),
        cx.shell(&tx)
    );
    let portal = portal?;
    let contacts = contacts?
        .into_iter()
        .map(|contact| {
            let label = match &contact.email {
                Some(email) => format!("{} ({email})", contact.name),
                None => contact.name,
            };
            (contact.id.to_string(), label)
        })
        .collect();
    let form = if form.value("expires_in_days").is_empty() {
        let form = form.with("expires_in_days", portal.link_days).with("send", "on");
        if portal.link_single_use { form.with("single_use", "on") } else { form }
    } else {
        form
    };
    Ok(Index {
        shell: around(cx, shell?, &portal),
        tab: "links",
        may_manage: cx.may(PORTALS_MANAGE),
        links: links?,
        guests: guests?,
        contacts,
        made,
        form,
        dialog,
        portal,
    })
}
