//! Proof that an unsafe request was sent by our own page.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header},
};
use rapport_base::{Keys, Kind, Refusal, Result, Token};
use rapport_db::App;

use crate::{RequestInfo, input::whole};

/// The proof this request's forms must carry.
#[derive(Clone, Debug)]
pub(crate) struct Expected(pub String);

/// A multipart form whose proof its reader still has to check, in the form's first field.
#[derive(Clone, Debug)]
pub(crate) struct Unproven;

/// The proof for whoever holds a token (session, guest or visitor cookie).
#[must_use]
pub fn proof(app: &App, token: &str) -> String {
    app.parts.get::<Keys>().proof("csrf", &Token::hash_of(token))
}

/// Checks the proof of an unsafe request: in the header `X-CSRF-Token`, or in the field `csrf`
/// of its form. A multipart form is marked for its reader to check.
///
/// # Errors
/// Forbidden without the right proof.
pub(crate) async fn check(request: Request, expected: &str) -> Result<Request> {
    if let Some(presented) = request.headers().get("x-csrf-token") {
        return if same(presented.as_bytes(), expected.as_bytes()) { Ok(request) } else { Err(refused()) };
    }
    if is_content(request.headers(), "application/x-www-form-urlencoded") {
        let (parts, body) = request.into_parts();
        let bytes = whole(body).await?;
        let presented =
            url::form_urlencoded::parse(&bytes).find(|(name, _)| name == "csrf").map(|(_, value)| value);
        if !presented.is_some_and(|value| same(value.as_bytes(), expected.as_bytes())) {
            return Err(refused());
        }
        return Ok(Request::from_parts(parts, Body::from(bytes)));
    }
    if is_content(request.headers(), "multipart/form-data") {
        let mut request = request;
        request.extensions_mut().insert(Unproven);
        return Ok(request);
    }
    Err(refused())
}

/// The fields of a posted form, for a page that hands them back after a new sign-in.
pub(crate) async fn typed(request: Request) -> Vec<(String, String)> {
    if !is_content(request.headers(), "application/x-www-form-urlencoded") {
        return Vec::new();
    }
    let bytes = whole(request.into_body()).await.unwrap_or_default();
    url::form_urlencoded::parse(&bytes)
        .filter(|(name, _)| name != "csrf")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Whether a presented proof is the expected one; constant in time.
pub(crate) fn same(presented: &[u8], expected: &[u8]) -> bool {
    !expected.is_empty() && bool::from(subtle::ConstantTimeEq::ct_eq(presented, expected))
}

/// The refusal of a request without proof.
pub(crate) fn refused() -> rapport_base::Error {
    Refusal::new(
        Kind::Forbidden,
        "csrf",
        "This form was open for too long or came from another site. Reload the page and send it again.",
    )
    .into()
}

fn is_content(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with(wanted))
}

/// The token of a visitor without a session: its cookie, or a new one to be set.
pub(crate) fn visitor(app: &App, request: &RequestInfo) -> (String, bool) {
    match request.cookie(&crate::cookie::name(app, "visitor")) {
        Some(token) if token.len() >= 43 => (token.to_owned(), false),
        _ => (Token::new().expose().to_owned(), true),
    }
}
