//! What lies outside: files, mail, payments, traces, backups.

use jiff::{SignedDuration, Timestamp};
use rapport_backup::Place;
use rapport_db::App;
use rapport_gateways::stripe::{Stripe, StripeError};
use rapport_mail::Transport;
use rapport_storage::Store;

use super::Finding;
use crate::{settings::Settings, telemetry};

/// A backup older than this is a sign that they stopped.
const STALE: SignedDuration = SignedDuration::from_hours(48);

pub(super) async fn look(settings: &Settings, app: &App) -> Vec<Finding> {
    let mut found = vec![files(app).await];
    found.extend(mail(app).await);
    found.push(payments(settings, app).await);
    found.extend(traces(settings).await);
    found.push(backups(settings, app.clock.now()).await);
    found
}

async fn files(app: &App) -> Finding {
    match app.parts.get::<Store>().ping().await {
        Ok(()) => Finding::fine("files", "the store answers"),
        Err(error) => Finding::broken(
            "files",
            error.to_string(),
            "check S3_URL (host, bucket, key, region), or the files folder of the data directory",
        ),
    }
}

async fn mail(app: &App) -> Vec<Finding> {
    let transport: Transport = app.parts.get();
    if !transport.delivers() {
        let text = "mail stays in the outbox of the admin address";
        return vec![Finding::notice("mail", text, "set SMTP_URL to let it leave")];
    }
    let judged = |(host, answer): (String, Result<(), String>)| match answer {
        Ok(()) => Finding::fine("mail", format!("{host} answers")),
        Err(error) => Finding::broken(
            "mail",
            format!("{host}: {error}"),
            "check SMTP_URL (host, port, password, tls) and that this machine may reach it",
        ),
    };
    transport.ping().await.into_iter().map(judged).collect()
}

async fn payments(settings: &Settings, app: &App) -> Finding {
    let part = "payments";
    let Some(stripe) = app.parts.find::<Stripe>() else {
        let text = "invoices show the bank details only";
        return Finding::notice(part, text, "set STRIPE_SECRET_KEY for payment by card");
    };
    match stripe.events_since(app.clock.now(), &[], 1).await {
        Err(error @ StripeError::Auth(_)) => {
            Finding::broken(part, error.to_string(), "set STRIPE_SECRET_KEY to a key of the account")
        }
        Err(error) => Finding::broken(
            part,
            error.to_string(),
            "see that this machine may reach Stripe; payments are taken once it answers",
        ),
        Ok(_) if settings.find("STRIPE_WEBHOOK_SECRET").is_none() => Finding::broken(
            part,
            "Stripe answers, but nothing proves its webhooks",
            "set STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint /api/webhooks/stripe",
        ),
        Ok(_) => Finding::fine(part, "Stripe answers"),
    }
}

async fn traces(settings: &Settings) -> Option<Finding> {
    Some(match telemetry::ping(settings).await? {
        Ok(()) => Finding::fine("traces", "the collector answers"),
        Err(error) => Finding::broken(
            "traces",
            format!("{error:#}"),
            "see that OTEL_EXPORTER_OTLP_ENDPOINT is a collector that takes OTLP over HTTP; Rapport goes on without",
        ),
    })
}

async fn backups(settings: &Settings, now: Timestamp) -> Finding {
    let part = "backups";
    let Some(address) = settings.find("RAPPORT_BACKUP_TO") else {
        let advice = "set RAPPORT_BACKUP_TO and a passphrase, and let a timer run `rapport backup`";
        return Finding::notice(part, "no place is set for them", advice);
    };
    let newest = async { Place::open(address)?.backups().await }.await;
    match newest.map(|(whole, _)| whole.last().map(|backup| now.duration_since(backup.started_at))) {
        Err(error) => Finding::broken(part, format!("{error:#}"), "check RAPPORT_BACKUP_TO"),
        Ok(None) => Finding::broken(part, "there is none", "rapport backup"),
        Ok(Some(age)) if age > STALE => Finding::broken(
            part,
            format!("the newest is {} hours old", age.as_hours()),
            "see what became of the timer that runs `rapport backup`",
        ),
        Ok(Some(age)) => Finding::fine(part, format!("the newest is {} hours old", age.as_hours())),
    }
}
