//! JSON bodies and query strings: unknown fields and wrong types are refused beside their field.
//! What a library says about them is put into plain words in [`crate::wording`].

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use garde::Validate;
use rapport_base::{Error, FieldError, Kind, Refusal, Result};
use rapport_db::App;
use serde::de::DeserializeOwned;

use crate::wording;

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
        let bytes = whole(request.into_body()).await?;
        if !content.starts_with("application/json") && !bytes.is_empty() {
            return Err(
                Refusal::new(Kind::Unsupported, "unsupported_media_type", "Send application/json.").into()
            );
        }
        read_json(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self)
    }
}

fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // A list would be taken for the fields in their order, a habit of the library.
    if let Some(b'[' | b'n' | b'"') = bytes.trim_ascii_start().first() {
        return Err(Refusal::unprocessable("malformed", "Send one object with named fields.").into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let (path, error) = (e.path().to_string(), e.inner());
        let reason = error.to_string();
        // Where a word is expected and a number stands, the library speaks of broken JSON.
        let no_word = reason.starts_with("expected value")
            && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
        match error {
            _ if no_word => refused(&path, "invalid type: something else, expected a known word"),
            error if error.is_data() => refused(&path, &reason),
            error => malformed(&path, error),
        }
    })?;
    reader.end().map_err(|e| malformed("", &e))?;
    let sent: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| malformed("", &e))?;
    let mut faults = Vec::new();
    look_through("", &sent, &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(Refusal::invalid(faults).into()) }
}

fn malformed(path: &str, error: &serde_json::Error) -> Error {
    let reason = error.to_string();
    let unreadable = reason.contains("hex escape") || reason.contains("unicode code point");
    if unreadable && !path.trim_matches('.').is_empty() {
        return Refusal::field(dotted(path), "unreadable", "This text holds characters that cannot be read.")
            .into();
    }
    let (line, column) = (error.line(), error.column());
    if reason.starts_with("number out of range") && !path.trim_matches('.').is_empty() {
        return Refusal::field(dotted(path), "wrong_type", "This number is out of range.").into();
    }
    let message = if reason.starts_with("recursion limit") {
        "The body is nested too deeply.".to_owned()
    } else if unreadable {
        format!("The body holds characters that cannot be read, at line {line}, column {column}.")
    } else {
        format!("The body is not one JSON document. See line {line}, column {column}.")
    };
    Refusal::unprocessable("malformed", message).into()
}

/// What no field may hold, whatever it is for: NUL, and days that no calendar here reaches.
fn look_through(path: &str, value: &serde_json::Value, faults: &mut Vec<FieldError>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        serde_json::Value::String(text) => faults.extend(fault(path, text)),
        serde_json::Value::Array(all) => {
            for (at, value) in all.iter().enumerate() {
                look_through(&below(&at.to_string()), value, faults);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                look_through(&below(name), value, faults);
            }
        }
        _ => {}
    }
}

fn fault(path: &str, text: &str) -> Option<FieldError> {
    if text.contains('\0') {
        return Some(FieldError::new(path, "nul", "Text may not hold the NUL character."));
    }
    wording::beyond_the_calendar(text)
        .then(|| FieldError::new(path, "out_of_range", wording::OUTSIDE_CALENDAR))
}

/// All of a body.
///
/// # Errors
/// Too large; cut off.
pub(crate) async fn whole(body: Body) -> Result<Bytes> {
    to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            if error.is::<http_body_util::LengthLimitError>() {
                return Refusal::new(Kind::TooLarge, "too_large", "This is larger than 2 MB.").into();
            }
            cause = error.source();
        }
        Refusal::unprocessable("cut_off", "The body was cut off. Send it again.").into()
    })
}

/// A query string.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(_, v)| !v.is_empty())
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    let faults: Vec<FieldError> = pairs.iter().filter_map(|(name, value)| fault(name, value)).collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let reader = serde_html_form::Deserializer::new(url::form_urlencoded::parse(encoded.as_bytes()));
    serde_path_to_error::deserialize(reader)
        .map_err(|e| refused(&e.path().to_string(), &e.inner().to_string()))
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
                let path = dotted(&path.to_string());
                let message = wording::of_bounds(&path, error.message());
                FieldError::new(path, "invalid", message)
            })
            .collect();
        Refusal::invalid(fields).into()
    })
}

fn refused(path: &str, reason: &str) -> Error {
    let field = reason
        .strip_prefix("unknown field `")
        .or_else(|| reason.strip_prefix("missing field `"))
        .or_else(|| reason.strip_prefix("duplicate field `"))
        .and_then(|rest| rest.split('`').next())
        .unwrap_or_default();
    let (code, message) = if reason.starts_with("unknown field") {
        ("unknown_field", "This field is not known here.".to_owned())
    } else if reason.starts_with("missing field") {
        ("required", "This field is needed.".to_owned())
    } else {
        ("wrong_type", wording::of_type(path, reason.split(" at line ").next().unwrap_or(reason)))
    };
    let path = dotted(path);
    let at = match (path.as_str(), field) {
        ("" | ".", field) => field.to_owned(),
        (path, "") => path.to_owned(),
        (path, field) if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        (path, field) => format!("{path}.{field}"),
    };
    Refusal::field(at, code, message).into()
}

/// `lines[0].quantity` as `lines.0.quantity`.
fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "")
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
