//! What the writers were told, held against what the database has.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::Result;
use serde_json::Value;
use tokio::time::Instant;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::caller::{Answer, Ask};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A client, marked by its name.
    Client,
    /// Time, marked by its description.
    Entry,
    /// A draft, marked by its notes.
    Invoice,
    /// Its issue, marked by the invoice's id.
    Issue,
    /// A payment, marked by its reference.
    Payment,
}

const KINDS: [Kind; 5] = [Kind::Client, Kind::Entry, Kind::Invoice, Kind::Issue, Kind::Payment];

impl Kind {
    /// Marks with ids, and the number where one is given.
    fn found(self) -> &'static str {
        match self {
            Kind::Client => {
                "select company_name, id::text, null::text from clients.clients where workspace_id = $1"
            }
            Kind::Entry => {
                "select description, id::text, null::text from timesheets.time_entries where workspace_id = $1"
            }
            Kind::Invoice => {
                "select notes, id::text, null::text from invoicing.invoices where workspace_id = $1"
            }
            Kind::Issue => {
                "select id::text, id::text, invoice_number from invoicing.invoices where workspace_id = $1 and state = 'issued'"
            }
            Kind::Payment => {
                "select reference, id::text, null::text from invoicing.payments where workspace_id = $1"
            }
        }
    }
}

/// A write that was acknowledged.
#[derive(Clone, Debug)]
pub struct Done {
    kind: Kind,
    mark: String,
    id: Option<String>,
    number: Option<String>,
    /// When.
    pub at: Instant,
    /// Since when it had been tried in vain, if it had been.
    pub in_vain_since: Option<Instant>,
}

impl Done {
    /// From the answer.
    #[must_use]
    pub fn new(kind: Kind, mark: String, answer: &Value, in_vain_since: Option<Instant>) -> Self {
        let entry = &answer["data"][0]["id"];
        let id = if entry.is_string() { entry } else { &answer["id"] };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let number = (kind == Kind::Issue).then(|| text(&answer["invoice_number"])).flatten();
        Self { kind, mark, id: text(id), number, at: Instant::now(), in_vain_since }
    }
}

/// What writers know.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Acknowledged.
    pub done: Vec<Done>,
    /// Sent at least once, and never answered.
    pub open: Vec<(Kind, String)>,
    /// Requests of which not a byte was sent.
    pub unsent: usize,
    /// Requests whose connection broke, and how.
    pub lost: Vec<String>,
    /// Answers that asked for patience (503, 429).
    pub busy: usize,
    /// Answers that said that something broke (other 5xx), with their words.
    pub broken: Vec<String>,
    /// Answers that the first request is still running.
    pub running: usize,
    /// Answers that the request was carried out before.
    pub carried_out: Vec<(Kind, String)>,
    /// Answers that should not be.
    pub refused: Vec<String>,
    /// The longest request.
    pub longest: Duration,
}

impl Ledger {
    /// Takes another's knowledge over.
    pub fn add(&mut self, other: Self) {
        self.done.extend(other.done);
        self.open.extend(other.open);
        self.unsent += other.unsent;
        self.lost.extend(other.lost);
        self.busy += other.busy;
        self.broken.extend(other.broken);
        self.running += other.running;
        self.carried_out.extend(other.carried_out);
        self.refused.extend(other.refused);
        self.longest = self.longest.max(other.longest);
    }

    /// Notes an answer that is no success; whether to send again.
    pub fn troubled(&mut self, kind: Kind, mark: &str, ask: &Ask, answer: &Answer) -> bool {
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        let said = || format!("{} {} {}: {}", answer.status, ask.path, code, problem["detail"]);
        match (answer.status, code) {
            (503 | 429, _) => self.busy += 1,
            (500.., _) => self.broken.push(said()),
            (409, "still_running") => self.running += 1,
            (409, "carried_out") => {
                self.carried_out.push((kind, mark.to_owned()));
                return false;
            }
            _ => {
                self.refused.push(said());
                return false;
            }
        }
        true
    }

    /// The longest that a writer had tried in vain, among writes acknowledged after a moment.
    #[must_use]
    pub fn longest_in_vain(&self) -> Duration {
        let in_vain = self.done.iter().filter_map(|done| Some(done.at - done.in_vain_since?));
        in_vain.max().unwrap_or_default()
    }

    /// How long after a moment the first write was acknowledged.
    #[must_use]
    pub fn first_after(&self, moment: Instant) -> Option<Duration> {
        self.done.iter().filter(|done| done.at > moment).map(|done| done.at - moment).min()
    }

    /// How long after a moment the first write was acknowledged that had been tried in vain.
    #[must_use]
    pub fn back_after(&self, moment: Instant) -> Option<Duration> {
        let back = self.done.iter().filter(|done| done.in_vain_since.is_some() && done.at > moment);
        back.map(|done| done.at - moment).min()
    }

    /// What of it was acknowledged before a moment.
    #[must_use]
    pub fn before(&self, moment: Instant) -> Self {
        self.only(|done| done.at < moment)
    }

    /// What of it was surely begun after a moment: at the first attempt, and acknowledged later than
    /// the longest request takes.
    #[must_use]
    pub fn begun_after(&self, moment: Instant) -> Self {
        let surely = moment + self.longest;
        self.only(|done| done.at > surely && done.in_vain_since.is_none())
    }

