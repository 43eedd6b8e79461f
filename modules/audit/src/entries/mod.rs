//! An entry of the audit log: one audited event.

pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_db::App;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct Actor {
    /// `member`, `guest`, `system` or `provider`.
    pub kind: String,
    /// The member or contact.
    pub id: Option<Uuid>,
    /// Their name at that time.
    pub name: Option<String>,
    /// The operator behind an impersonation.
    pub on_behalf_of: Option<Uuid>,
}

impl Actor {
    /// How they are called.
    #[must_use]
    pub fn label(&self) -> &str {
        match (&self.name, self.kind.as_str()) {
            (Some(name), _) => name,
            (None, "guest") => "A client",
            (None, "provider") => "An outside service",
            (None, "member") => "A member",
            (None, _) => "Rapport",
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AuditSubject)]
pub struct Subject {
    /// Sort of thing: `invoice`.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

/// One line of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entry {
    /// Id of the event.
    pub id: Uuid,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Frozen name of what was done: `invoice.voided`.
    pub action: String,
    /// The same in words, to be read after the actor's name.
    pub summary: String,
    /// To what.
    pub subject: Subject,
    /// What was.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What is since.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// From which address.
    pub ip: Option<String>,
    /// By which request.
    pub request_id: Option<String>,
}

impl Entry {
    pub(crate) fn new(app: &App, row: store::EntryRow) -> Self {
        let summary = app
            .event(&row.kind)
            .map_or_else(|| row.kind.replace(['.', '_'], " "), |info| info.summary(&row.payload));
        Self {
            id: row.id,
            at: row.at,
            actor: Actor {
                kind: row.actor_kind,
                id: row.actor_id,
                name: row.actor_name,
                on_behalf_of: row.on_behalf_of,
            },
            summary,
            action: row.kind,
            subject: Subject { kind: row.subject_kind, id: row.subject_id },
            before: row.before,
            after: row.after,
            ip: row.ip,
            request_id: row.request_id,
        }
    }
}
