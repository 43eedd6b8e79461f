//! Thin clients for services outside. Each has its own errors, time limits and circuit breaker;
//! base addresses are configurable, so that tests and self-hosters can put another server there.

pub mod outgoing;
pub mod stripe;

/// The HTTP client takes the process's TLS provider; the first one installed stays.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
