//! Statements about health and the facts it is made from.

use clients::ClientId;
use jiff::{Timestamp, civil::Date};
use rapport_base::{Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx, row};
use serde_json::Value;
use uuid::Uuid;

use super::HealthScoreId;

/// Days as a client and number of contacts, of those who are served.
pub(crate) async fn people(
    tx: &TenantTx,
    clients: &[ClientId],
    now: Timestamp,
) -> Result<Vec<(ClientId, i64, i64)>> {
    tx.query(
        "select client.id, greatest(extract(epoch from $3 - client.created_at)::bigint / 86400, 0),
           (select count(*) from clients.v_contacts as contact
            where contact.workspace_id = client.workspace_id and contact.client_id = client.id and contact.deleted_at is null)
         from clients.v_clients as client
         where client.workspace_id = $1 and client.id = any($2) and client.deleted_at is null
           and client.relationship_stage <> 'former'",
        &[&tx.workspace(), &clients, &now],
    )
    .await
}

row! {
    #[derive(Clone, Debug)]
    pub(crate) struct MoneyRow {
        pub client_id: ClientId,
        pub paid: i64,
        pub late_days: i64,
        pub open: i64,
        pub overdue: i64,
        pub oldest_overdue_days: i64,
    }
}

pub(crate) async fn money(
    tx: &TenantTx,
    clients: &[ClientId],
    today: Date,
    now: Timestamp,
) -> Result<Vec<MoneyRow>> {
    tx.query(
        "select client_id,
           count(*) filter (where recent) as paid,
           coalesce(round(avg(greatest((paid_at at time zone 'UTC')::date - due_date, 0)) filter (where recent)), 0)::bigint as late_days,
           count(*) filter (where open_cents > 0) as open,
           count(*) filter (where open_cents > 0 and due_date < $3) as overdue,
           coalesce(max($3 - due_date) filter (where open_cents > 0 and due_date < $3), 0)::bigint as oldest_overdue_days
         from (
           select client_id, paid_at, due_date, open_cents,
             open_cents = 0 and paid_at >= $4 - interval '365 days' as recent
           from invoicing.v_invoices
           where workspace_id = $1 and client_id = any($2) and kind = 'invoice' and state = 'issued') as invoice
         group by client_id",
        &[&tx.workspace(), &clients, &today, &now],
    )
    .await
}

row! {
    #[derive(Clone, Debug)]
    pub(crate) struct WorkRow {
        pub client_id: ClientId,
        pub projects: i64,
        pub open_tasks: i64,
        pub overdue_tasks: i64,
        pub overdue_milestones: i64,
        pub money_percent: i64,
        pub hours_percent: i64,
    }
}

pub(crate) async fn work(tx: &TenantTx, clients: &[ClientId], today: Date) -> Result<Vec<WorkRow>> {
    tx.query(
        "select project.client_id, count(*) as projects, sum(task.open)::bigint as open_tasks,
           sum(task.overdue)::bigint as overdue_tasks, sum(milestone.overdue)::bigint as overdue_milestones,
           coalesce(max(project.spent_cents * 100 / nullif(project.budget_cents, 0)), 0)::bigint as money_percent,
           coalesce(max(project.logged_seconds * 100 / nullif(project.budget_seconds, 0)), 0)::bigint as hours_percent
         from projects.v_projects as project
         cross join lateral (
           select count(*) as open, count(*) filter (where due_date < $3) as overdue from projects.v_tasks
           where workspace_id = project.workspace_id and project_id = project.id and deleted_at is null
             and completed_at is null) as task
         cross join lateral (
           select count(*) filter (where due_date < $3) as overdue from projects.v_milestones
           where workspace_id = project.workspace_id and project_id = project.id and completed_at is null) as milestone
         where project.workspace_id = $1 and project.client_id = any($2) and project.status in ('planning', 'active', 'on_hold')
         group by project.client_id",
        &[&tx.workspace(), &clients, &today],
    )
    .await
}

row! {
    #[derive(Clone, Debug)]
    pub(crate) struct MessagesRow {
        pub client_id: ClientId,
        pub messages: i64,
        pub since_last_seconds: Option<i64>,
        pub usual_gap_seconds: Option<i64>,
        pub reply_seconds: Option<i64>,
        pub waiting_seconds: Option<i64>,
    }
}

