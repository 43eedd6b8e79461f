//! The door for Stripe.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rapport_base::{Result, Secret};
use rapport_db::App;
use rapport_gateways::stripe::webhook::{self, TOLERANCE};
use rapport_queue::Enqueue;
use secrecy::SecretString;
use serde_json::json;

use super::store;
use crate::{WebhookSecrets, jobs::WorkOnStripeEvent};

const LARGEST: usize = 1024 * 1024;

/// POST /api/webhooks/stripe
pub(crate) async fn receive(State(app): State<App>, request: Request) -> Result<Response> {
    let Some(WebhookSecrets(secrets)) = app.parts.find::<WebhookSecrets>() else {
        return Ok(refused("Stripe is not set up here, so no signature can be proven."));
    };
    let header = request
        .headers()
        .get("stripe-signature")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let Ok(body) = axum::body::to_bytes(request.into_body(), LARGEST).await else {
        return Ok(refused("The event is larger than 1 MB."));
    };
    let secrets: Vec<SecretString> = secrets.iter().map(|secret: &Secret| secret.expose().into()).collect();
    let event = match webhook::verify(&body, &header, &secrets, app.clock.now(), TOLERANCE) {
        Ok(event) => event,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let tx = app.db.system().await?;
    if store::insert(&tx, &event, &body, &header).await? {
        let job = WorkOnStripeEvent { event_id: event.id.clone() };
        rapport_queue::enqueue_system(&tx, &job, Enqueue::key(&event.id)).await?;
    }
    tx.commit().await?;
    Ok(axum::Json(json!({ "received": true })).into_response())
}

fn refused(detail: &str) -> Response {
    let problem = json!({
        "type": "about:blank", "title": "Bad Request", "status": 400, "code": "webhooks.refused", "detail": detail,
    });
    (StatusCode::BAD_REQUEST, [("content-type", "application/problem+json")], problem.to_string())
        .into_response()
}
