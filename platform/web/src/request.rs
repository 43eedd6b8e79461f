//! What is known of a request before any handler sees it.

use axum::http::{HeaderMap, Method, Uri, header};
use rapport_ui::Theme;

/// Facts of one request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Reference shown with errors and written in logs.
    pub id: String,
    /// Method.
    pub method: Method,
    /// Path and query as asked for.
    pub uri: Uri,
    /// Client's address; empty for a call from inside.
    pub ip: String,
    /// Languages the browser prefers, as it sent them (`Accept-Language`).
    pub languages: String,
    /// Browser's description of itself.
    pub user_agent: String,
    /// Nonce of this answer's content security policy.
    pub nonce: String,
    /// Colours wished for.
    pub theme: Theme,
    /// Whether the answer is for a program: JSON.
    pub json: bool,
    /// Toasts left by the request before.
    pub flash: Vec<rapport_ui::Toast>,
    /// Name and value of every cookie.
    cookies: Vec<(String, String)>,
}

impl RequestInfo {
    /// The client's address for an event, if it came from outside.
    #[must_use]
    pub fn outside_ip(&self) -> Option<String> {
        (!self.ip.is_empty()).then(|| self.ip.clone())
    }

    /// From a request's head; address and nonce come from the layers around.
    #[must_use]
    pub fn new(method: &Method, uri: &Uri, headers: &HeaderMap, ip: String, nonce: String) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookies: Vec<(String, String)> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let cookie = |name: &str| cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let wants_json = text(header::ACCEPT).contains("json");
        Self {
            id: rapport_base::Token::new().expose()[..12].to_owned(),
            method: method.clone(),
            uri: uri.clone(),
            ip,
            languages: text(header::ACCEPT_LANGUAGE).chars().take(200).collect(),
            user_agent: text(header::USER_AGENT).chars().take(300).collect(),
            nonce,
            theme: Theme::parse(cookie("theme").unwrap_or_default()),
            json: uri.path().starts_with("/api/") || wants_json,
            flash: cookie(crate::flash::COOKIE).map(crate::flash::read).unwrap_or_default(),
            cookies,
        }
    }

    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All cookies whose name begins so.
    pub fn cookies_of<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.cookies
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Path with query, for "back to where you were".
    #[must_use]
    pub fn here(&self) -> String {
        self.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string)
    }
}
