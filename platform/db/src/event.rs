//! The spine: one row per change of state, appended in the change's own transaction.

use jiff::Timestamp;
use rapport_base::{Permission, Result, WorkspaceId, error};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{connection::Connection, row};

/// A fact that happened. Names are frozen, fields are only added.
pub trait Event: Serialize + DeserializeOwned {
    /// Its name, `noun.happened`.
    const KIND: &'static str;
    /// Version of the payload's shape.
    const VERSION: i16 = 1;
    /// Whether it belongs into the audit log.
    const AUDITED: bool = false;
    /// What it happened to.
    fn about(&self) -> About;
    /// What happened, to be read after the actor's name: `won the deal Phase 2`.
    fn summary(&self) -> String;
}

/// What an event happened to.
#[derive(Clone, Debug)]
pub struct About {
    kind: &'static str,
    id: Uuid,
    client: Option<Uuid>,
    project: Option<Uuid>,
}

impl About {
    /// A subject: `deal` and its id.
    pub fn new(kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self { kind, id: id.into(), client: None, project: None }
    }
    /// On whose timeline it stands.
    #[must_use]
    pub fn client(mut self, id: impl Into<Uuid>) -> Self {
        self.client = Some(id.into());
        self
    }
    /// As [`About::client`], where there may be none.
    #[must_use]
    pub fn maybe_client(mut self, id: Option<impl Into<Uuid>>) -> Self {
        self.client = id.map(Into::into);
        self
    }
    /// Within which project, for those who see only their own.
    #[must_use]
    pub fn project(mut self, id: impl Into<Uuid>) -> Self {
        self.project = Some(id.into());
        self
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A member of the workspace.
    Member,
    /// A client's person in a portal.
    Guest,
    /// Rapport itself.
    System,
    /// An outside service, by webhook.
    Provider,
}

impl ActorKind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ActorKind::Member => "member",
            ActorKind::Guest => "guest",
            ActorKind::System => "system",
            ActorKind::Provider => "provider",
        }
    }
}

/// Who acts, from where; written on each event of a transaction.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Sort of actor.
    pub kind: ActorKind,
    /// Member's or guest contact's id.
    pub id: Option<Uuid>,
    /// Name at that time.
    pub name: Option<String>,
    /// The operator behind an impersonation.
    pub on_behalf_of: Option<Uuid>,
    /// Client address.
    pub ip: Option<String>,
    /// The request.
    pub request_id: Option<String>,
}

impl Origin {
    /// Rapport itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, name: None, on_behalf_of: None, ip: None, request_id: None }
    }
}

/// How an event is known to readers of the spine.
#[derive(Clone, Copy)]
pub struct EventInfo {
    /// Frozen name.
    pub kind: &'static str,
    /// Short title: `Deal won`.
    pub label: &'static str,
    /// Icon on the timeline.
    pub icon: &'static str,
    /// Who may see it.
    pub permission: Permission,
    /// Whether it is audited.
    pub audited: bool,
    /// Whether it only tells someone of another event; what happened is then listed without it.
    pub is_echo: bool,
    summary: fn(&Value) -> Option<String>,
}

impl EventInfo {
    /// The description of an event type.
    #[must_use]
    pub fn of<E: Event>(label: &'static str, icon: &'static str, permission: Permission) -> Self {
        Self {
            kind: E::KIND,
            label,
            icon,
            permission,
            audited: E::AUDITED,
            is_echo: false,
            summary: |payload| serde_json::from_value::<E>(payload.clone()).ok().map(|event| event.summary()),
        }
    }
    /// The description of an event that only tells someone of another.
    #[must_use]
    pub fn echo(self) -> Self {
        Self { is_echo: true, ..self }
    }
    /// What happened, in words; the label when the payload is of an older shape.
    #[must_use]
    pub fn summary(&self, payload: &Value) -> String {
        (self.summary)(payload).unwrap_or_else(|| self.label.to_lowercase())
    }
}

