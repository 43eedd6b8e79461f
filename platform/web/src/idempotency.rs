//! `Idempotency-Key`: the same POST sent twice happens once (kept 24 h).

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use rapport_base::{Error, Refusal, Result, error::Raised};
use rapport_db::{App, Claim, claiming};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Guest, SignedIn, input::whole};

/// How long a request without an answer counts as still running. After that whoever sends it again
/// takes its place: the key names the place by its time, and only its holder can commit.
const RUNS: SignedDuration = SignedDuration::from_secs(10);
/// Written by the transaction that carries the request out, until its answer is kept.
const CARRIED_OUT: i16 = 0;
const CLAIM: &str = "update web.idempotency_keys set status = 0 where workspace_id = $1 and key = $2 and created_at = $3 and status is null";
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Answers a repeated POST with the first one's answer.
pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let key =
        request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
    let member = request
        .extensions()
        .get::<SignedIn>()
        .and_then(|signed_in| signed_in.member.as_ref().map(|m| (m.workspace.id.uuid(), m.id.uuid())));
    let guest = request.extensions().get::<Guest>().map(|guest| (guest.workspace_id.uuid(), guest.guest_id));
    match (key, member.or(guest)) {
        (Some(key), Some((workspace, actor)))
            if request.method() == Method::POST && request.uri().path().starts_with("/api/") =>
        {
            once(&app, workspace, actor, &key, request, next)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn once(
    app: &App,
    workspace: Uuid,
    actor: Uuid,
    key: &str,
    request: Request,
    next: Next,
) -> Result<Response> {
    if key.is_empty() || key.len() > 200 || key.chars().any(char::is_control) {
        return Err(Refusal::field("Idempotency-Key", "invalid", "Send 1 to 200 characters.").into());
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let digest = Sha256::new().chain_update(&path).chain_update([0]);
    let multipart =
        request.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"multipart/"));
    let (request, digest) = if multipart {
        // An upload is never held in memory: its length stands for its content.
        let length = request.headers().get(header::CONTENT_LENGTH).map(|v| v.as_bytes().to_vec());
        (request, digest.chain_update(length.unwrap_or_default()))
    } else {
        let (parts, body) = request.into_parts();
        let body = whole(body).await?;
        let digest = digest.chain_update(&body);
        (Request::from_parts(parts, Body::from(body)), digest)
    };
    let digest = digest.finalize().to_vec();
    let place = Place { workspace, key: format!("{actor}:{key}"), since: app.clock.now() };
    match begin(app, &place, &digest).await? {
        Start::Fresh => {}
        Start::Answered(response) => return Ok(response),
    }
    let values = vec![Box::new(workspace) as _, Box::new(place.key.clone()) as _, Box::new(place.since) as _];
    let response = claiming(Claim::new(CLAIM, values, still_running), next.run(request)).await;
    // A refusal, a bug or a lack of room leaves nothing to replay: it may be tried again.
    let raised = response.extensions().get::<Raised>().is_some();
    if raised || response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS {
        if forget(app, &place).await.is_err() {
            tokio::spawn(forget_later(app.clone(), place));
        }
        return Ok(response);
    }
    keep(app, &place, response).await
}

/// A key that is held.
struct Place {
    workspace: Uuid,
    key: String,
    since: Timestamp,
}

enum Start {
    Fresh,
    Answered(Response),
}

async fn begin(app: &App, place: &Place, digest: &[u8]) -> Result<Start> {
    let Place { workspace, key, since } = place;
    let tx = app.db.system().await?;
    let fresh = tx
        .execute(
            "insert into web.idempotency_keys (workspace_id, key, request_hash, created_at) values ($1, $2, $3, $4)
             on conflict (workspace_id, key) do update set request_hash = $3, created_at = $4, status = null, headers = null, body = null
             where web.idempotency_keys.created_at < $4 - interval '24 hours'
                or web.idempotency_keys.status is null and web.idempotency_keys.request_hash = $3
                   and web.idempotency_keys.created_at < $5",
            &[workspace, key, &digest, since, &(*since - RUNS)],
        )
        .await?;
    if fresh == 1 {
        tx.commit().await?;
        return Ok(Start::Fresh);
    }
    let (hash, status, headers, body): (Vec<u8>, Option<i16>, Option<serde_json::Value>, Option<Vec<u8>>) = tx
        .get("select request_hash, status, headers, body from web.idempotency_keys where workspace_id = $1 and key = $2", &[workspace, key])
        .await?;
    if hash != digest {
        return Err(Refusal::unprocessable(
            "idempotency_key_reused",
            "This Idempotency-Key was sent with another request.",
        )
        .into());
    }
    let Some(status) = status else { return Err(still_running()) };
    if status == CARRIED_OUT {
        return Err(carried_out());
    }
    let mut response = Response::new(Body::from(body.unwrap_or_default()));
    *response.status_mut() =
        u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok()).unwrap_or(StatusCode::OK);
    for (name, value) in headers.iter().filter_map(|h| h.as_object()).flatten() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str().unwrap_or_default()))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(Start::Answered(response))
}

fn still_running() -> Error {
    Refusal::conflict("still_running", "The first request with this Idempotency-Key is still running.")
        .retry_after(Duration::from_secs(1))
        .into()
}

fn carried_out() -> Error {
    Refusal::conflict(
        "carried_out",
        "A request with this Idempotency-Key was carried out, and its answer was lost. Look at what it made.",
    )
    .into()
}

async fn keep(app: &App, place: &Place, response: Response) -> Result<Response> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 8 * 1024 * 1024).await.map_err(Error::from)?;
    let headers: serde_json::Map<String, serde_json::Value> = KEPT
        .iter()
        .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.into())))
        .collect();
    let status = i16::try_from(parts.status.as_u16()).unwrap_or(200);
    let tx = app.db.system().await?;
    tx.execute(
        "update web.idempotency_keys set status = $4, headers = $5, body = $6
         where workspace_id = $1 and key = $2 and created_at = $3",
        &[
            &place.workspace,
            &place.key,
            &place.since,
            &status,
            &serde_json::Value::Object(headers),
            &body.to_vec(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Gives the place up, unless something was carried out in it.
async fn forget(app: &App, place: &Place) -> Result<()> {
    let tx = app.db.system().await?;
    tx.execute(
        "delete from web.idempotency_keys
         where workspace_id = $1 and key = $2 and created_at = $3 and status is null",
        &[&place.workspace, &place.key, &place.since],
    )
    .await?;
    tx.commit().await
}

/// While the database is away; for as long as the key would count as held.
async fn forget_later(app: App, place: Place) {
    let until = tokio::time::Instant::now() + RUNS.unsigned_abs();
    while tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(250)).await;
        if forget(&app, &place).await.is_ok() {
            return;
        }
    }
}
