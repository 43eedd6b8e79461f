//! Answers: a page, a redirect with a toast, JSON with its version.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rapport_base::Result;
use rapport_ui::Toast;
use serde::Serialize;

/// A page.
///
/// # Errors
/// A bug when the template fails.
pub fn page(template: &impl Template) -> Result<Response> {
    Ok(Html(template.render()?).into_response())
}

/// The page again with its form's errors: 422.
///
/// # Errors
/// A bug when the template fails.
pub fn rejected(template: &impl Template) -> Result<Response> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// To another page, by GET.
#[must_use]
pub fn redirect(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// To another page, with something said there.
#[must_use]
pub fn redirect_with(to: &str, toast: Toast) -> Response {
    let mut response = redirect(to);
    crate::flash::leave(response.headers_mut(), &[toast]);
    response
}

/// 201 with its address.
#[must_use]
pub fn created<T: Serialize>(location: &str, body: &T) -> Response {
    let mut response = (StatusCode::CREATED, axum::Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 200 with the version as its ETag.
#[must_use]
pub fn versioned<T: Serialize>(body: &T, version: i32) -> Response {
    let mut response = axum::Json(body).into_response();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// 204.
#[must_use]
pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A path to go back to that stays on this site: `fallback` for anything else.
#[must_use]
pub fn local_path<'a>(wished: &'a str, fallback: &'a str) -> &'a str {
    let fine = wished.starts_with('/')
        && !wished.starts_with("//")
        && !wished.contains(['\\', '\r', '\n', '\t', '\0'])
        && wished.is_ascii();
    if fine { wished } else { fallback }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_way_back_never_leads_to_another_site() {
        for bad in [
            "https://evil.example",
            "HTTPS:evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\n/evil.example",
            "/\u{0}/evil.example",
            "/\u{85}/evil.example",
            "/／evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "%2f%2fevil.example",
            "@evil.example",
            ".evil.example",
            "evil",
            "/a\r\nb",
            "",
        ] {
            assert_eq!(local_path(bad, "/home"), "/home", "{bad:?}");
        }
        assert_eq!(local_path("/app/x?y=1", "/home"), "/app/x?y=1");
    }
}
