//! What the program adds to the swap of one workspace: what stays, what is merged, what is told.
//!
//! Business data come from the backup. Who may come in is decided by the present: a role taken
//! away, a member deactivated, a link revoked, a session ended since stays so, people keep their own
//! passwords and addresses, and whoever joined since stays a member. What already happened stays,
//! too: events, the audit log and its seals, mail, certificates of erasure. Numbers of documents
//! that were given out are not given out again.

use anyhow::{Context, Result};
use rapport_backup::{Rows, Source, SwapRules, database};
use serde_json::json;
use uuid::Uuid;

/// Tables of workspaces that stay as they are.
const STAY: &[&str] = &[
    "audit.seals",
    "clients.erasures",
    "identity.api_keys",
    "identity.invitations",
    "identity.refresh_families",
    "identity.sessions",
    "mail.outbox",
    "queue.jobs",
    "spine.deliveries",
    "spine.events",
    "spine.redactions",
    "transfer.downloads",
    "transfer.exports",
    "web.idempotency_keys",
];

const ALONG: &[(&str, &str)] = &[
    ("identity.workspaces", "t.id = $1"),
    ("identity.users", "t.id in (select m.user_id from identity.memberships m where m.workspace_id = $1)"),
    ("queue.jobs", "t.workspace_id = $1 and t.state in ('ready', 'later')"),
];

/// Of the workspace's own row: its address on the web may be another's by now, and its state is
/// the operator's decision.
const OWN: (&str, &[&str]) = ("identity.workspaces", &["id", "slug", "status", "delete_after", "created_at"]);

const REMEMBER: &[&str] = &[
    "identity.memberships",
    "invoicing.counters",
    "portal.guest_codes",
    "portal.guest_sessions",
    "portal.links",
];

const MERGE: &[&str] = &[
    // People who are gone come back as names only: they cannot sign in.
    r#"insert into identity.users (id, email, email_folded, name, locale, timezone, disabled_at, created_at)
       select c.id, c.email, c.email_folded, c.name, c.locale, c.timezone, now(), c.created_at
       from "coming.identity.users" c
       where $1::uuid is not null and not exists (
         select from identity.users u where u.id = c.id or u.email_folded = c.email_folded)"#,
    // Someone who signed up anew with the same address is the same person.
    r#"update identity.memberships m set user_id = u.id
       from "coming.identity.users" c join identity.users u on u.email_folded = c.email_folded
       where m.workspace_id = $1 and m.user_id = c.id
         and not exists (select from identity.users x where x.id = c.id)"#,
    // Who may come in, and as what, is as it is now.
    r#"update identity.memberships m
       set role = w.role, is_active = w.is_active, deactivated_at = w.deactivated_at,
         calendar_hash = w.calendar_hash, last_seen_at = w.last_seen_at
       from "was.identity.memberships" w where m.workspace_id = $1 and w.id = m.id"#,
    r#"update identity.memberships m set is_active = false, deactivated_at = now()
       where m.workspace_id = $1 and m.is_active
         and not exists (select from "was.identity.memberships" w where w.id = m.id)"#,
    r#"insert into identity.memberships select w.* from "was.identity.memberships" w
       where $1::uuid is not null and not exists (
         select from identity.memberships m
         where m.workspace_id = w.workspace_id and (m.id = w.id or m.user_id = w.user_id))"#,
    r#"update portal.links l set revoked_at = w.revoked_at, revoked_by = w.revoked_by
       from "was.portal.links" w
       where l.workspace_id = $1 and w.id = l.id and l.revoked_at is null and w.revoked_at is not null"#,
    // A link for one visit that was visited since has been used.
    r#"update portal.links l set uses = w.uses, last_used_at = w.last_used_at
       from "was.portal.links" w where l.workspace_id = $1 and w.id = l.id and w.uses > l.uses"#,
    r#"update portal.guest_sessions s set ended_at = w.ended_at from "was.portal.guest_sessions" w
       where s.workspace_id = $1 and w.id = s.id and s.ended_at is null and w.ended_at is not null"#,
    r#"update portal.guest_codes g set used_at = w.used_at, attempts = w.attempts from "was.portal.guest_codes" w
       where g.workspace_id = $1 and w.id = g.id"#,
    r#"update invoicing.counters n set next = w.next from "was.invoicing.counters" w
       where n.workspace_id = $1 and w.kind = n.kind and w.next > n.next"#,
    r#"insert into invoicing.counters select w.* from "was.invoicing.counters" w
       where $1::uuid is not null and not exists (
         select from invoicing.counters n where n.workspace_id = w.workspace_id and n.kind = w.kind)"#,
    // What waits belongs to the rows that go; what runs at this moment ends by itself.
    "delete from queue.jobs j where j.workspace_id = $1 and j.state in ('ready', 'later')",
];

/// Jobs that waited at the time of the backup and whose hour is yet to come.
const FUTURE_JOBS: &str = "c.state = 'later' and c.run_at > now()";
/// Jobs that a swap found waiting: nobody has done them.
const WAITING_JOBS: &str = "true";

/// Wakes those who follow events and jobs.
const TELL: &str = "select pg_notify('spine', ''), pg_notify('queue', '') where $1::uuid is not null";

/// The rules of a swap, made for its source.
pub struct Rules {
    then: Vec<String>,
}

impl Rules {
    /// Those for rows from a backup, or from what an earlier swap kept.
    #[must_use]
    pub fn new(source: &Source, rows: &Rows<'_>) -> Self {
        let jobs = match rows {
            Rows::Database(_) => FUTURE_JOBS,
            Rows::Kept(_) => WAITING_JOBS,
        };
        let mut then: Vec<String> = MERGE.iter().map(|text| (*text).to_owned()).collect();
        then.push(format!(
            r#"insert into queue.jobs overriding system value select c.* from "coming.queue.jobs" c
               where c.workspace_id = $1 and {jobs}
                 and not exists (select from queue.jobs j where j.workspace_id = c.workspace_id and j.id = c.id)
               on conflict do nothing"#
        ));
        let facts = json!({ "from": source.manifest.id, "taken_at": source.manifest.taken_at }).to_string();
        then.push(format!(
            "insert into spine.events (workspace_id, id, kind, version, subject_kind, subject_id, actor_kind,
               actor_name, payload, audited, at)
             values ($1::uuid, gen_random_uuid(), 'workspace.restored', 1, 'workspace', $1::uuid, 'system', 'rapport restore',
               '{}'::jsonb || jsonb_build_object('workspace_id', $1::uuid), true, clock_timestamp())",
            facts.replace('\'', "''")
        ));
        then.push(TELL.to_owned());
        Self { then }
    }

    /// As the swap takes them.
    #[must_use]
    pub fn rules(&self) -> SwapRules<'_> {
        SwapRules { stay: STAY, along: ALONG, own: OWN, remember: REMEMBER, then: &self.then }
    }
}

/// The live workspace with a slug.
///
/// # Errors
/// In words, when there is none.
pub async fn find(owner_url: &str, slug: &str) -> Result<Uuid> {
    let client = database::connect(owner_url).await?;
    let found = client.query_opt("select id from identity.workspaces where slug = $1", &[&slug]).await?;
    Ok(found.with_context(|| format!("there is no workspace {slug}"))?.get(0))
}