/// Messages of 180 days. A guest's message that follows none of a guest asks for an answer: the next of a member.
pub(crate) async fn messages(
    tx: &TenantTx,
    clients: &[ClientId],
    now: Timestamp,
) -> Result<Vec<MessagesRow>> {
    tx.query(
        "with message as (
           select client_id, author_kind, created_at,
             author_kind = 'guest' and lag(author_kind) over thread is distinct from 'guest' as asks,
             min(created_at) filter (where author_kind = 'member') over (
               partition by conversation_id order by created_at, id rows between 1 following and unbounded following) as answered_at
           from conversations.v_guest_messages
           where workspace_id = $1 and client_id = any($2) and not is_deleted and created_at >= $3 - interval '180 days'
           window thread as (partition by conversation_id order by created_at, id))
         select client_id, count(*) as messages,
           extract(epoch from $3 - max(created_at))::bigint as since_last_seconds,
           case when count(*) > 2 then extract(epoch from max(created_at) - min(created_at))::bigint / (count(*) - 1) end as usual_gap_seconds,
           extract(epoch from avg(answered_at - created_at) filter (where asks))::bigint as reply_seconds,
           extract(epoch from max($3 - created_at) filter (where asks and answered_at is null))::bigint as waiting_seconds
         from message group by client_id",
        &[&tx.workspace(), &clients, &now],
    )
    .await
}

row! {
    #[derive(Clone, Debug)]
    pub(crate) struct EventsRow {
        pub client_id: ClientId,
        pub since_contact_seconds: Option<i64>,
        pub since_visit_seconds: Option<i64>,
        pub since_link_seconds: Option<i64>,
        pub visits: i64,
    }
}

/// What the spine tells of contact and visits in the past year.
pub(crate) async fn events(tx: &TenantTx, clients: &[ClientId], now: Timestamp) -> Result<Vec<EventsRow>> {
    tx.query(
        "select client_id,
           extract(epoch from $3 - max(at) filter (where kind in
             ('note.added', 'deliverable.approved', 'deliverable.revision_requested', 'feedback.given')))::bigint as since_contact_seconds,
           extract(epoch from $3 - max(at) filter (where kind = 'portal.visited'))::bigint as since_visit_seconds,
           extract(epoch from $3 - min(at) filter (where kind = 'portal.link_created'))::bigint as since_link_seconds,
           count(*) filter (where kind = 'portal.visited' and at >= $3 - interval '30 days') as visits
         from spine.events
         where workspace_id = $1 and client_id = any($2) and at >= $3 - interval '365 days'
           and kind in ('note.added', 'deliverable.approved', 'deliverable.revision_requested', 'feedback.given',
             'portal.visited', 'portal.link_created')
         group by client_id",
        &[&tx.workspace(), &clients, &now],
    )
    .await
}

row! {
    #[derive(Clone, Debug)]
    pub(crate) struct DecisionsRow {
        pub client_id: ClientId,
        pub decision_seconds: Option<i64>,
        pub waiting_seconds: Option<i64>,
    }
}

/// How long deliverables waited for the client in 180 days.
pub(crate) async fn decisions(
    tx: &TenantTx,
    clients: &[ClientId],
    now: Timestamp,
) -> Result<Vec<DecisionsRow>> {
    tx.query(
        "select project.client_id,
           extract(epoch from avg(thing.decided_at - thing.sent_at) filter (where thing.decided_at is not null))::bigint as decision_seconds,
           extract(epoch from max($3 - thing.sent_at) filter (where thing.status = 'awaiting_approval'))::bigint as waiting_seconds
         from projects.v_projects as project
         join projects.v_guest_deliverables as thing
           on thing.workspace_id = project.workspace_id and thing.project_id = project.id
         where project.workspace_id = $1 and project.client_id = any($2) and thing.sent_at >= $3 - interval '180 days'
         group by project.client_id",
        &[&tx.workspace(), &clients, &now],
    )
    .await
}

/// The workspace's zone.
pub(crate) async fn zone(tx: &TenantTx) -> Result<String> {
    tx.scalar("select timezone from identity.v_workspace where workspace_id = $1", &[&tx.workspace()]).await
}

/// Every workspace.
pub(crate) async fn workspaces(tx: &SystemTx) -> Result<Vec<(WorkspaceId,)>> {
    tx.query("select workspace_id from identity.v_workspace order by workspace_id", &[]).await
}

/// Clients that are served, behind one of them.
pub(crate) async fn served(tx: &TenantTx, after: Option<ClientId>, limit: i64) -> Result<Vec<(ClientId,)>> {
    tx.query(
        "select id from clients.v_clients
         where workspace_id = $1 and deleted_at is null and relationship_stage <> 'former'
           and ($2::uuid is null or id > $2)
         order by id limit $3",
        &[&tx.workspace(), &after, &limit],
    )
    .await
}

/// The client of a project.
pub(crate) async fn client_of_project(tx: &TenantTx, project: Uuid) -> Result<Option<(ClientId,)>> {
    tx.find(
        "select client_id from projects.v_projects where workspace_id = $1 and id = $2",
        &[&tx.workspace(), &project],
    )
    .await
}

