//! Pictures of Rapport for those who do not know it yet.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rapport_base::{Refusal, Result};
use rapport_web::Visitor;

#[derive(rust_embed::RustEmbed)]
#[folder = "pictures"]
#[include = "*.webp"]
struct Pictures;

/// `GET /pictures/{name}`.
pub async fn picture(visitor: Visitor) -> Result<Response> {
    let file = Pictures::get(visitor.param("name")).ok_or_else(Refusal::not_found)?;
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(response)
}
