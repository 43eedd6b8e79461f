//! The edge of the house: facts of the request on the way in, errors rendered and
//! one line logged on the way out.

use std::time::Instant;

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use rapport_base::{Error, error::Raised};
use rapport_db::App;
use tracing::{Instrument, field::Empty};

use crate::{
    RequestInfo, flash,
    openapi::{Problem, reason},
    security::{ClientIp, CspNonce},
};

/// The outermost layer of ours: makes [`RequestInfo`], renders errors, logs.
pub(crate) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let ip = request.extensions().get::<ClientIp>().map_or_else(String::new, |ip| ip.0.to_string());
    let nonce = request.extensions().get::<CspNonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
    let info = RequestInfo::new(request.method(), request.uri(), request.headers(), ip, nonce);
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(info.clone());
    // At the highest level: whatever else is logged of the request names it.
    let span = tracing::error_span!(
        "request",
        id = %info.id,
        workspace = Empty,
        otel.name = format_args!("{} {route}", info.method),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %info.method,
        http.route = route,
        http.response.status_code = Empty,
    );
    answered(app, info, route, started, request, next).instrument(span).await
}

async fn answered(
    app: App,
    info: RequestInfo,
    route: String,
    started: Instant,
    request: Request,
    next: Next,
) -> Response {
    let (response, traffic) = rapport_db::counted(next.run(request)).await;
    let mut response = rendered(&app, &info, response);

    let shown = response.status().is_success()
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if !info.flash.is_empty() && shown {
        flash::clear(response.headers_mut());
    }
    if let Ok(id) = HeaderValue::from_str(&info.id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response.extensions_mut().insert(traffic);
    let (status, taken) = (response.status().as_u16(), started.elapsed());
    let span = tracing::Span::current();
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
    metrics::counter!("http_requests_total", "route" => route.clone(), "method" => info.method.to_string(), "status" => status.to_string()).increment(1);
    metrics::histogram!("http_request_seconds", "route" => route.clone()).record(taken.as_secs_f64());
    tracing::info!(method = %info.method, route, status, ms = taken.as_secs_f64() * 1e3, flights = traffic.flights, statements = traffic.statements, "request");
    response
}

fn rendered(app: &App, info: &RequestInfo, mut response: Response) -> Response {
    if let Some(Raised(error)) = response.extensions_mut().remove::<Raised>() {
        if let Error::Bug(bug) = error.as_ref() {
            tracing::error!(method = %info.method, path = %info.uri.path(), error = format!("{bug:#}"), "something broke");
        }
        let mut answered = answer(app, info, &error);
        // What the raising layer said beside the error (limits, cookies) goes out with it.
        for (name, value) in response.headers() {
            if !answered.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                answered.headers_mut().append(name, value.clone());
            }
        }
        return answered;
    }
    response
}

/// An error as the caller can read it: a problem document or a page.
pub(crate) fn answer(app: &App, info: &RequestInfo, error: &Error) -> Response {
    let (status, code, detail, fields, retry) = match error {
        Error::Refusal(refusal) => (
            refusal.kind.status(),
            refusal.code,
            refusal.message.to_string(),
            refusal.fields.clone(),
            refusal.retry_after,
        ),
        Error::Bug(_) => (
            500,
            "internal",
            format!("Something broke on our side. Quote {} when you ask about it.", info.id),
            Vec::new(),
            None,
        ),
    };
    let code_of = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if info.json {
        let problem = Problem {
            kind: format!("/api/docs#error-{code}"),
            title: reason(status).to_owned(),
            status,
            detail,
            code: code.to_owned(),
            errors: fields,
            reference: (status >= 500).then(|| info.id.clone()),
        };
        let mut response = (code_of, axum::Json(problem)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    } else {
        let shell = crate::cx::plain_shell(app, info, reason(status), "");
        let reference = if status >= 500 { info.id.as_str() } else { "" };
        let told =
            matches!(error, Error::Refusal(refusal) if !matches!(refusal.code, "not_found" | "forbidden"));
        // A page without the form has only this place to say what was wrong with its fields.
        let text = match fields.as_slice() {
            _ if !told => String::new(),
            [] => detail,
            fields => fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" "),
        };
        (code_of, Html(rapport_ui::pages::error(status, reference, &text, &shell))).into_response()
    };
    if let Some(after) = retry
        && let Ok(seconds) = HeaderValue::from_str(&after.as_secs().max(1).to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// A handler that panicked.
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default();
    Error::message(format!("a handler panicked: {text}")).into_response()
}
