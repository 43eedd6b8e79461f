//! Cookies: host-bound, out of reach for scripts, secure wherever the public address is.

use axum::http::{HeaderMap, HeaderValue, header};
use rapport_db::App;

/// The name a cookie has on this installation: `__Host-` where the public address is https.
#[must_use]
pub fn name(app: &App, name: &str) -> String {
    if secure(app) { format!("__Host-{name}") } else { name.to_owned() }
}

/// Sets a cookie; without `max_age` it ends with the browser.
pub fn set(headers: &mut HeaderMap, app: &App, cookie: &str, value: &str, max_age: Option<i64>) {
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if secure(app) { "; Secure" } else { "" };
    let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", name(app, cookie));
    if let Ok(line) = HeaderValue::from_str(&line) {
        headers.append(header::SET_COOKIE, line);
    }
}

/// Takes a cookie away.
pub fn clear(headers: &mut HeaderMap, app: &App, cookie: &str) {
    set(headers, app, cookie, "", Some(0));
}

fn secure(app: &App) -> bool {
    app.public_url.starts_with("https:")
}
