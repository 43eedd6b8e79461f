//! A browser as far as pages without scripts need one: cookies, forms, and the page's proof that it is ours.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rapport_bench::http;

/// The address that browsers know the program by, whatever port it listens on.
pub const ORIGIN: &str = "http://localhost:8080";

/// A page as it came.
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Where it sends on to.
    pub location: String,
    /// Its text.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

/// One browser.
#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens a page.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get(&mut self, address: &str, path: &str) -> Result<Page> {
        self.send(address, "GET", path, None).await
    }

    /// Sends a form that has nothing but the proof of a page that was opened before.
    ///
    /// # Errors
    /// When no answer comes, or the page has no form.
    pub async fn post(&mut self, address: &str, path: &str, from: &Page) -> Result<Page> {
        let proof = from.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let form = format!("csrf={}", proof.context("the page has no form")?);
        self.send(address, "POST", path, Some(form)).await
    }

    /// Sends an empty form: what a link in a mail asks for needs no proof but its own.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn enter(&mut self, address: &str, path: &str) -> Result<Page> {
        self.send(address, "POST", path, Some(String::new())).await
    }

    async fn send(&mut self, address: &str, method: &str, path: &str, form: Option<String>) -> Result<Page> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("cookie", cookies.as_str()), ("accept", "text/html")];
        if form.is_some() {
            headers.extend([("content-type", "application/x-www-form-urlencoded"), ("origin", ORIGIN)]);
        }
        let began = Instant::now();
        let (status, answered, body) = http::once(address, method, path, &headers, form).await?;
        let took = began.elapsed();
        for cookie in answered.get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let location =
            answered.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Page { status, location, text: String::from_utf8_lossy(&body).into_owned(), took })
    }
}
