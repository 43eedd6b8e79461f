//! The ways in and their limits.

use std::{net::IpAddr, sync::Arc};

use rapport_base::Result;
use rapport_db::App;
use rapport_web::security::rate::{Policy, PostgresRateStore, Way, WaysIn};

/// Signing in with a password.
pub(crate) const PASSWORD: Way = Way::new("password");
/// Making an account.
pub(crate) const SIGN_UP: Way = Way::new("sign_up");
/// Asking for a sign-in link, a new password or a confirmation: everything that sends mail.
pub(crate) const MAIL: Way = Way::new("mail");
/// Typing a code or following a link.
pub(crate) const CODE: Way = Way::new("code");
/// Presenting a token, key or link that is none.
pub(crate) const TOKEN: Way = Way {
    name: "token",
    address: Policy::per_minute(30),
    account: Policy::per_minute(30),
    anywhere: Policy::per_minute(1_000),
};

fn ways(app: &App) -> WaysIn {
    app.parts.find().unwrap_or_else(|| WaysIn::new(Arc::new(PostgresRateStore::new(app.db.clone()))))
}

fn address(ip: &str) -> IpAddr {
    ip.parse().unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

/// Counts one attempt.
///
/// # Errors
/// Too many attempts.
pub(crate) async fn attempt(app: &App, way: &Way, ip: &str, account: Option<&str>) -> Result<()> {
    let decision = ways(app).attempt(way, address(ip), account, app.clock.now()).await?;
    match decision.refusal() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// The attempt was genuine.
///
/// # Errors
/// A bug when the counters cannot be reached.
pub(crate) async fn succeeded(app: &App, way: &Way, ip: &str, account: Option<&str>) -> Result<()> {
    ways(app).succeeded(way, address(ip), account).await
}
