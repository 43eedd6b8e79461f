//! The API from inside: the same routes, rules and permissions, without a socket.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, header},
};
use rapport_base::{Error, Refusal, Result};
use rapport_db::App;
use serde_json::Value;
use tower::ServiceExt;

use crate::SignedIn;

/// Calls the API on behalf of someone whom the caller vouches for.
#[derive(Clone)]
pub struct Caller {
    router: Router,
    who: Option<SignedIn>,
}

impl Caller {
    /// A caller in the name of a member.
    #[must_use]
    pub fn new(app: &App, who: SignedIn) -> Self {
        Self { router: crate::router(app.clone()), who: Some(who) }
    }

    /// A caller nobody knows yet, for what is open to anyone.
    #[must_use]
    pub fn anyone(app: &App) -> Self {
        Self { router: crate::router(app.clone()), who: None }
    }

    /// POST.
    ///
    /// # Errors
    /// Conflict `refused` with the API's own words when it refuses; a bug with the answer's text otherwise.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.send(Method::POST, path, body).await
    }

    /// Any JSON request.
    ///
    /// # Errors
    /// As [`Caller::post`].
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Result<Value> {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(if method == Method::GET { String::new() } else { body.to_string() }))
            .map_err(Error::bug)?;
        if let Some(who) = &self.who {
            request.extensions_mut().insert(who.clone());
        }
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(Error::bug)?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_client_error()
            && let Some(words) = body["detail"].as_str()
        {
            tracing::debug!(%method, path, %status, words, "refused");
            return Err(Refusal::conflict("refused", words.to_owned()).into());
        }
        if !status.is_success() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Err(Error::message(format!("{method} {path}: {status} {text}")));
        }
        Ok(body)
    }
}
