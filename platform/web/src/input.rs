//! JSON bodies and query strings: unknown fields and wrong types are refused beside their field.

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use garde::Validate;
use rapport_base::{Error, FieldError, Kind, Refusal, Result};
use rapport_db::App;
use serde::de::DeserializeOwned;

const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let content = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = to_bytes(request.into_body(), BODY_LIMIT)
            .await
            .map_err(|_| Refusal::new(Kind::TooLarge, "too_large", "The body is larger than 2 MB."))?;
        if !content.starts_with("application/json") && !bytes.is_empty() {
            return Err(
                Refusal::new(Kind::Unsupported, "unsupported_media_type", "Send application/json.").into()
            );
        }
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|e| refused(&e.path().to_string(), &e.inner().to_string()))?;
        reader
            .end()
            .map_err(|_| Refusal::unprocessable("malformed", "The body is not one JSON document."))?;
        no_nul(bytes)?;
        Ok(Self(value))
    }
}

/// A query string.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        no_nul(query.as_bytes())?;
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(_, v)| !v.is_empty())
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let reader = axum_extra::extract::Query::<T>::try_from_uri(
            &format!("/?{encoded}")
                .parse()
                .map_err(|_| Refusal::unprocessable("malformed", "The query cannot be read."))?,
        );
        reader.map(|axum_extra::extract::Query(value)| Self(value)).map_err(|e| {
            let text = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
            refused("", &text)
        })
    }
}

/// Checks a value by its declared bounds; every broken one comes beside its field.
///
/// # Errors
/// Invalid.
pub fn validate<T: Validate<Context = ()>>(value: &T) -> Result<()> {
    value.validate().map_err(|report| {
        let fields = report
            .iter()
            .map(|(path, error)| {
                FieldError::new(
                    path.to_string().replace('[', ".").replace(']', ""),
                    "invalid",
                    sentence(error.message()),
                )
            })
            .collect();
        Refusal::invalid(fields).into()
    })
}

fn refused(path: &str, reason: &str) -> Error {
    let field = reason
        .strip_prefix("unknown field `")
        .or_else(|| reason.strip_prefix("missing field `"))
        .and_then(|rest| rest.split('`').next())
        .unwrap_or_default();
    let (code, message) = if reason.starts_with("unknown field") {
        ("unknown_field", "This field is not known here.".to_owned())
    } else if reason.starts_with("missing field") {
        ("required", "This field is needed.".to_owned())
    } else {
        ("wrong_type", sentence(reason.split(" at line ").next().unwrap_or(reason)))
    };
    let path = path.replace('[', ".").replace(']', "");
    let at = match (path.as_str(), field) {
        ("" | ".", field) => field.to_owned(),
        (path, "") => path.to_owned(),
        (path, field) if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        (path, field) => format!("{path}.{field}"),
    };
    Refusal::field(at, code, message).into()
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

fn no_nul(bytes: &[u8]) -> Result<()> {
    let escaped =
        bytes.windows(6).any(|w| w.eq_ignore_ascii_case(b"\\u0000")) || bytes.windows(3).any(|w| w == b"%00");
    if escaped || bytes.contains(&0) {
        return Err(Refusal::unprocessable("nul", "Text may not hold the NUL character.").into());
    }
    Ok(())
}

/// The version a caller saw, from `If-Match: "3"`; `None` when it does not care.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub Option<i32>);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok()) else {
            return Ok(Self(None));
        };
        if value.trim() == "*" {
            return Ok(Self(None));
        }
        value
            .trim()
            .trim_start_matches("W/")
            .trim_matches('"')
            .parse()
            .map(|v| Self(Some(v)))
            .map_err(|_| Refusal::stale().into())
    }
}
