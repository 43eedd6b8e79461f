//! The operator's address: health, metrics, and the mail that was kept.

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rapport_base::Result;
use rapport_db::{App, row};
use rapport_web::server::Readiness;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::figures;

#[derive(Clone)]
struct Admin {
    app: App,
    readiness: Readiness,
    metrics: PrometheusHandle,
}

/// Starts gathering metrics.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &buckets)?
        .install_recorder()?)
}

/// Serves until aborted.
pub async fn serve(
    listener: TcpListener,
    app: App,
    readiness: Readiness,
    metrics: PrometheusHandle,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/", get(async || Html("<!doctype html><title>Rapport: operator</title><ul><li><a href=/outbox>Outbox</a><li><a href=/healthz>Health</a><li><a href=/readyz>Readiness</a><li><a href=/metrics>Metrics</a></ul>")))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers))
        .route("/outbox", get(outbox))
        .route("/outbox/{id}", get(letter))
        .with_state(Admin { app, readiness, metrics });
    axum::serve(listener, router).await
}

async fn ready(State(admin): State<Admin>) -> Response {
    let parts = figures::parts(&admin.app, &admin.readiness).await;
    let fine = parts.iter().all(|(_, fine)| *fine);
    let state = |fine: bool| if fine { "ok" } else { "failing" };
    let mut body = serde_json::Map::from_iter([("ready".to_owned(), fine.into())]);
    body.extend(parts.map(|(part, fine)| (part.to_owned(), state(fine).into())));
    let delivers = admin.app.parts.get::<rapport_mail::Transport>().delivers();
    body.insert("mail".into(), if delivers { "smtp" } else { "outbox" }.into());
    (if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, axum::Json(body)).into_response()
}

async fn numbers(State(admin): State<Admin>) -> String {
    figures::gather(&admin.app, &admin.readiness).await;
    admin.metrics.render()
}

row! {
    struct Mail {
        id: Uuid,
        kind: String,
        recipient_name: String,
        recipient_email: String,
        sender_name: Option<String>,
        subject: String,
        status: String,
        last_error: Option<String>,
        created_at: jiff::Timestamp,
    }
}

#[derive(askama::Template)]
#[template(path = "admin/outbox.html")]
struct Outbox {
    mails: Vec<Mail>,
    to: String,
}

#[derive(serde::Deserialize)]
struct Search {
    #[serde(default)]
    to: String,
}

async fn outbox(State(admin): State<Admin>, Query(search): Query<Search>) -> Response {
    let found = async {
        let tx = admin.app.db.system().await?;
        tx.query::<Mail>(
            "select id, kind, recipient_name, recipient_email, sender_name, subject, status, last_error, created_at
             from mail.outbox where $1 = '' or lower(recipient_email) = lower($1) order by created_at desc, id desc limit 200",
            &[&search.to],
        )
        .await
    };
    shown(found.await.and_then(|mails| Ok(askama::Template::render(&Outbox { mails, to: search.to })?)))
}

async fn letter(State(admin): State<Admin>, Path(id): Path<Uuid>) -> Response {
    let found = async {
        let tx = admin.app.db.system().await?;
        let (html,): (String,) = tx.get("select body_html from mail.outbox where id = $1", &[&id]).await?;
        Ok(html)
    };
    shown(found.await)
}

// The letter is our own HTML; the policy keeps scripts out all the same.
fn shown(page: Result<String>) -> Response {
    match page {
        Ok(html) => (
            [(
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:",
            )],
            Html(html),
        )
            .into_response(),
        Err(error) if error.is("not_found") => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
