//! Clients over the API.

use axum::response::Response;
use rapport_base::{Page, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Client, ClientChange, NewClient, actions,
    list::{self, ListQuery},
    rules,
    store::{self, Duplicate},
};

/// A client about to be added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DuplicatesQuery {
    /// Name.
    company_name: Option<String>,
    /// Primary contact's address.
    contact_email: Option<String>,
    /// Primary contact's phone number.
    contact_phone: Option<String>,
}

/// GET /api/clients
pub async fn list(cx: Cx, Query(query): Query<ListQuery>) -> Result<axum::Json<Page<Client>>> {
    let tx = cx.read().await?;
    list::list(&cx, &tx, &query).await.map(axum::Json)
}

/// POST /api/clients
pub async fn create(cx: Cx, Json(input): Json<NewClient>) -> Result<Response> {
    let details = actions::create(&cx, input).await?;
    Ok(created(&format!("/api/clients/{}", details.client.id), &details))
}

/// GET /api/clients/duplicates
pub async fn duplicates(cx: Cx, Query(query): Query<DuplicatesQuery>) -> Result<axum::Json<Page<Duplicate>>> {
    let input = NewClient {
        company_name: query.company_name.unwrap_or_default(),
        contact_email: query.contact_email,
        contact_phone: query.contact_phone,
        ..NewClient::default()
    };
    let tx = cx.read().await?;
    let country = rules::country_of(&cx.workspace().locale);
    let mut faults = rules::Faults::default();
    let email = faults.email("contact_email", input.contact_email.as_deref());
    let phone = faults.phone("contact_phone", input.contact_phone.as_deref(), country);
    faults.finish()?;
    let found = store::duplicates(
        &tx,
        &input.company_name,
        email.map(|e| e.folded()),
        phone.map(|p| p.as_str().to_owned()),
    )
    .await?;
    Ok(axum::Json(Page::whole(found)))
}

/// GET /api/clients/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let details = actions::visible_details(&cx, &tx, cx.id("id")?).await?;
    let version = details.client.version;
    Ok(versioned(&details, version))
}

/// PATCH /api/clients/{id}
pub async fn update(cx: Cx, IfMatch(version): IfMatch, Json(change): Json<ClientChange>) -> Result<Response> {
    let details = actions::update(&cx, cx.id("id")?, change, version).await?;
    let version = details.client.version;
    Ok(versioned(&details, version))
}

/// DELETE /api/clients/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// GET /api/clients/bin
pub async fn bin(cx: Cx) -> Result<axum::Json<Page<Client>>> {
    let tx = cx.read().await?;
    super::bin::list(&cx, &tx).await.map(|rows| axum::Json(Page::whole(rows)))
}

/// POST /api/clients/{id}/restore
pub async fn restore(cx: Cx) -> Result<Response> {
    let details = actions::restore(&cx, cx.id("id")?).await?;
    let version = details.client.version;
    Ok(versioned(&details, version))
}
