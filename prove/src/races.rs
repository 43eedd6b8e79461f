//! People who want the same thing at the same moment: the same money, number, hour or week.
//! Whoever gets no answer here does not ask again; what became of it, the database says.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use rapport_base::Clock;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    account::Account,
    caller::{Answer, Ask, Caller},
};

/// How many want the same at once.
const RIVALS: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// What became of one sort of wish.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Got it.
    pub won: usize,
    /// Were told no.
    pub lost: usize,
    /// Got no answer, or were told to come later.
    pub cut: usize,
}

/// What they were told.
#[derive(Debug, Default)]
pub struct Outcome {
    /// By sort of wish.
    pub wishes: BTreeMap<&'static str, Tally>,
    /// Payments and refunds that were acknowledged.
    pub money: Vec<Uuid>,
    /// Answers that should not be.
    pub broken: Vec<String>,
    /// The longest wait for an answer.
    pub longest: Duration,
}

/// People at it.
pub struct Races {
    stop: CancellationToken,
    tables: JoinSet<Outcome>,
}

impl Races {
    /// Seats some tables of rivals, all of them the same member of the same workspace.
    #[must_use]
    pub fn start(address: &str, account: &Account, tables: usize) -> Self {
        let stop = CancellationToken::new();
        let addresses: Arc<[String]> = Arc::new([address.to_owned()]);
        let mut seated = JoinSet::new();
        for number in 0..tables {
            let table = Table {
                callers: (0..RIVALS).map(|_| Caller::new(addresses.clone(), 0)).collect(),
                account: account.clone(),
                stop: stop.clone(),
                outcome: Outcome::default(),
                week: 10 + number,
                step: tables,
            };
            seated.spawn(table.race());
        }
        Self { stop, tables: seated }
    }

    /// Lets them finish; what they were told.
    pub async fn stop(mut self) -> Outcome {
        self.stop.cancel();
        let mut all = Outcome::default();
        while let Some(one) = self.tables.join_next().await {
            let one = one.expect("nobody panics at a table");
            for (wish, tally) in one.wishes {
                let sum = all.wishes.entry(wish).or_default();
                *sum =
                    Tally { won: sum.won + tally.won, lost: sum.lost + tally.lost, cut: sum.cut + tally.cut };
            }
            all.money.extend(one.money);
            all.broken.extend(one.broken);
            all.longest = all.longest.max(one.longest);
        }
        all
    }
}

struct Table {
    callers: Vec<Caller>,
    account: Account,
    stop: CancellationToken,
    outcome: Outcome,
    /// Weeks back from now: each round has one of its own.
    week: usize,
    step: usize,
}

impl Table {
    async fn race(mut self) -> Outcome {
        while !self.stop.is_cancelled() {
            // Without an answer the round begins anew with other things.
            let _ = self.money().await;
            let _ = self.time().await;
            let _ = self.approval().await;
        }
        self.outcome
    }

    async fn money(&mut self) -> Option<()> {
        let draft = json!({
            "client_id": self.account.client,
            "lines": [{"description": "Work", "quantity": "1.5", "unit_price_cents": 3_333}],
        });
        let invoice = self.sure("/api/invoices", draft).await?["id"].as_str()?.to_owned();
        let issued = self.wish("issue", "POST", &format!("/api/invoices/{invoice}/issue"), &json!({})).await;
        let total = issued.first()?["total_cents"].as_i64()?;
        let payment = json!({"amount_cents": total, "method": "bank"});
        let paid = self.wish("pay", "POST", &format!("/api/invoices/{invoice}/payments"), &payment).await;
        let payment = self.noted(&paid)?;
        let refund = json!({"amount_cents": total, "reason": "Twice"});
        self.wish("refund", "POST", &format!("/api/payments/{payment}/refund"), &refund).await;
        Some(())
    }

    async fn time(&mut self) -> Option<()> {
        let timer = json!({"project_id": self.account.project, "description": "A race"});
        self.wish("start a timer", "POST", "/api/timer/start", &timer).await;
        sleep(Duration::from_millis(1_100)).await;
        self.wish("stop a timer", "POST", "/api/timer/stop", &json!({})).await;
        let slot = SignedDuration::from_mins(30 * rand::random_range(48..240));
        let start = Clock::system().now() - slot;
        let span = json!({
            "project_id": self.account.project, "description": "A span",
            "started_at": whole(start).to_string(),
            "ended_at": whole(start + SignedDuration::from_mins(25)).to_string(),
        });
        self.wish("log a span", "POST", "/api/time-entries", &span).await;
        Some(())
    }

