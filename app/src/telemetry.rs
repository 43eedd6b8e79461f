//! Logs.

use tracing_subscriber::EnvFilter;

use crate::settings::Settings;

/// Starts logging to standard error.
pub fn start(settings: &Settings) {
    let filter = EnvFilter::try_new(settings.text("RAPPORT_LOG")).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.text("RAPPORT_LOG_FORMAT") == "json" {
        logs.json().flatten_event(true).init();
    } else {
        logs.with_target(false).init();
    }
}
