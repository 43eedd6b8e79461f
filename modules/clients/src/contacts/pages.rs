//! Contacts in the browser.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    Contact, ContactChange, ContactId, NewContact, Role, actions, api::ListQuery, rules::CHANNELS, store,
};
use crate::{
    CLIENTS_ERASE, CLIENTS_UPDATE, ClientId,
    clients::{access, head, pages::is_stale},
};

#[derive(Template)]
#[template(path = "contacts/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    contacts: Vec<Contact>,
    may_erase: bool,
}

#[derive(Template)]
#[template(path = "contacts/of_client.html")]
struct OfClient {
    shell: Shell,
    head: Html,
    client_id: ClientId,
    contacts: Vec<Contact>,
    form: FormState,
    dialog: String,
    roles: Vec<(&'static str, &'static str)>,
    may_update: bool,
}

#[derive(Template)]
#[template(path = "contacts/edit.html")]
struct Edit {
    shell: Shell,
    contact: Contact,
    form: FormState,
    roles: Vec<(&'static str, &'static str)>,
    channels: Vec<(&'static str, &'static str)>,
    deleting: bool,
    may_erase: bool,
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    search: Option<String>,
    after: Option<String>,
    dialog: Option<String>,
}

fn roles() -> Vec<(&'static str, &'static str)> {
    Role::ALL.iter().map(|role| (role.as_str(), role.label())).collect()
}

fn channels() -> Vec<(&'static str, &'static str)> {
    CHANNELS
        .iter()
        .map(|channel| {
            let label = match *channel {
                "email" => "E-mail",
                "sms" => "SMS",
                _ => "Phone",
            };
            (*channel, label)
        })
        .collect()
}

/// GET /app/{workspace}/contacts
pub async fn index(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let tx = cx.read().await?;
    let filter = ListQuery { search: query.search.clone(), after: query.after, ..ListQuery::default() };
    let (rows, shell) = futures::join!(actions::list(&cx, &tx, &filter), cx.shell(&tx));
    let rows = rows?;
    let list = ListState {
        path: cx.path("contacts"),
        query: vec![("search".into(), query.search.unwrap_or_default())],
        shown: rows.data.len(),
        total: u64::try_from(rows.total).unwrap_or_default(),
        total_is_at_least: rows.total_is_at_least,
        next: rows.next,
        noun: ("person", "people"),
        ..ListState::default()
    };
    page(&Index {
        shell: shell?.titled("People").live("contact. client."),
        list,
        contacts: rows.data,
        may_erase: cx.may(CLIENTS_ERASE),
    })
}

/// GET /app/{workspace}/clients/{id}/contacts
pub async fn of_client(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    page(&listed(&cx, cx.id("id")?, FormState::new(), query.dialog.unwrap_or_default()).await?)
}

async fn listed(cx: &Cx, client: ClientId, form: FormState, dialog: String) -> Result<OfClient> {
    let tx = cx.read().await?;
    let (head, shell, contacts) = futures::join!(
        head::header(cx, &tx, client, "Contacts"),
        cx.shell(&tx),
        store::list_for(&tx, client)
    );
    Ok(OfClient {
        head: head?,
        shell: shell?.titled("Contacts").crumb("Clients", cx.path("clients")).live("contact. client."),
        client_id: client,
        contacts: contacts?,
        form,
        dialog,
        roles: roles(),
        may_update: cx.may(CLIENTS_UPDATE),
    })
}

/// POST /app/{workspace}/clients/{id}/contacts
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    let client: ClientId = cx.id("id")?;
    let reader = form.reader();
    let input = NewContact {
        client_id: Some(client),
        name: reader.text("name"),
        email: reader.optional("email"),
        phone: reader.optional("phone"),
        job_title: reader.optional("job_title"),
        roles: form.values("roles").into_iter().filter_map(|role| role.parse().ok()).collect(),
        is_primary: reader.checked("is_primary"),
        ..NewContact::default()
    };
    match actions::create(&cx, input).await {
        Ok(contact) => {
            let to = cx.path(&format!("clients/{client}/contacts"));
            Ok(redirect_with(&to, Toast::success(format!("{} is added.", contact.name))))
        }
        Err(error) => rejected(&listed(&cx, client, form.rejected(error)?, "new-contact".into()).await?),
    }
}

