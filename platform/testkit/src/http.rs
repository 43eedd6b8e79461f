//! A browser, or a program with a token, in a test.

use std::net::IpAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use http_body_util::BodyExt;
use rapport_db::Traffic;
use rapport_web::security::ClientIp;
use serde_json::Value;
use tokio::time::{Duration, Instant, timeout_at};
use tower::ServiceExt;

/// Sends requests straight to the router, keeping cookies and the forms' proof.
#[derive(Clone)]
pub struct Http {
    router: Router,
    cookies: Vec<(String, String)>,
    csrf: String,
    bearer: Option<String>,
    headers: Vec<(String, String)>,
    address: Option<IpAddr>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// What it asked of the database.
    pub traffic: Traffic,
}

impl Http {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            cookies: Vec::new(),
            csrf: String::new(),
            bearer: None,
            headers: Vec::new(),
            address: None,
        }
    }
    pub(crate) fn of(self, router: Router) -> Self {
        Self { router, ..self }
    }
    /// The same caller with a token instead of cookies.
    #[must_use]
    pub fn with_bearer(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self.cookies.clear();
        self
    }
    /// The same caller with one more cookie.
    #[must_use]
    pub fn with_cookie(mut self, name: &str, value: &str) -> Self {
        self.keep_cookie(&format!("{name}={value}"));
        self
    }
    /// The forms' proof to be sent from now on, without a page to take it from.
    pub fn keep_csrf(&mut self, proof: &str) {
        self.csrf = proof.to_owned();
    }
    /// The same caller with one more header on every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    /// The same caller at an address of the network.
    #[must_use]
    pub fn at(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = Some(address.into());
        self
    }
    /// The forms' proof as it is now.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.csrf
    }
    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// GET.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Vec::new()).await
    }
    /// POST of a form, with the proof of the page seen last.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.clone();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.iter().copied())
            .append_pair("csrf", &csrf)
            .finish();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body.into_bytes()).await
    }
    /// POST of a form with files: `(field, file name, content type, bytes)`.
    pub async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &str, &[u8])],
    ) -> Reply {
        const MARK: &str = "rapport-test-boundary";
        let csrf = self.csrf.clone();
        let mut body = Vec::new();
        for (name, value) in std::iter::once(("csrf", csrf.as_str())).chain(fields.iter().copied()) {
            body.extend(
                format!("--{MARK}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
        for (name, file, content, bytes) in files {
            body.extend(
                format!("--{MARK}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: {content}\r\n\r\n").bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{MARK}--\r\n").bytes());
        self.send(Method::POST, path, Some(&format!("multipart/form-data; boundary={MARK}")), body).await
    }
    /// A JSON request.
    pub async fn json(&mut self, method: &str, path: &str, body: Value) -> Reply {
        let method = method.parse().expect("a method");
        self.send(method, path, Some("application/json"), body.to_string().into_bytes()).await
    }
    /// DELETE.
    pub async fn delete(&mut self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, Vec::new()).await
    }
    /// What a stream tells within some time.
    pub async fn listen(&self, path: &str, time: Duration) -> Reply {
        let request = self.request(Method::GET, path, None, Vec::new());
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, mut body) = response.into_parts();
        let (mut heard, end) = (Vec::new(), Instant::now() + time);
        while let Ok(Some(Ok(frame))) = timeout_at(end, body.frame()).await {
            heard.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        }
        let traffic = parts.extensions.get::<Traffic>().copied().unwrap_or_default();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body: heard, traffic }
    }
    /// Any request.
    pub async fn send(&mut self, method: Method, path: &str, content: Option<&str>, body: Vec<u8>) -> Reply {
        let request = self.request(method, path, content, body);
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            self.keep_cookie(line.to_str().unwrap_or_default());
        }
        let traffic = parts.extensions.get::<Traffic>().copied().unwrap_or_default();
        let reply = Reply { status: parts.status.as_u16(), headers: parts.headers, body, traffic };
        if let Some(csrf) = reply.attribute("name=\"csrf\"", "value") {
            self.csrf = csrf;
        }
        reply
    }

    fn request(&self, method: Method, path: &str, content: Option<&str>, body: Vec<u8>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        if let Some(content) = content {
            request = request.header(header::CONTENT_TYPE, content);
        }
        if !self.cookies.is_empty() {
            let line: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if path.starts_with("/api/") && self.bearer.is_none() && !self.csrf.is_empty() {
            request = request.header("x-csrf-token", &self.csrf);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(address) = self.address {
            request = request.extension(ClientIp(address));
        }
        request.body(Body::from(body)).expect("a request")
    }

    fn keep_cookie(&mut self, line: &str) {
        let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        self.cookies.retain(|(known, _)| known != name);
        if !line.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    /// This reply, if it has that status.
    ///
    /// # Panics
    /// With the body when the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text().chars().take(2_000).collect::<String>());
        self
    }
    /// An attribute of the first element that has another one, as written in HTML.
    #[must_use]
    pub fn attribute(&self, of: &str, attribute: &str) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let at = text.find(of)?;
        let start = text[..at].rfind('<')?;
        let element = &text[start..start + text[start..].find('>')?];
        let value = element.split_once(&format!("{attribute}=\""))?.1;
        Some(value.split('"').next()?.replace("&amp;", "&"))
    }
}
