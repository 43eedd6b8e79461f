//! Contacts over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Contact, ContactChange, NewContact, actions};
use crate::{ClientId, clients::access};

/// Which contacts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Of one client.
    #[param(value_type = Option<String>)]
    pub client_id: Option<ClientId>,
    /// Beginnings of words of names, addresses, phone numbers and the client's name.
    pub search: Option<String>,
    /// Rows on the page: 50, at most 200.
    pub limit: Option<u32>,
    /// Cursor of the next page.
    pub after: Option<String>,
}

/// GET /api/contacts
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Contact>>> {
    let tx = cx.read().await?;
    actions::list(&cx, &tx, &query).await.map(axum::Json)
}

/// POST /api/contacts
pub async fn create(cx: Cx, Json(input): Json<NewContact>) -> Result<Response> {
    let contact = actions::create(&cx, input).await?;
    Ok(created(&format!("/api/contacts/{}", contact.id), &contact))
}

/// GET /api/contacts/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let contact = access::visible_contact(&cx, &tx, cx.id("id")?).await?;
    Ok(versioned(&contact, contact.version))
}

/// PATCH /api/contacts/{id}
pub async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<ContactChange>,
) -> Result<Response> {
    let contact = actions::update(&cx, cx.id("id")?, change, version).await?;
    Ok(versioned(&contact, contact.version))
}

/// DELETE /api/contacts/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}
