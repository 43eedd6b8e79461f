//! A server that plays Stripe as far as checkout pages, payments and refunds go, in every mood.

use std::{
    collections::BTreeMap,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rapport_base::Clock;
use rapport_bench::http;
use rapport_gateways::stripe::webhook;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// The secret that its webhooks are signed with.
pub const SECRET: &str = "whsec_prove";

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// At once, and rightly.
    Well,
    /// It does what was asked, and says 500.
    Broken,
    /// After three seconds.
    Slow,
    /// Never; every connection stays open.
    Silent,
    /// Nobody listens.
    Away,
}

struct Books {
    mood: Mood,
    sessions: BTreeMap<String, Value>,
    refunds: BTreeMap<String, Value>,
    /// What was answered under a key is answered again.
    by_key: BTreeMap<String, String>,
}

type Shared = Arc<Mutex<Books>>;

/// The server.
pub struct Played {
    /// Where it listens.
    pub address: SocketAddr,
    books: Shared,
    serving: Option<JoinHandle<()>>,
}

impl Played {
    /// Starts it, in good mood.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let books = Arc::new(Mutex::new(Books {
            mood: Mood::Well,
            sessions: BTreeMap::new(),
            refunds: BTreeMap::new(),
            by_key: BTreeMap::new(),
        }));
        let address = listener.local_addr()?;
        let serving = Some(serve(listener, books.clone()));
        Ok(Self { address, books, serving })
    }

    /// From now on it answers like this.
    ///
    /// # Errors
    /// When its port is not free any more.
    pub async fn becomes(&mut self, mood: Mood) -> Result<()> {
        books(&self.books).mood = mood;
        if mood == Mood::Away {
            if let Some(serving) = self.serving.take() {
                serving.abort();
                let _ = serving.await;
            }
        } else if self.serving.is_none() {
            let listener = TcpListener::bind(self.address).await.context("listen again")?;
            self.serving = Some(serve(listener, self.books.clone()));
        }
        Ok(())
    }

    /// A client pays on the page of an invoice; the webhook that says so.
    ///
    /// # Errors
    /// When no page was opened for it.
    pub fn paid(&self, invoice: &str, intent: &str) -> Result<Value> {
        let mut books = books(&self.books);
        let session = books
            .sessions
            .values_mut()
            .find(|session| session["metadata"]["invoice_id"] == invoice && session["status"] == "open");
        let session = session.context("no page was opened for the invoice")?;
        session["status"] = "complete".into();
        session["payment_status"] = "paid".into();
        session["payment_intent"] = intent.into();
        Ok(json!({
            "id": format!("evt_{intent}"), "object": "event", "type": "checkout.session.completed",
            "created": 1_795_000_000, "livemode": false, "data": {"object": session.clone()},
        }))
    }

    /// How many pages were opened, and for how many wishes; how many refunds were made.
    #[must_use]
    pub fn opened(&self) -> (usize, usize, usize) {
        let books = books(&self.books);
        let wish = |session: &Value| session["metadata"]["pay_link_id"].as_str().map(str::to_owned);
        let wishes: std::collections::BTreeSet<_> = books.sessions.values().filter_map(wish).collect();
        (books.sessions.len(), wishes.len(), books.refunds.len())
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

/// Sends a signed webhook; the status of the answer.
///
/// # Errors
/// When no answer comes.
pub async fn tell(address: &str, event: &Value) -> Result<u16> {
    let body = event.to_string();
    let signature = webhook::sign(body.as_bytes(), &SECRET.into(), Clock::system().now());
    let headers = [("content-type", "application/json"), ("stripe-signature", signature.as_str())];
    Ok(http::once(address, "POST", "/api/webhooks/stripe", &headers, Some(body)).await?.0)
}

fn books(shared: &Shared) -> MutexGuard<'_, Books> {
    shared.lock().expect("nobody panics with the books in hand")
}

fn serve(listener: TcpListener, shared: Shared) -> JoinHandle<()> {
    let router = Router::new()
        .route("/v1/checkout/sessions", post(open))
        .route("/v1/checkout/sessions/{id}", get(look))
        .route("/v1/checkout/sessions/{id}/expire", post(expire))
        .route("/v1/refunds", post(refund))
        .layer(from_fn_with_state(shared.clone(), moody))
        .with_state(shared);
    tokio::spawn(async move {
        // It ends by being told to.
        let _ = axum::serve(listener, router).await;
    })
}

async fn moody(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mood = books(&shared).mood;
    match mood {
        Mood::Well | Mood::Away => next.run(request).await,
        Mood::Silent => pending().await,
        Mood::Slow => {
            tokio::time::sleep(Duration::from_secs(3)).await;
            next.run(request).await
        }
        Mood::Broken => {
            next.run(request).await;
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": {"type": "api_error"}}))).into_response()
        }
    }
}

fn fields(body: &str) -> BTreeMap<String, String> {
    serde_html_form::from_str::<Vec<(String, String)>>(body).unwrap_or_default().into_iter().collect()
}

fn key(headers: &HeaderMap) -> String {
    headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned()
}

async fn open(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Json<Value> {
    let (body, key) = (fields(&body), key(&headers));
    let mut books = books(&shared);
    if let Some(known) = books.by_key.get(&key) {
        return Json(books.sessions[known].clone());
    }
    let id = format!("cs_{}", books.sessions.len() + 1);
    let metadata: BTreeMap<&str, &String> = body
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value)))
        .collect();
    let amount: i64 = body["line_items[0][price_data][unit_amount]"].parse().unwrap_or_default();
    let session = json!({
        "id": id, "url": format!("https://pay.example/{id}"), "status": "open", "payment_status": "unpaid",
        "amount_total": amount, "currency": body["line_items[0][price_data][currency]"], "metadata": metadata,
        "client_reference_id": body.get("client_reference_id"),
    });
    books.by_key.insert(key, id.clone());
    books.sessions.insert(id, session.clone());
    Json(session)
}

async fn look(State(shared): State<Shared>, Path(id): Path<String>) -> Json<Value> {
    Json(books(&shared).sessions.get(&id).cloned().unwrap_or_default())
}

async fn expire(State(shared): State<Shared>, Path(id): Path<String>) -> Json<Value> {
    let mut books = books(&shared);
    let Some(session) = books.sessions.get_mut(&id) else { return Json(Value::Null) };
    session["status"] = "expired".into();
    session["url"] = Value::Null;
    Json(session.clone())
}

async fn refund(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Json<Value> {
    let (body, key) = (fields(&body), key(&headers));
    let amount: i64 = body.get("amount").and_then(|amount| amount.parse().ok()).unwrap_or_default();
    let mut books = books(&shared);
    let id = format!("re_{}", books.refunds.len() + 1);
    let made = json!({"id": id, "amount": amount, "status": "succeeded", "payment_intent": body.get("payment_intent")});
    Json(books.refunds.entry(key).or_insert(made).clone())
}
