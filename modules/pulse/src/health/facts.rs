//! What is known of clients, gathered for many of them in one flight.

use std::collections::HashMap;

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use rapport_base::Result;
use rapport_db::TenantTx;

use super::store;

/// Everything the measures look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub tenure_days: i64,
    pub contacts: i64,
    pub money: Money,
    pub work: Work,
    pub talk: Talk,
    pub engagement: Engagement,
}

/// Invoices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Money {
    /// Paid in the past year.
    pub paid: i64,
    /// Days these were late, on average.
    pub late_days: i64,
    pub open: i64,
    pub overdue: i64,
    pub oldest_overdue_days: i64,
}

/// Projects under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub projects: i64,
    pub open_tasks: i64,
    pub overdue_tasks: i64,
    pub overdue_milestones: i64,
    /// Of the most used budgets.
    pub money_percent: i64,
    pub hours_percent: i64,
}

/// Messages and other contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Talk {
    /// Since the last contact of any sort.
    pub silence_seconds: Option<i64>,
    /// Between messages, over 180 days.
    pub usual_gap_seconds: Option<i64>,
    pub messages: i64,
    /// Until the team answers, on average.
    pub reply_seconds: Option<i64>,
    /// Since the oldest message without an answer.
    pub waiting_seconds: Option<i64>,
}

/// Portal visits and decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Engagement {
    pub since_visit_seconds: Option<i64>,
    /// Since the first link was made.
    pub since_link_seconds: Option<i64>,
    /// In 30 days.
    pub visits: i64,
    /// Until the client decides on a deliverable, on average.
    pub decision_seconds: Option<i64>,
    /// Since the oldest deliverable that waits for a decision.
    pub waiting_seconds: Option<i64>,
}

/// The facts of those of the clients that are served: not of those in the bin or gone.
pub(crate) async fn gather(
    tx: &TenantTx,
    clients: &[ClientId],
    today: Date,
    now: Timestamp,
) -> Result<Vec<(ClientId, Facts)>> {
    let (people, money, work, messages, events, decisions) = futures::join!(
        store::people(tx, clients, now),
        store::money(tx, clients, today, now),
        store::work(tx, clients, today),
        store::messages(tx, clients, now),
        store::events(tx, clients, now),
        store::decisions(tx, clients, now),
    );
    let mut facts: Vec<(ClientId, Facts)> = people?
        .into_iter()
        .map(|(id, tenure_days, contacts)| (id, Facts { tenure_days, contacts, ..Facts::default() }))
        .collect();
    let (mut money, mut work) =
        (by_client(money?, |row| row.client_id), by_client(work?, |row| row.client_id));
    let mut messages = by_client(messages?, |row| row.client_id);
    let mut events = by_client(events?, |row| row.client_id);
    let mut decisions = by_client(decisions?, |row| row.client_id);
    for (id, facts) in &mut facts {
        if let Some(row) = money.remove(id) {
            facts.money = Money {
                paid: row.paid,
                late_days: row.late_days,
                open: row.open,
                overdue: row.overdue,
                oldest_overdue_days: row.oldest_overdue_days,
            };
        }
        if let Some(row) = work.remove(id) {
            facts.work = Work {
                projects: row.projects,
                open_tasks: row.open_tasks,
                overdue_tasks: row.overdue_tasks,
                overdue_milestones: row.overdue_milestones,
                money_percent: row.money_percent,
                hours_percent: row.hours_percent,
            };
        }
        let mut last_message = None;
        if let Some(row) = messages.remove(id) {
            last_message = row.since_last_seconds;
            facts.talk = Talk {
                silence_seconds: None,
                usual_gap_seconds: row.usual_gap_seconds,
                messages: row.messages,
                reply_seconds: row.reply_seconds,
                waiting_seconds: row.waiting_seconds,
            };
        }
        let events = events.remove(id);
        let last_event = events.as_ref().and_then(|row| row.since_contact_seconds);
        facts.talk.silence_seconds = last_message.into_iter().chain(last_event).min();
        if let Some(row) = events {
            facts.engagement.since_visit_seconds = row.since_visit_seconds;
            facts.engagement.since_link_seconds = row.since_link_seconds;
            facts.engagement.visits = row.visits;
        }
        if let Some(row) = decisions.remove(id) {
            facts.engagement.decision_seconds = row.decision_seconds;
            facts.engagement.waiting_seconds = row.waiting_seconds;
        }
    }
    Ok(facts)
}

fn by_client<R>(rows: Vec<R>, client: impl Fn(&R) -> ClientId) -> HashMap<ClientId, R> {
    rows.into_iter().map(|row| (client(&row), row)).collect()
}