row! {
    /// An event as it lies in the spine.
    #[derive(Clone, Debug, Serialize)]
    pub struct EventRecord {
        /// Workspace.
        pub workspace_id: WorkspaceId,
        /// Id, ordered in time.
        pub id: Uuid,
        /// Place in the spine.
        pub seq: i64,
        /// Frozen name.
        pub kind: String,
        /// What it happened to.
        pub subject_kind: String,
        /// Its id.
        pub subject_id: Uuid,
        /// On whose timeline.
        pub client_id: Option<Uuid>,
        /// Within which project.
        pub project_id: Option<Uuid>,
        /// Sort of actor.
        pub actor_kind: String,
        /// Actor.
        pub actor_id: Option<Uuid>,
        /// Actor's name at that time.
        pub actor_name: Option<String>,
        /// Facts.
        pub payload: Value,
        /// When.
        pub at: Timestamp,
    }
}

impl EventRecord {
    /// The columns of a record, for a SELECT.
    pub const COLUMNS: &'static str = "workspace_id, id, seq, kind, subject_kind, subject_id, client_id, project_id, actor_kind, actor_id, actor_name, payload, at";

    /// The event itself.
    ///
    /// # Errors
    /// A bug when the payload is not of that event's shape.
    pub fn read<E: Event>(&self) -> Result<E> {
        serde_json::from_value(self.payload.clone()).map_err(error::Error::from)
    }
}

/// An event that waits for its transaction's commit.
pub(crate) struct Pending {
    kind: &'static str,
    version: i16,
    audited: bool,
    about: About,
    payload: Value,
    before: Option<Value>,
    after: Option<Value>,
    at: Timestamp,
}

impl Pending {
    pub(crate) fn new<E: Event>(
        event: &E,
        before: Option<Value>,
        after: Option<Value>,
        at: Timestamp,
    ) -> Self {
        let payload = serde_json::to_value(event).expect("an event's fields are plain data");
        Self {
            kind: E::KIND,
            version: E::VERSION,
            audited: E::AUDITED,
            about: event.about(),
            payload,
            before,
            after,
            at,
        }
    }
}

/// Writes the events and wakes the relay, in one statement, and commits.
pub(crate) async fn append_and_commit(
    connection: &Connection,
    workspace: WorkspaceId,
    origin: &Origin,
    events: Vec<Pending>,
) -> Result<()> {
    fn column<T>(events: &[Pending], value: impl Fn(&Pending) -> T) -> Vec<T> {
        events.iter().map(value).collect()
    }
    connection
        .commit_with(
            "with appended as (
               insert into spine.events (workspace_id, id, kind, version, subject_kind, subject_id, client_id,
                 project_id, payload, before, after, audited, at,
                 actor_kind, actor_id, actor_name, on_behalf_of, ip, request_id)
               select $1, e.*, $14, $15, $16, $17, $18, $19
               from unnest($2::uuid[], $3::text[], $4::int2[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
                 $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::bool[], $13::timestamptz[]) as e
               returning 1)
             select pg_notify('spine', $1::text) from (select count(*) from appended) as written",
            &[
                &workspace,
                &column(&events, |_| Uuid::now_v7()),
                &column(&events, |e| e.kind),
                &column(&events, |e| e.version),
                &column(&events, |e| e.about.kind),
                &column(&events, |e| e.about.id),
                &column(&events, |e| e.about.client),
                &column(&events, |e| e.about.project),
                &column(&events, |e| e.payload.clone()),
                &column(&events, |e| e.before.clone()),
                &column(&events, |e| e.after.clone()),
                &column(&events, |e| e.audited),
                &column(&events, |e| e.at),
                &origin.kind.as_str(),
                &origin.id,
                &origin.name,
                &origin.on_behalf_of,
                &origin.ip,
                &origin.request_id,
            ],
        )
        .await
}
