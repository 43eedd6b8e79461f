//! Writers, as a busy afternoon has them: clients, time, invoices issued and paid. A writer
//! that gets no answer sends the same request with the same key again, until it has one.

use std::{sync::Arc, time::Duration};

use rapport_base::Clock;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    account::Account,
    caller::{Answer, Ask, Caller, Trouble},
    ledger::{Done, Kind, Ledger},
};

const PAUSE: Duration = Duration::from_millis(50);
/// How long a writer that is told to stop still insists on the answer it waits for.
const INSISTS: Duration = Duration::from_secs(30);

/// Writers at work.
pub struct Load {
    stop: CancellationToken,
    writers: JoinSet<Ledger>,
}

impl Load {
    /// Starts some writers against programs that stand for one another.
    #[must_use]
    pub fn start(addresses: &[&str], account: &Account, writers: usize) -> Self {
        let stop = CancellationToken::new();
        let addresses: Arc<[String]> = addresses.iter().map(|address| (*address).to_owned()).collect();
        let mut tasks = JoinSet::new();
        for number in 0..writers {
            let writer = Writer {
                caller: Caller::new(addresses.clone(), number),
                account: account.clone(),
                stop: stop.clone(),
                ledger: Ledger::default(),
            };
            tasks.spawn(writer.write());
        }
        Self { stop, writers: tasks }
    }

    /// Stops them, each with its last answer; what they know.
    pub async fn stop(mut self) -> Ledger {
        self.stop.cancel();
        let mut all = Ledger::default();
        while let Some(ledger) = self.writers.join_next().await {
            all.add(ledger.expect("a writer does not panic"));
        }
        all
    }
}

struct Writer {
    caller: Caller,
    account: Account,
    stop: CancellationToken,
    ledger: Ledger,
}

impl Writer {
    async fn write(mut self) -> Ledger {
        while !self.stop.is_cancelled() {
            // Without an answer in time the round begins anew with other things.
            let _ = self.round().await;
        }
        self.ledger
    }

    async fn round(&mut self) -> Option<()> {
        let name = mark();
        let client = json!({"company_name": name, "currency": "EUR"});
        let client = self.post(Kind::Client, "/api/clients".into(), name, client).await?;

        let description = mark();
        let day = Clock::system().now() - jiff::SignedDuration::from_hours(24 * rand::random_range(1..28));
        let entry = json!({
            "project_id": self.account.project, "date": day.to_string().split('T').next(),
            "duration_seconds": 900, "description": description, "is_billable": true,
        });
        self.post(Kind::Entry, "/api/time-entries".into(), description, entry).await?;

        let notes = mark();
        let invoice = json!({
            "client_id": client["id"], "notes": notes,
            "lines": [{"description": "Work", "quantity": 2, "unit_price_cents": 4_500}],
        });
        let invoice = self.post(Kind::Invoice, "/api/invoices".into(), notes, invoice).await?;
        let id = invoice["id"].as_str()?.to_owned();
        let issued =
            self.post(Kind::Issue, format!("/api/invoices/{id}/issue"), id.clone(), json!({})).await?;

        let reference = mark();
        let payment =
            json!({"amount_cents": issued["total_cents"], "method": "bank", "reference": reference});
        self.post(Kind::Payment, format!("/api/invoices/{id}/payments"), reference, payment).await?;
        Some(())
    }

    /// Sends until there is an answer; `None` when there is none in time, or not the one hoped for.
    async fn post(&mut self, kind: Kind, path: String, mark: String, body: Value) -> Option<Value> {
        let ask = Ask {
            method: "POST",
            path,
            headers: vec![
                ("authorization", format!("Bearer {}", self.account.token)),
                ("content-type", "application/json".into()),
                ("idempotency-key", Uuid::now_v7().to_string()),
            ],
            body: body.to_string(),
        };
        let mut first_trouble = None;
        let mut told_to_stop = None;
        loop {
            let (took, sent) = self.caller.send(&ask).await;
            self.ledger.longest = self.ledger.longest.max(took);
            match sent {
                Ok(Answer { status: 200..=299, body }) => {
                    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
                    self.ledger.done.push(Done::new(kind, mark, &answer, first_trouble));
                    return Some(answer);
                }
                Ok(answer) => {
                    first_trouble.get_or_insert_with(Instant::now);
                    if !self.ledger.troubled(kind, &mark, &ask, &answer) {
                        return None;
                    }
                }
                Err(trouble) => {
                    first_trouble.get_or_insert_with(Instant::now);
                    match trouble {
                        Trouble::Unsent(_) => self.ledger.unsent += 1,
                        Trouble::Lost(why) => self.ledger.lost.push(why),
                    }
                }
            }
            if self.stop.is_cancelled() && told_to_stop.get_or_insert_with(Instant::now).elapsed() > INSISTS {
                self.ledger.open.push((kind, mark));
                return None;
            }
            sleep(PAUSE).await;
        }
    }
}

/// A word that stands in one thing only.
fn mark() -> String {
    Uuid::now_v7().simple().to_string()
}
