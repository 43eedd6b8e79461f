//! A caller as programs have one: a kept connection, opened anew when it is gone.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use rapport_bench::http::{Connection, connect};
use tokio::time::Instant;

/// How long an answer is waited for: far more than is promised.
const LIMIT: Duration = Duration::from_secs(60);

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Method.
    pub method: &'static str,
    /// Path with query.
    pub path: String,
    /// Headers beside the host.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: String,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Not a byte was sent: nobody listens, or the kept connection had been closed.
    Unsent(String),
    /// It was sent, and the connection broke.
    Lost(String),
}

/// One caller. Takes the addresses in turn, going to the next when nobody listens.
pub struct Caller {
    addresses: Arc<[String]>,
    at: usize,
    kept: Option<Connection>,
}

impl Caller {
    /// A caller of programs that stand for one another.
    #[must_use]
    pub fn new(addresses: Arc<[String]>, at: usize) -> Self {
        Self { addresses, at, kept: None }
    }

    /// Sends a request and waits for its answer; also how long it took.
    pub async fn send(&mut self, ask: &Ask) -> (Duration, Result<Answer, Trouble>) {
        let began = Instant::now();
        let mut result = self.attempt(ask).await;
        // A kept connection that turns out to be closed is no failure: nothing went out on it.
        if matches!(result, Err(Trouble::Unsent(_))) {
            result = self.attempt(ask).await;
        }
        (began.elapsed(), result)
    }

    async fn attempt(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        let unsent = |error: &dyn std::fmt::Display| Trouble::Unsent(error.to_string());
        let mut connection = match self.kept.take().filter(|kept| !kept.is_closed()) {
            Some(kept) => kept,
            None => self.connect().await.map_err(|error| unsent(&error))?,
        };
        connection.ready().await.map_err(|error| unsent(&error))?;
        let mut request =
            Request::builder().method(ask.method).uri(&ask.path).header("host", "localhost:8080");
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let request =
            request.body(Full::new(Bytes::from(ask.body.clone()))).map_err(|error| unsent(&error))?;
        let answered = async {
            let response = connection.try_send_request(request).await.map_err(|mut error| {
                match error.take_message() {
                    Some(_) => Trouble::Unsent("the kept connection was closed".into()),
                    None => Trouble::Lost(error.into_error().to_string()),
                }
            })?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await;
            let body = body.map_err(|error| Trouble::Lost(format!("half an answer: {error}")))?.to_bytes();
            Ok(Answer { status, body })
        };
        let answer = tokio::time::timeout(LIMIT, answered)
            .await
            .unwrap_or_else(|_| Err(Trouble::Lost(format!("no answer within {LIMIT:?}"))))?;
        self.kept = Some(connection);
        Ok(answer)
    }

    async fn connect(&mut self) -> Result<Connection> {
        let tries = self.addresses.len();
        let mut last = Err(anyhow::anyhow!("no address"));
        for _ in 0..tries {
            last = connect(&self.addresses[self.at % tries]).await;
            if last.is_ok() {
                break;
            }
            self.at += 1;
        }
        last
    }
}
