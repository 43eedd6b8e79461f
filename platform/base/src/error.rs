//! The one error type: a refusal the business decided, or a bug.

use std::{borrow::Cow, time::Duration};

use axum_core::response::{IntoResponse, Response};

/// What the whole house returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A decided no, or something nobody decided.
pub enum Error {
    /// The business says no; shown to the person who asked.
    Refusal(Refusal),
    /// Anything else; shown as "something broke" and logged once at the edge.
    Bug(anyhow::Error),
}

/// What sort of no it is; decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: the role does not allow it, and that it exists is no secret.
    Forbidden,
    /// 404: not there, or not to be known.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 409: true now, but in the way of what was asked.
    Conflict,
    /// 412: someone changed it meanwhile (`If-Match` or a form's version).
    Stale,
    /// 413: more bytes than allowed.
    TooLarge,
    /// 415: not a type of content that is read here.
    Unsupported,
    /// 422: fields need attention.
    Invalid,
    /// 429: too often, or the plan's limit.
    Limit,
    /// 503: try again shortly.
    Busy,
    /// 507: the disk or quota is full.
    StorageFull,
}

impl Kind {
    /// The HTTP status code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Kind::Unauthenticated => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::MethodNotAllowed => 405,
            Kind::Conflict => 409,
            Kind::Stale => 412,
            Kind::TooLarge => 413,
            Kind::Unsupported => 415,
            Kind::Invalid => 422,
            Kind::Limit => 429,
            Kind::Busy => 503,
            Kind::StorageFull => 507,
        }
    }
}

/// A business "no" with a frozen code and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Sort of refusal.
    pub kind: Kind,
    /// Frozen code, `area.reason`.
    pub code: &'static str,
    /// A sentence for the person: what happened and what to do.
    pub message: Cow<'static, str>,
    /// Errors beside their fields.
    pub fields: Vec<FieldError>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
}

/// One field's error.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field, as in the request: `lines.0.quantity`.
    pub field: String,
    /// Frozen code, such as `required`.
    pub code: Cow<'static, str>,
    /// A sentence for the person.
    pub message: String,
}

impl FieldError {
    /// An error beside a field.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, code, message: message.into(), fields: Vec::new(), retry_after: None }
    }
    /// Not there, or not to be known: one answer for both.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "not_found", "There is nothing at this address, or it is not yours to see.")
    }
    /// The role does not allow it.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(Kind::Forbidden, "forbidden", "Your role does not allow this.")
    }
    /// True now, but in the way.
    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }
    /// Someone changed it meanwhile.
    #[must_use]
    pub fn stale() -> Self {
        Self::new(
            Kind::Stale,
            "stale",
            "Someone changed this while you were working. Look at the newer version, then save again.",
        )
    }
    /// Fields need attention.
    #[must_use]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let message: Cow<'static, str> = match fields.len() {
            1 => "One field needs attention.".into(),
            n => format!("{n} fields need attention.").into(),
        };
        Self { fields, ..Self::new(Kind::Invalid, "invalid", message) }
    }
    /// One field needs attention.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message)])
    }
    /// 422 with a code of its own and no field to blame.
    pub fn unprocessable(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, code, message)
    }
    /// With a time after which to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
    /// With errors beside fields.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }
}

impl Error {
    /// A bug with a sentence of context.
    pub fn bug(cause: impl Into<anyhow::Error>) -> Self {
        Self::Bug(cause.into())
    }
    /// A bug described by a sentence.
    pub fn message(text: impl std::fmt::Display) -> Self {
        Self::Bug(anyhow::anyhow!("{text}"))
    }
    /// The refusal, when it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refusal(refusal) => Some(refusal),
            Error::Bug(_) => None,
        }
    }
    /// The cause of that type, when it is a bug with such a cause.
    #[must_use]
    pub fn cause<T: std::error::Error + Send + Sync + 'static>(&self) -> Option<&T> {
        match self {
            Error::Refusal(_) => None,
            Error::Bug(bug) => bug.chain().find_map(|cause| cause.downcast_ref()),
        }
    }
    /// Whether it is a refusal with that code.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.refusal().is_some_and(|refusal| refusal.code == code)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refusal(refusal)
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Error::Bug(cause.into())
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Refusal(refusal) => write!(f, "{refusal:?}"),
            Error::Bug(bug) => write!(f, "{bug:?}"),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Refusal(refusal) => f.write_str(&refusal.message),
            Error::Bug(bug) => write!(f, "{bug:#}"),
        }
    }
}

/// An error on its way out: the edge (rapport-web) takes it from the
/// response's extensions and renders it as a problem document or a page.
#[derive(Clone, Debug)]
pub struct Raised(pub std::sync::Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Error::Refusal(refusal) => refusal.kind.status(),
            Error::Bug(_) => 500,
        };
        let mut response = Response::default();
        *response.status_mut() = status.try_into().expect("a known status");
        response.extensions_mut().insert(Raised(std::sync::Arc::new(self)));
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Error::Refusal(self).into_response()
    }
}