row! {
    /// The health of a client now.
    #[derive(Clone, Debug)]
    pub(crate) struct Current {
        pub client_id: ClientId,
        pub score: i16,
        pub confidence: i16,
        pub risk_level: String,
        pub risk_level_since: Timestamp,
        pub previous_score: Option<i16>,
        pub computed_at: Timestamp,
        pub factors: Value,
    }
}

/// The health now of some clients, locked against another calculation.
pub(crate) async fn current_locked(tx: &TenantTx, clients: &[ClientId]) -> Result<Vec<Current>> {
    tx.query(
        "select now.client_id, now.score, now.confidence, now.risk_level, now.risk_level_since, now.previous_score,
           now.computed_at, score.factors
         from pulse.client_health as now
         join pulse.health_scores as score on score.workspace_id = now.workspace_id and score.id = now.health_score_id
         where now.workspace_id = $1 and now.client_id = any($2)
         order by now.client_id for update of now",
        &[&tx.workspace(), &clients],
    )
    .await
}

/// The health of a client now.
pub(crate) async fn find(tx: &TenantTx, client: ClientId) -> Result<Option<Current>> {
    tx.find(
        "select now.client_id, now.score, now.confidence, now.risk_level, now.risk_level_since, now.previous_score,
           now.computed_at, score.factors
         from pulse.client_health as now
         join pulse.health_scores as score on score.workspace_id = now.workspace_id and score.id = now.health_score_id
         where now.workspace_id = $1 and now.client_id = $2",
        &[&tx.workspace(), &client],
    )
    .await
}

/// The factors and level of every client that is served, for a preview.
pub(crate) async fn all(tx: &TenantTx) -> Result<Vec<(ClientId, String, i16, String, Value)>> {
    tx.query(
        "select now.client_id, client.company_name, now.score, now.risk_level, score.factors
         from pulse.client_health as now
         join pulse.health_scores as score on score.workspace_id = now.workspace_id and score.id = now.health_score_id
         join clients.v_clients as client on client.workspace_id = now.workspace_id and client.id = now.client_id
         where now.workspace_id = $1 and client.deleted_at is null and client.relationship_stage <> 'former'
         order by client.name_sort, client.id limit 5000",
        &[&tx.workspace()],
    )
    .await
}

row! {
    /// A score of the past.
    #[derive(Clone, Debug)]
    pub(crate) struct PastRow {
        pub day: Date,
        pub computed_at: Timestamp,
        pub score: i16,
        pub confidence: i16,
        pub risk_level: String,
        pub cause: String,
        pub cause_event_id: Option<Uuid>,
        pub factors: Value,
    }
}

/// The scores of a client since an instant, newest first.
pub(crate) async fn history(tx: &TenantTx, client: ClientId, since: Timestamp) -> Result<Vec<PastRow>> {
    tx.query(
        "select day, computed_at, score, confidence, risk_level, cause, cause_event_id, factors
         from pulse.health_scores
         where workspace_id = $1 and client_id = $2 and computed_at >= $3
         order by computed_at desc, id desc limit 500",
        &[&tx.workspace(), &client, &since],
    )
    .await
}

/// What happened: id, kind, actor and payload of the events behind a client's newest scores since an instant.
pub(crate) async fn told(
    tx: &TenantTx,
    client: ClientId,
    since: Timestamp,
) -> Result<Vec<(Uuid, String, Option<String>, Value)>> {
    tx.query(
        "select e.id, e.kind, e.actor_name, e.payload
         from pulse.health_scores s
         join spine.events e on e.workspace_id = $1 and e.id = s.cause_event_id and e.at >= $3 - interval '1 day'
         where s.workspace_id = $1 and s.client_id = $2 and s.computed_at >= $3
         order by s.computed_at desc, s.id desc limit 200",
        &[&tx.workspace(), &client, &since],
    )
    .await
}

/// A score to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewScore {
    pub client_id: ClientId,
    pub score: i16,
    pub confidence: i16,
    pub risk_level: &'static str,
    pub factors: Value,
}

/// When and why scores are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub day: Date,
    pub cause: super::Cause,
    pub settings_revision: i32,
    pub now: Timestamp,
    pub due_at: Timestamp,
}