/// GET /app/{workspace}/contacts/{id}/edit
pub async fn edit(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let deleting = query.dialog.as_deref() == Some("delete-contact");
    page(&editing(&cx, cx.id("id")?, filled, deleting).await?)
}

async fn editing(
    cx: &Cx,
    id: ContactId,
    form: impl FnOnce(&Contact) -> FormState,
    deleting: bool,
) -> Result<Edit> {
    let tx = cx.read().await?;
    let (contact, shell) = futures::join!(access::visible_contact(cx, &tx, id), cx.shell(&tx));
    let contact = contact?;
    let shell = shell?
        .titled(format!("Edit {}", contact.name))
        .crumb("Clients", cx.path("clients"))
        .crumb(&contact.company_name, cx.path(&format!("clients/{}", contact.client_id)))
        .crumb("Contacts", cx.path(&format!("clients/{}/contacts", contact.client_id)));
    let may_erase = cx.may(CLIENTS_ERASE);
    Ok(Edit {
        shell,
        form: form(&contact),
        contact,
        roles: roles(),
        channels: channels(),
        deleting,
        may_erase,
    })
}

fn filled(contact: &Contact) -> FormState {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut form = FormState::new()
        .with("name", &contact.name)
        .with("email", text(&contact.email))
        .with("phone", text(&contact.phone))
        .with("job_title", text(&contact.job_title))
        .with("language", text(&contact.language))
        .with("birthday", contact.birthday.map(|day| day.to_string()).unwrap_or_default())
        .with("notes", text(&contact.notes))
        .with("version", contact.version);
    for role in &contact.roles {
        form.push("roles", role);
    }
    for channel in &contact.consents {
        form.push("consents", channel);
    }
    if contact.is_primary {
        form.set("is_primary", "on");
    }
    if contact.do_not_contact {
        form.set("do_not_contact", "on");
    }
    form
}

/// POST /app/{workspace}/contacts/{id}
pub async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: ContactId = cx.id("id")?;
    let changed = match typed(&form) {
        Ok((change, version)) => actions::update(&cx, id, change, version).await,
        Err(error) => Err(error),
    };
    let error = match changed {
        Ok(contact) => {
            let to = cx.path(&format!("clients/{}/contacts", contact.client_id));
            return Ok(redirect_with(&to, Toast::success(format!("{} is saved.", contact.name))));
        }
        Err(error) => error,
    };
    let stale = is_stale(&error);
    let mut state = form.rejected(error)?;
    let typed_again = |contact: &Contact| {
        if stale {
            state.set("version", contact.version);
        }
        state
    };
    rejected(&editing(&cx, id, typed_again, false).await?)
}

fn typed(form: &Form) -> Result<(ContactChange, Option<i32>)> {
    let mut reader = form.reader();
    let change = ContactChange {
        client_id: None,
        name: Some(reader.text("name")),
        email: Some(reader.optional("email")),
        phone: Some(reader.optional("phone")),
        job_title: Some(reader.optional("job_title")),
        roles: Some(form.values("roles").into_iter().filter_map(|role| role.parse().ok()).collect()),
        is_primary: Some(reader.checked("is_primary")),
        do_not_contact: Some(reader.checked("do_not_contact")),
        language: Some(reader.optional("language")),
        birthday: Some(reader.date("birthday")),
        notes: Some(reader.optional("notes")),
        consents: Some(reader.list("consents")),
    };
    let version = reader.parse("version", "This page is too old. Load it again.");
    reader.finish()?;
    Ok((change, version))
}

/// POST /app/{workspace}/contacts/{id}/delete
pub async fn delete(cx: Cx) -> Result<Response> {
    let contact = actions::delete(&cx, cx.id("id")?).await?;
    let to = cx.path(&format!("clients/{}/contacts", contact.client_id));
    Ok(redirect_with(&to, Toast::success(format!("{} is removed.", contact.name))))
}
