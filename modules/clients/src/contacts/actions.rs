//! What is done with contacts.

use rapport_base::{Cursor, Error, Limit, Page, Refusal, Result, text};
use rapport_db::{TenantTx, constraint};
use rapport_web::{Cx, validate};
use serde_json::json;
use uuid::Uuid;

use super::{
    Contact, ContactChange, ContactId, NewContact,
    rules::{self, Draft},
    store,
};
use crate::{
    ClientId, ContactCreated, ContactDeleted, ContactUpdated,
    clients::{access, actions::member, rules::Primary, rules::country_of, search},
};

/// Adds a contact.
///
/// # Errors
/// Invalid details; the address is taken at this client.
pub async fn create(cx: &Cx, input: NewContact) -> Result<Contact> {
    validate(&input)?;
    let Some(client) = input.client_id else {
        return Err(
            Refusal::field("client_id", "required", "Choose the client this person belongs to.").into()
        );
    };
    let draft = rules::new(&input, country_of(&cx.workspace().locale))?;
    let tx = cx.begin().await?;
    access::require_visible(cx, &tx, client).await?;
    let id = add(&tx, client, &draft, input.is_primary).await?;
    let contact = store::get(&tx, id).await?;
    tx.commit().await?;
    Ok(contact)
}

async fn add(tx: &TenantTx, client: ClientId, draft: &Draft, wants_primary: bool) -> Result<ContactId> {
    store::lock_client(tx, client).await?;
    let is_primary = wants_primary || !store::has_primary(tx, client).await?;
    let id = ContactId::new();
    if is_primary {
        store::only_primary(tx, client, id).await?;
    }
    store::create(tx, id, client, draft, is_primary).await.map_err(told)?;
    store::note_consents(
        tx,
        id,
        &rules::consent_changes(&[], &draft.consents),
        "written down by the team",
        member(tx),
    )
    .await?;
    search::index(tx, client).await?;
    tx.publish(&ContactCreated { contact_id: id.uuid(), client_id: client.uuid(), name: draft.name.clone() });
    Ok(id)
}

/// Changes a contact; `version` is the one the caller saw.
///
/// # Errors
/// Invalid details; stale when someone changed it meanwhile.
pub async fn update(cx: &Cx, id: ContactId, change: ContactChange, version: Option<i32>) -> Result<Contact> {
    validate(&change)?;
    let tx = cx.begin().await?;
    let seen = access::visible_contact(cx, &tx, id).await?;
    store::lock_client(&tx, seen.client_id).await?;
    let locked = store::lock(&tx, id).await?;
    if version.is_some_and(|seen| seen != locked) {
        return Err(Refusal::stale().into());
    }
    let was = store::get(&tx, id).await?;
    let draft = rules::changed(&was, &change, country_of(&cx.workspace().locale))?;
    let client = change.client_id.unwrap_or(was.client_id);
    let moves = client != was.client_id;
    if moves {
        access::require_visible(cx, &tx, client).await?;
        store::lock_client(&tx, client).await?;
    }
    let first = moves && !store::has_primary(&tx, client).await?;
    let is_primary = first || change.is_primary.unwrap_or(was.is_primary && !moves);
    if is_primary {
        store::only_primary(&tx, client, id).await?;
    }
    if !store::update(&tx, id, client, &draft, is_primary, was.version).await.map_err(told)? {
        return Err(Refusal::stale().into());
    }
    store::note_consents(
        &tx,
        id,
        &rules::consent_changes(&was.consents, &draft.consents),
        "written down by the team",
        member(&tx),
    )
    .await?;
    store::promote(&tx, was.client_id).await?;
    search::index(&tx, was.client_id).await?;
    if moves {
        search::index(&tx, client).await?;
    }
    let contact = store::get(&tx, id).await?;
    tx.publish_change(
        &ContactUpdated { contact_id: id.uuid(), client_id: client.uuid(), name: contact.name.clone() },
        Some(facts(&was)),
        Some(facts(&contact)),
    );
    tx.commit().await?;
    Ok(contact)
}