    fn only(&self, wanted: impl Fn(&Done) -> bool) -> Self {
        let done = self.done.iter().filter(|done| wanted(done)).cloned().collect();
        Self { done, ..Self::default() }
    }

    /// Holds it against the database.
    ///
    /// # Errors
    /// When the database does not say.
    pub async fn compare(&self, owner: &Client, workspace: Uuid) -> Result<Compared> {
        let mut compared = Compared { acknowledged: self.done.len(), ..Compared::default() };
        for kind in KINDS {
            let mut found: HashMap<String, Vec<(String, Option<String>)>> = HashMap::new();
            for row in owner.query(kind.found(), &[&workspace]).await? {
                found.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
            }
            for done in self.done.iter().filter(|done| done.kind == kind) {
                match found.get(&done.mark).map(Vec::as_slice) {
                    None | Some([]) => compared.lost.push(format!("{kind:?} {}", done.mark)),
                    Some(all) if !all.iter().any(|(id, number)| done.is(id, number.as_deref())) => {
                        compared.lost.push(format!("{kind:?} {} is another", done.mark));
                    }
                    Some(_) => {}
                }
            }
            let unanswered = self.carried_out.iter().filter(|(other, _)| *other == kind);
            let missing = unanswered.filter(|(_, mark)| !found.contains_key(mark));
            compared.lost.extend(missing.map(|(_, mark)| format!("{kind:?} {mark}, said to be carried out")));
            let twice = found.iter().filter(|(mark, all)| !mark.is_empty() && all.len() > 1);
            compared.twice.extend(twice.map(|(mark, all)| format!("{kind:?} {mark} {} times", all.len())));
        }
        for (what, sql) in HALVES {
            let count: i64 = owner.query_one(*sql, &[&workspace]).await?.get(0);
            if count > 0 {
                compared.half.push(format!("{count} {what}"));
            }
        }
        compared.gaps = gaps(owner, workspace).await?;
        Ok(compared)
    }
}

impl Done {
    fn is(&self, id: &str, number: Option<&str>) -> bool {
        self.id.as_deref().is_none_or(|told| told == id)
            && (self.number.is_none() || self.number.as_deref() == number)
    }
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Compared {
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There more than once.
    pub twice: Vec<String>,
    /// There in part.
    pub half: Vec<String>,
    /// Holes and doubles among the invoice numbers.
    pub gaps: Vec<String>,
}

/// What would be half of something.
const HALVES: &[(&str, &str)] = &[
    (
        "clients without their event",
        "select count(*) from clients.clients c where workspace_id = $1 and not exists (select 1 from spine.events e
         where e.workspace_id = c.workspace_id and e.subject_id = c.id and e.kind = 'client.created')",
    ),
    (
        "clients and events that do not pair off",
        "select count(*) from spine.events e where workspace_id = $1 and kind = 'client.created' and not exists (
         select 1 from clients.clients c where c.workspace_id = e.workspace_id and c.id = e.subject_id)",
    ),
    (
        "invoices without lines",
        "select count(*) from invoicing.invoices i where workspace_id = $1 and not exists (select 1
         from invoicing.invoice_lines l where l.workspace_id = i.workspace_id and l.invoice_id = i.id)",
    ),
    (
        "issued invoices without their event",
        "select count(*) from invoicing.invoices i where workspace_id = $1 and state = 'issued' and not exists (select 1
         from spine.events e where e.workspace_id = i.workspace_id and e.subject_id = i.id and e.kind = 'invoice.issued')",
    ),
    (
        "payments that differ from their allocations",
        "select count(*) from invoicing.payments p where workspace_id = $1 and allocated_cents <> coalesce((select
         sum(a.amount_cents) from invoicing.payment_allocations a
         where a.workspace_id = p.workspace_id and a.payment_id = p.id), 0)",
    ),
    (
        "payments without exactly one event",
        "select count(*) from invoicing.payments p where workspace_id = $1 and 1 <> (select count(*) from spine.events e
         where e.workspace_id = p.workspace_id and e.subject_id = p.id and e.kind = 'payment.recorded')",
    ),
    (
        "workspaces without an owner",
        "select count(*) from identity.workspaces w where $1::uuid is not null and not exists (select 1
         from identity.memberships m where m.workspace_id = w.id and m.role = 'owner')",
    ),
];

/// Holes and doubles among the invoice numbers of a workspace.
///
/// # Errors
/// When the database does not say.
pub async fn gaps(owner: &Client, workspace: Uuid) -> Result<Vec<String>> {
    let rows = owner
        .query(
            "select (substring(invoice_number from '[0-9]+$'))::bigint, count(*) from invoicing.invoices
             where workspace_id = $1 and invoice_number is not null group by 1 order by 1",
            &[&workspace],
        )
        .await?;
    let numbers: BTreeMap<i64, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut found: Vec<String> = numbers
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(number, _)| format!("{number} twice"))
        .collect();
    let last = numbers.last_key_value().map_or(0, |(last, _)| *last);
    found
        .extend((1..=last).filter(|number| !numbers.contains_key(number)).map(|n| format!("{n} is missing")));
    Ok(found)
}