    async fn approval(&mut self) -> Option<()> {
        let day = self.monday();
        self.week += self.step;
        let entry = json!({
            "project_id": self.account.project, "date": day.to_string(), "duration_seconds": 3_600,
            "description": "Before",
        });
        let entry = self.sure("/api/time-entries", entry).await?;
        let entry = entry["data"][0]["id"].as_str().or(entry["id"].as_str())?.to_owned();
        let week = json!({"week": day.to_string(), "note": ""});
        let sheet = self.sure("/api/timesheets/submit", week).await?["id"].as_str()?.to_owned();
        let change = json!({"duration_seconds": 7_200});
        let asks = [
            ("approve", "POST", format!("/api/timesheets/{sheet}/approve"), json!({"comment": ""})),
            ("reject", "POST", format!("/api/timesheets/{sheet}/reject"), json!({"comment": "No"})),
            ("edit", "PATCH", format!("/api/time-entries/{entry}"), change),
        ];
        let asks = asks.map(|(wish, method, path, body)| (wish, self.ask(method, &path, &body)));
        self.all(asks.into_iter().collect()).await;
        Some(())
    }

    fn monday(&self) -> Date {
        let today = Clock::system().now().to_zoned(TimeZone::UTC).date();
        let back =
            i64::try_from(self.week).unwrap_or(10) * 7 + i64::from(today.weekday().to_monday_zero_offset());
        today - SignedDuration::from_hours(24 * back)
    }

    /// The first of acknowledged payments, all of which are kept in mind.
    fn noted(&mut self, answers: &[Value]) -> Option<Uuid> {
        let ids: Vec<Uuid> =
            answers.iter().filter_map(|answer| answer["id"].as_str()?.parse().ok()).collect();
        self.outcome.money.extend(&ids);
        ids.first().copied()
    }

    /// All rivals want the same; what those were told who got it.
    async fn wish(
        &mut self,
        wish: &'static str,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Vec<Value> {
        let asks = (0..RIVALS).map(|_| (wish, self.ask(method, path, body))).collect();
        self.all(asks).await
    }

    async fn all(&mut self, asks: Vec<(&'static str, Ask)>) -> Vec<Value> {
        let sent = self.callers.iter_mut().zip(&asks).map(|(caller, (_, ask))| caller.send(ask));
        let answers = futures::future::join_all(sent).await;
        let mut got = Vec::new();
        for ((took, answer), (wish, ask)) in answers.into_iter().zip(&asks) {
            self.outcome.longest = self.outcome.longest.max(took);
            let tally = self.outcome.wishes.entry(wish).or_default();
            match answer {
                Ok(Answer { status: 200..=299, body }) => {
                    tally.won += 1;
                    got.push(serde_json::from_slice(&body).unwrap_or_default());
                }
                Ok(Answer { status: 503 | 429, .. }) | Err(_) => tally.cut += 1,
                Ok(Answer { status: 400..=499, .. }) => tally.lost += 1,
                Ok(Answer { status, body }) => {
                    let said = String::from_utf8_lossy(&body).into_owned();
                    self.outcome.broken.push(format!("{status} {}: {said}", ask.path));
                }
            }
        }
        got
    }

    /// Something that the round needs: asked for with the same key until there is an answer.
    async fn sure(&mut self, path: &str, body: Value) -> Option<Value> {
        let ask = self.ask("POST", path, &body);
        while !self.stop.is_cancelled() {
            let (took, answer) = self.callers[0].send(&ask).await;
            self.outcome.longest = self.outcome.longest.max(took);
            match answer {
                Ok(Answer { status: 200..=299, body }) => return serde_json::from_slice(&body).ok(),
                Ok(Answer { status: 400..=499, body }) if !still_running(&body) => return None,
                _ => sleep(PAUSE).await,
            }
        }
        None
    }

    fn ask(&self, method: &'static str, path: &str, body: &Value) -> Ask {
        Ask {
            method,
            path: path.to_owned(),
            headers: vec![
                ("authorization", format!("Bearer {}", self.account.token)),
                ("content-type", "application/json".into()),
                ("idempotency-key", Uuid::now_v7().to_string()),
            ],
            body: body.to_string(),
        }
    }
}

fn still_running(body: &[u8]) -> bool {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    problem["code"] == "still_running"
}

/// On a whole minute of a grid, so that spans of other rounds are met too.
fn whole(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second % 60).unwrap_or(at)
}