/// Keeps scores in the history and as the present ones; a day's or an event's score of a client is kept once.
pub(crate) async fn save(tx: &TenantTx, scores: &[NewScore], kept: &Kept) -> Result<()> {
    fn column<T>(scores: &[NewScore], value: impl Fn(&NewScore) -> T) -> Vec<T> {
        scores.iter().map(value).collect()
    }
    let (cause, event) = (kept.cause.as_str(), kept.cause.event());
    tx.execute(
        "with kept as (
           insert into pulse.health_scores (workspace_id, id, client_id, day, score, confidence, risk_level, factors,
             cause, cause_event_id, settings_revision, computed_at)
           select $1::uuid, s.id, s.client_id, $8::date, s.score, s.confidence, s.risk_level, s.factors,
             $9, $10::uuid, $11::integer, $12::timestamptz
           from unnest($2::uuid[], $3::uuid[], $4::int2[], $5::int2[], $6::text[], $7::jsonb[])
             as s(id, client_id, score, confidence, risk_level, factors)
           on conflict do nothing
           returning id, client_id, score, confidence, risk_level)
         insert into pulse.client_health (workspace_id, client_id, health_score_id, score, confidence, risk_level,
           risk_level_since, computed_at, due_at)
         select $1, client_id, id, score, confidence, risk_level, $12, $12, $13 from kept
         on conflict (workspace_id, client_id) do update set
           health_score_id = excluded.health_score_id, score = excluded.score, confidence = excluded.confidence,
           risk_level = excluded.risk_level,
           risk_level_since = case when client_health.risk_level = excluded.risk_level
             then client_health.risk_level_since else excluded.risk_level_since end,
           previous_score = case when client_health.score = excluded.score
             then client_health.previous_score else client_health.score end,
           computed_at = excluded.computed_at, due_at = excluded.due_at, version = client_health.version + 1",
        &[
            &tx.workspace(),
            &column(scores, |_| HealthScoreId::new()),
            &column(scores, |s| s.client_id),
            &column(scores, |s| s.score),
            &column(scores, |s| s.confidence),
            &column(scores, |s| s.risk_level),
            &column(scores, |s| s.factors.clone()),
            &kept.day,
            &cause,
            &event,
            &kept.settings_revision,
            &kept.now,
            &kept.due_at,
        ],
    )
    .await?;
    Ok(())
}

/// Clients per level, those without a score under an empty one.
pub(crate) async fn distribution(tx: &TenantTx) -> Result<Vec<(String, i64)>> {
    tx.query(
        "select coalesce(now.risk_level, ''), count(*)
         from clients.v_clients as client
         left join pulse.client_health as now on now.workspace_id = client.workspace_id and now.client_id = client.id
         where client.workspace_id = $1 and client.deleted_at is null and client.relationship_stage <> 'former'
         group by 1",
        &[&tx.workspace()],
    )
    .await
}

row! {
    /// A client with its score, for the overview.
    #[derive(Clone, Debug)]
    pub(crate) struct OverviewRow {
        pub client_id: ClientId,
        pub company_name: String,
        pub score: i16,
        pub previous_score: Option<i16>,
        pub risk_level: String,
        pub risk_level_since: Timestamp,
        pub computed_at: Timestamp,
        pub confidence: i16,
        pub revenue_cents: i64,
        pub factors: Value,
    }
}

/// Clients at risk, worst first, with what they paid in the past year in the workspace's currency.
pub(crate) async fn at_risk(tx: &TenantTx, currency: &str, since: Date) -> Result<Vec<OverviewRow>> {
    tx.query(
        "select now.client_id, client.company_name, now.score, now.previous_score, now.risk_level, now.risk_level_since,
           now.computed_at, now.confidence, score.factors,
           (select coalesce(sum(amount_cents - refunded_cents), 0)::bigint from invoicing.v_payments as payment
            where payment.workspace_id = now.workspace_id and payment.client_id = now.client_id and payment.status = 'succeeded'
              and payment.currency = $2 and payment.received_on >= $3) as revenue_cents
         from pulse.client_health as now
         join pulse.health_scores as score on score.workspace_id = now.workspace_id and score.id = now.health_score_id
         join clients.v_clients as client on client.workspace_id = now.workspace_id and client.id = now.client_id
         where now.workspace_id = $1 and now.risk_level in ('critical', 'at_risk') and client.deleted_at is null
           and client.relationship_stage <> 'former'
         order by now.score, now.client_id limit 50",
        &[&tx.workspace(), &currency, &since],
    )
    .await
}

/// Clients whose score moved since an instant: the largest falls and rises.
pub(crate) async fn movers(tx: &TenantTx, since: Timestamp) -> Result<Vec<OverviewRow>> {
    tx.query(
        "select now.client_id, client.company_name, now.score, now.previous_score, now.risk_level, now.risk_level_since,
           now.computed_at, now.confidence, score.factors, 0::bigint as revenue_cents
         from pulse.client_health as now
         join pulse.health_scores as score on score.workspace_id = now.workspace_id and score.id = now.health_score_id
         join clients.v_clients as client on client.workspace_id = now.workspace_id and client.id = now.client_id
         where now.workspace_id = $1 and now.previous_score is not null and now.previous_score <> now.score
           and now.computed_at >= $2 and client.deleted_at is null and client.relationship_stage <> 'former'
         order by abs(now.score - now.previous_score) desc, now.client_id limit 10",
        &[&tx.workspace(), &since],
    )
    .await
}
