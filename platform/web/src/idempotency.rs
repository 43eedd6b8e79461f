//! `Idempotency-Key`: the same POST sent twice happens once (kept 24 h).

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use rapport_base::{Error, Refusal, Result};
use rapport_db::App;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Guest, SignedIn, input::whole};

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
    let key = format!("{actor}:{key}");
    match begin(app, workspace, &key, &digest).await? {
        Start::Fresh => {}
        Start::Answered(response) => return Ok(response),
    }
    let response = next.run(request).await;
    // A bug or a lack of room says nothing about the request: it may be tried again.
    if response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS {
        forget(app, workspace, &key).await?;
        return Ok(response);
    }
    keep(app, workspace, &key, response).await
}

enum Start {
    Fresh,
    Answered(Response),
}

async fn begin(app: &App, workspace: Uuid, key: &str, digest: &[u8]) -> Result<Start> {
    let tx = app.db.system().await?;
    let now = app.clock.now();
    let fresh = tx
        .execute(
            "insert into web.idempotency_keys (workspace_id, key, request_hash, created_at) values ($1, $2, $3, $4)
             on conflict (workspace_id, key) do update set request_hash = $3, created_at = $4, status = null, headers = null, body = null
             where web.idempotency_keys.created_at < $4 - interval '24 hours'
                or web.idempotency_keys.status is null and web.idempotency_keys.created_at < $4 - interval '2 minutes'",
            &[&workspace, &key, &digest, &now],
        )
        .await?;
    if fresh == 1 {
        tx.commit().await?;
        return Ok(Start::Fresh);
    }
    let (hash, status, headers, body): (Vec<u8>, Option<i16>, Option<serde_json::Value>, Option<Vec<u8>>) = tx
        .get("select request_hash, status, headers, body from web.idempotency_keys where workspace_id = $1 and key = $2", &[&workspace, &key])
        .await?;
    if hash != digest {
        return Err(Refusal::unprocessable(
            "idempotency_key_reused",
            "This Idempotency-Key was sent with another request.",
        )
        .into());
    }
    let Some(status) = status else {
        return Err(Refusal::conflict(
            "still_running",
            "The first request with this Idempotency-Key is still running.",
        )
        .into());
    };
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

async fn keep(app: &App, workspace: Uuid, key: &str, response: Response) -> Result<Response> {
    if response.extensions().get::<rapport_base::error::Raised>().is_some() {
        forget(app, workspace, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 8 * 1024 * 1024).await.map_err(Error::from)?;
    let headers: serde_json::Map<String, serde_json::Value> = KEPT
        .iter()
        .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.into())))
        .collect();
    let tx = app.db.system().await?;
    tx.execute(
        "update web.idempotency_keys set status = $3, headers = $4, body = $5 where workspace_id = $1 and key = $2",
        &[&workspace, &key, &i16::try_from(parts.status.as_u16()).unwrap_or(200), &serde_json::Value::Object(headers), &body.to_vec()],
    )
    .await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn forget(app: &App, workspace: Uuid, key: &str) -> Result<()> {
    let tx = app.db.system().await?;
    tx.execute("delete from web.idempotency_keys where workspace_id = $1 and key = $2", &[&workspace, &key])
        .await?;
    tx.commit().await
}
