//! Talking to Stripe: one request with its repetitions.

use super::{StripeError, error, form};
use rapport_breaker::Breaker;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// The version of Stripe's interface that this program was written against.
pub const VERSION: &str = "2026-10-28.endive";

/// A call, repetitions included, takes no longer: whoever waits for its outcome is answered within ten seconds.
const TIME_LIMIT: Duration = Duration::from_secs(6);
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const FAILURES: u32 = 5;
const REST: Duration = Duration::from_secs(20);
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// A Stripe account. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    inner: Arc<Inner>,
    account: Option<String>,
}

struct Inner {
    http: Client,
    secret: SecretString,
    base: Url,
    breaker: Breaker,
}

enum Outcome {
    Done(Vec<u8>),
    Refused(StripeError),
    Again { after: Option<Duration>, error: StripeError, outage: bool },
}

impl Stripe {
    /// By secret key; `base_url` is `https://api.stripe.com` unless another server plays Stripe.
    pub fn new(secret: SecretString, base_url: &str) -> Result<Self, StripeError> {
        crate::install_tls_provider();
        let setup = |error: String| StripeError::Setup(error);
        let base = Url::parse(base_url).map_err(|error| setup(error.to_string()))?;
        let http = Client::builder()
            .user_agent("Rapport")
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| setup(error.to_string()))?;
        let breaker = Breaker::new("Stripe", FAILURES, REST);
        Ok(Self { inner: Arc::new(Inner { http, secret, base, breaker }), account: None })
    }

    /// The same, acting in a connected account (`acct_…`).
    pub fn in_account(&self, account: impl Into<String>) -> Self {
        Self { inner: self.inner.clone(), account: Some(account.into()) }
    }

    /// Whether calls are turned away for now because Stripe is out.
    pub fn is_resting(&self) -> bool {
        self.inner.breaker.is_open()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Value) -> Result<T, StripeError> {
        let mut url = self.url(path)?;
        let query = form::encode(query);
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        self.call(Method::GET, url, None, None).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
        idempotency_key: &str,
    ) -> Result<T, StripeError> {
        let url = self.url(path)?;
        self.call(Method::POST, url, Some(form::encode(body)), Some(idempotency_key)).await
    }

    fn url(&self, path: &str) -> Result<Url, StripeError> {
        let base = self.inner.base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/v1/{path}")).map_err(|e| StripeError::Setup(e.to_string()))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<String>,
        key: Option<&str>,
    ) -> Result<T, StripeError> {
        let pass = self.inner.breaker.enter().map_err(|open| StripeError::Temporary {
            retry_after: open.retry_after,
            detail: "resting after failures".into(),
        })?;
        let deadline = Instant::now() + TIME_LIMIT;
        let headers = self.headers(key)?;
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(&method, &url, body.clone(), headers.clone(), deadline).await;
            match outcome {
                Outcome::Done(bytes) => {
                    pass.answered();
                    return serde_json::from_slice(&bytes)
                        .map_err(|error| StripeError::Unreadable(error.to_string()));
                }
                Outcome::Refused(error) => {
                    pass.answered();
                    return Err(error);
                }
                Outcome::Again { after, error, outage } => {
                    let pause = after.unwrap_or_else(|| pause_before(attempt + 1));
                    if attempt == ATTEMPTS || Instant::now() + pause >= deadline {
                        if outage {
                            pass.failed()
                        } else {
                            pass.answered()
                        }
                        return Err(error);
                    }
                    tracing::debug!(attempt, %error, "Stripe is asked again");
                    tokio::time::sleep(pause).await;
                    attempt += 1;
                }
            }
        }
    }

    fn headers(&self, key: Option<&str>) -> Result<HeaderMap, StripeError> {
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| StripeError::Setup("a header holds characters it must not".into()))
        };
        let mut bearer = value(&format!("Bearer {}", self.inner.secret.expose_secret()))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("authorization", bearer);
        headers.insert("stripe-version", HeaderValue::from_static(VERSION));
        if let Some(key) = key {
            headers.insert("idempotency-key", value(key)?);
        }
        if let Some(account) = &self.account {
            headers.insert("stripe-account", value(account)?);
        }
        Ok(headers)
    }

    async fn attempt(
        &self,
        method: &Method,
        url: &Url,
        body: Option<String>,
        headers: HeaderMap,
        deadline: Instant,
    ) -> Outcome {
        let mut request = self.inner.http.request(method.clone(), url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let work = async { read(request.send().await?).await };
        match tokio::time::timeout_at(deadline, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => stumble(error.without_url().to_string()),
            Err(_) => stumble("it took too long".into()),
        }
    }
}

fn stumble(detail: String) -> Outcome {
    let error = StripeError::Temporary { retry_after: REST, detail };
    Outcome::Again { after: None, error, outage: true }
}

async fn read(mut response: Response) -> Result<Outcome, reqwest::Error> {
    let status = response.status().as_u16();
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let should_retry = header("stripe-should-retry");
    let after = header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(Outcome::Refused(StripeError::Unreadable("an endless answer".into())));
        }
        bytes.extend_from_slice(&chunk);
    }
    if (200..300).contains(&status) {
        return Ok(Outcome::Done(bytes));
    }
    let error = error::from_answer(status, &bytes);
    let again = match should_retry.as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => error.is_temporary(),
    };
    Ok(match again {
        true => Outcome::Again { after, error, outage: status >= 500 },
        false => Outcome::Refused(error),
    })
}

/// Twice as long each time, with some chance in it, so that many callers do not return at once.
fn pause_before(attempt: u32) -> Duration {
    let full = FIRST_PAUSE * 2u32.pow(attempt.saturating_sub(2));
    full.mul_f64(rand::random_range(0.5..1.0))
}
