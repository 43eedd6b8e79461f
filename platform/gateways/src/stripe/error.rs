//! What can go wrong with a call to Stripe.

use serde::Deserialize;
use std::time::Duration;

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    /// The card or account was declined; the message may be shown to the payer.
    #[error("declined: {message}")]
    Card {
        /// Such as `card_declined`.
        code: Option<String>,
        /// Such as `insufficient_funds`.
        decline_code: Option<String>,
        /// For the payer.
        message: String,
    },
    /// The request makes no sense to Stripe; trying again changes nothing.
    #[error("refused: {message}")]
    Invalid {
        /// Such as `resource_missing`.
        code: Option<String>,
        /// The field at fault.
        param: Option<String>,
        /// For the log.
        message: String,
    },
    /// There is no such object.
    #[error("no such object: {0}")]
    NotFound(String),
    /// The secret key is wrong, revoked, or may not do this.
    #[error("the Stripe key was not accepted: {0}")]
    Auth(String),
    /// The idempotency key was used before for something else.
    #[error("idempotency key used twice: {0}")]
    Idempotency(String),
    /// Stripe or the way to it is out; the same call, with the same key, may succeed later.
    #[error("Stripe is not reachable: {detail}")]
    Temporary {
        /// When it is worth trying again.
        retry_after: Duration,
        /// For the log.
        detail: String,
    },
    /// An answer that is not what Stripe documents.
    #[error("Stripe's answer could not be read: {0}")]
    Unreadable(String),
    /// The configuration makes no sense.
    #[error("Stripe is not set up: {0}")]
    Setup(String),
}

impl StripeError {
    /// Whether the same call may succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary { .. })
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: Body,
}

#[derive(Deserialize, Default)]
struct Body {
    #[serde(default, rename = "type")]
    kind: String,
    code: Option<String>,
    decline_code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

/// From a final answer that is no success.
pub(super) fn from_answer(status: u16, body: &[u8]) -> StripeError {
    let body = serde_json::from_slice::<Envelope>(body).map(|answer| answer.error);
    let body = body.unwrap_or_default();
    let message = body.message.unwrap_or_else(|| format!("HTTP {status}"));
    match (status, body.kind.as_str()) {
        (409 | 429 | 500.., _) => {
            StripeError::Temporary { retry_after: Duration::from_secs(5), detail: message }
        }
        (_, "card_error") | (402, _) => {
            StripeError::Card { code: body.code, decline_code: body.decline_code, message }
        }
        (_, "idempotency_error") => StripeError::Idempotency(message),
        (401 | 403, _) => StripeError::Auth(message),
        (404, _) => StripeError::NotFound(message),
        _ => StripeError::Invalid { code: body.code, param: body.param, message },
    }
}