/// Removes a contact; the oldest of the others becomes the primary one if it was.
///
/// # Errors
/// Not found.
pub async fn delete(cx: &Cx, id: ContactId) -> Result<Contact> {
    let tx = cx.begin().await?;
    let contact = access::visible_contact(cx, &tx, id).await?;
    store::lock_client(&tx, contact.client_id).await?;
    store::delete(&tx, id).await?;
    store::promote(&tx, contact.client_id).await?;
    search::index(&tx, contact.client_id).await?;
    tx.publish_change(
        &ContactDeleted {
            contact_id: id.uuid(),
            client_id: contact.client_id.uuid(),
            name: contact.name.clone(),
        },
        Some(facts(&contact)),
        None,
    );
    tx.commit().await?;
    Ok(contact)
}

/// Puts the primary contact of a client as typed along with the client.
pub(crate) async fn put_primary(
    tx: &TenantTx,
    client: ClientId,
    typed: &Primary,
    company: &str,
) -> Result<()> {
    let Some(was) = store::primary(tx, client).await? else {
        if typed.is_empty() {
            return Ok(());
        }
        let draft = Draft {
            name: typed.name_or(company),
            email: typed.email.clone(),
            phone: typed.phone.clone(),
            job_title: None,
            roles: Vec::new(),
            do_not_contact: false,
            language: None,
            birthday: None,
            notes: None,
            consents: Vec::new(),
        };
        let id = ContactId::new();
        store::create(tx, id, client, &draft, true).await.map_err(told_of_client)?;
        tx.publish(&ContactCreated { contact_id: id.uuid(), client_id: client.uuid(), name: draft.name });
        return Ok(());
    };
    let draft = Draft {
        name: typed.name_or(&was.name),
        email: typed.email.clone(),
        phone: typed.phone.clone(),
        ..rules::changed(&was, &ContactChange::default(), None)?
    };
    if !store::update(tx, was.id, client, &draft, true, was.version).await.map_err(told_of_client)? {
        return Err(Refusal::stale().into());
    }
    tx.publish_change(
        &ContactUpdated { contact_id: was.id.uuid(), client_id: client.uuid(), name: draft.name.clone() },
        Some(facts(&was)),
        Some(json!({ "name": draft.name, "email": draft.email, "phone": draft.phone })),
    );
    Ok(())
}

/// The contacts a member may see, by name.
///
/// # Errors
/// Invalid limit or cursor.
pub async fn list(cx: &Cx, tx: &TenantTx, query: &super::api::ListQuery) -> Result<Page<Contact>> {
    let limit = Limit::try_new(query.limit)?;
    let after: Option<(String, Uuid)> = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let filter = store::Filter {
        client: query.client_id,
        words: query.search.as_deref().map(search::typed).unwrap_or_default(),
        only: access::reach(cx, tx).await?.map(|reach| (cx.member.id, reach)),
        after,
    };
    let (rows, total) = store::list(tx, &filter, limit).await?;
    Ok(Page::cut(rows, limit, total, |row| Cursor::pack(&(text::fold(&row.name), row.id.uuid()))))
}

fn told(error: Error) -> Error {
    taken(error, "email")
}

fn told_of_client(error: Error) -> Error {
    taken(error, "contact_email")
}

fn taken(error: Error, field: &str) -> Error {
    match constraint(&error) {
        Some("contacts_email_once_per_client") => {
            Refusal::field(field, "taken", "Another contact of this client has this address.").into()
        }
        _ => error,
    }
}

fn facts(c: &Contact) -> serde_json::Value {
    json!({
        "name": c.name, "email": c.email, "phone": c.phone, "job_title": c.job_title, "roles": c.roles,
        "is_primary": c.is_primary, "do_not_contact": c.do_not_contact, "language": c.language, "consents": c.consents,
    })
}
