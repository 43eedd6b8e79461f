//! Toasts that survive a redirect.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use rapport_ui::Toast;

/// The cookie they travel in.
pub(crate) const COOKIE: &str = "flash";

/// Reads the cookie; what is not ours reads as nothing.
pub(crate) fn read(value: &str) -> Vec<Toast> {
    BASE64.decode(value).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Leaves toasts for the next page.
pub(crate) fn leave(headers: &mut HeaderMap, toasts: &[Toast]) {
    let value = BASE64.encode(serde_json::to_vec(toasts).unwrap_or_default());
    append(headers, &format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"));
}

/// Takes them away once shown.
pub(crate) fn clear(headers: &mut HeaderMap) {
    append(headers, &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
}

fn append(headers: &mut HeaderMap, line: &str) {
    if let Ok(line) = HeaderValue::from_str(line) {
        headers.append(header::SET_COOKIE, line);
    }
}
