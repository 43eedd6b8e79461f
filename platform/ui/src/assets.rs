//! The browser's files: built by `build.mjs`, embedded in the binary, served under hashed names.

use std::borrow::Cow;
use std::collections::HashMap;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist/"]
struct Dist;

/// One file, ready to be sent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The body, perhaps compressed.
    pub bytes: Cow<'static, [u8]>,
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// For `Content-Encoding`.
    pub encoding: Option<&'static str>,
    /// The name carries a hash: cache for ever.
    pub immutable: bool,
}

fn read_manifest() -> HashMap<String, String> {
    Dist::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
}

fn hashed(name: &str) -> Option<String> {
    static MANIFEST: std::sync::OnceLock<HashMap<String, String>> = std::sync::OnceLock::new();
    MANIFEST.get_or_init(read_manifest).get(name).cloned()
}

/// The URL of a file by its plain name: `app.css` gives `/assets/app-1f2e3d.css`.
pub fn asset(name: &str) -> String {
    match hashed(name) {
        Some(file) => format!("/assets/{file}"),
        None => format!("/assets/{name}"),
    }
}

/// A short name of this build of the assets; a page made by another build is loaded afresh.
pub fn build() -> String {
    hashed("build").unwrap_or_default()
}

/// The file behind `/assets/{path}` (or `favicon.ico`), compressed if the browser takes it.
pub fn serve(path: &str, accept_encoding: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/').trim_start_matches("assets/");
    let name = match path {
        "favicon.ico" => hashed("favicon.svg")?,
        "manifest.json" | "icons.txt" => return None,
        path => hashed(path).unwrap_or_else(|| path.to_owned()),
    };
    let plain = Dist::get(&name)?;
    let immutable = name == path;
    let content_type = content_type(&name);
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        let taken = accept_encoding
            .split(',')
            .any(|part| part.split(';').next().is_some_and(|name| name.trim() == encoding));
        if taken && let Some(file) = Dist::get(&format!("{name}.{suffix}")) {
            return Some(Asset { bytes: file.data, content_type, encoding: Some(encoding), immutable });
        }
    }
    Some(Asset { bytes: plain.data, content_type, encoding: None, immutable })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_hashed_urls_and_come_compressed() {
        let url = asset("app.css");
        assert!(url.starts_with("/assets/app-") && url.ends_with(".css"), "{url}");
        let file = serve(&url, "gzip, deflate, br;q=1").unwrap();
        assert_eq!(file.encoding, Some("br"));
        assert!(file.immutable);
        assert_eq!(file.content_type, "text/css; charset=utf-8");
        assert!(serve(&url, "").unwrap().encoding.is_none());
    }

    #[test]
    fn nothing_outside_the_built_files_is_served() {
        for path in ["../Cargo.toml", "manifest.json", "icons.txt", "nothing.css", "/etc/passwd"] {
            assert!(serve(path, "").is_none(), "{path}");
        }
        assert!(serve("favicon.ico", "").is_some());
    }

    #[test]
    fn a_first_visit_fits_in_the_budget() {
        let weight: usize = ["app.css", "app.js", "inter.woff2"]
            .iter()
            .map(|name| serve(&asset(name), "br").unwrap().bytes.len())
            .sum();
        assert!(weight < 120_000, "{weight} bytes");
    }
}
