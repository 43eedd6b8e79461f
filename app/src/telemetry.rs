//! Logs, and traces.
//!
//! A request and an attempt of a background job are each a span; statements are spans within.
//! What a log line tells belongs to the span it was written in: `id` of the request, `workspace`.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, bail};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use opentelemetry::{context::FutureExt, propagation::TextMapPropagator, trace::TracerProvider as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider, SpanExporter as _},
};
use rapport_web::{security::TrustedProxies, server::PeerAddr};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt::format::debug_fn, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::settings::Settings;

/// How long the end of the program waits for the last traces.
const FAREWELL: Duration = Duration::from_secs(3);

/// Dropping it sends what traces are left.
pub struct Telemetry(Option<SdkTracerProvider>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(FAREWELL)
        {
            eprintln!("rapport: the last traces are lost: {error}");
        }
    }
}

/// Starts logging to standard error and, if a collector is named, tracing to it.
pub fn start(settings: &Settings) -> Result<Telemetry> {
    let provider = provider(settings)?;
    let traces = provider.as_ref().map(|provider| {
        let tracer = provider.tracer("rapport");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(traced))
    });
    tracing_subscriber::registry().with(logs(settings)).with(traces).init();
    Ok(Telemetry(provider))
}

fn logs<S>(settings: &Settings) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if settings.text("RAPPORT_LOG_FORMAT") == "json" {
        return logs.json().flatten_event(true).with_span_list(false).with_filter(filter(settings)).boxed();
    }
    // Names with a dot are OpenTelemetry's: the line says the same in fewer words.
    let fields = debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        name if name.contains('.') => Ok(()),
        name => write!(line, "{name}={value:?} "),
    });
    logs.with_target(false).fmt_fields(fields).with_filter(filter(settings)).boxed()
}

/// What is wished for, but never the driver's own words: below warnings they hold the values of statements.
fn filter(settings: &Settings) -> EnvFilter {
    let wished = EnvFilter::try_new(settings.text("RAPPORT_LOG")).unwrap_or_else(|_| EnvFilter::new("info"));
    wished.add_directive("tokio_postgres=warn".parse().expect("a directive"))
}

/// Our spans, and warnings: but never those of the sender of traces itself.
fn traced(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        metadata.target().starts_with("rapport")
    } else {
        *metadata.level() <= Level::WARN && !metadata.target().starts_with("opentelemetry")
    }
}

/// Whether the collector takes traces: an empty delivery is sent. `None` if none is named.
pub async fn ping(settings: &Settings) -> Option<Result<()>> {
    let exporter = exporter(settings).transpose()?;
    // The exporter waits on its thread, which must not be one of the runtime's.
    let sent = tokio::task::spawn_blocking(|| {
        let exporter = exporter?;
        Ok(futures::executor::block_on(exporter.export(Vec::new()))?)
    });
    Some(sent.await.unwrap_or_else(|error| Err(error.into())))
}

fn provider(settings: &Settings) -> Result<Option<SdkTracerProvider>> {
    let Some(exporter) = exporter(settings)? else { return Ok(None) };
    let share: f64 = settings.parse("OTEL_TRACES_SAMPLER_ARG")?;
    if !(0.0..=1.0).contains(&share) {
        bail!("OTEL_TRACES_SAMPLER_ARG is a share from 0 to 1, not {share}");
    }
    let resource = Resource::builder_empty()
        .with_service_name(settings.text("OTEL_SERVICE_NAME").to_owned())
        .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
        .with_resource(resource)
        .build();
    Ok(Some(provider))
}

fn exporter(settings: &Settings) -> Result<Option<SpanExporter>> {
    let Some(endpoint) = settings.find("OTEL_EXPORTER_OTLP_ENDPOINT") else { return Ok(None) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(Duration::from_secs(5))
        .with_headers(headers(settings.find("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default())?)
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")?;
    Ok(Some(exporter))
}

fn headers(text: &str) -> Result<HashMap<String, String>> {
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) =
                pair.split_once('=').context("OTEL_EXPORTER_OTLP_HEADERS has no `=` in one of its parts")?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// Goes on with the trace that a trusted proxy has begun (`traceparent`, W3C Trace Context);
/// anybody else's is passed over, for it would decide what is traced.
pub async fn go_on(State(proxies): State<TrustedProxies>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<PeerAddr>().map(|peer| peer.0.ip().to_canonical());
    if !peer.is_some_and(|peer| proxies.contains(peer)) {
        return next.run(request).await;
    }
    let begun = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
    next.run(request).with_context(begun).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_statements_are_not_logged_however_much_is_wished_for() {
        for wish in ["debug", "trace", "tokio_postgres=debug", "no such thing!"] {
            let environment = [("RAPPORT_LOG".to_owned(), wish.to_owned())];
            let settings = Settings::read("", environment.into_iter()).unwrap();
            let said = filter(&settings).to_string();
            let of_driver: Vec<&str> =
                said.split(',').filter(|one| one.starts_with("tokio_postgres")).collect();
            assert_eq!(of_driver, ["tokio_postgres=warn"], "{wish}");
        }
    }
}
