//! The timeline of a client: the spine filtered to it, for this reader.

pub(crate) mod api;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_base::{Cursor, Limit, MemberId, Page, Result, Total};
use rapport_db::{EventInfo, EventRecord, TenantTx};
use rapport_web::Cx;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ClientId, clients::access};

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineItem {
    /// Id.
    pub id: Uuid,
    /// Frozen name: `deal.won`.
    pub kind: String,
    /// What happened, to be read after the actor's name.
    pub summary: String,
    /// The words of a note.
    pub body: Option<String>,
    /// Who did it.
    pub actor: Actor,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// What it happened to.
    pub subject: Subject,
    /// Icon on the page.
    #[serde(skip)]
    pub icon: &'static str,
}

/// Who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Actor {
    /// `member`, `guest`, `system` or `provider`.
    pub kind: String,
    /// Their id.
    pub id: Option<Uuid>,
    /// Their name at that time.
    pub name: Option<String>,
}

/// What something happened to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Subject {
    /// `client`, `deal`, `project`, …
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

impl TimelineItem {
    /// The actor's name, or whom the house speaks for.
    #[must_use]
    pub fn who(&self) -> &str {
        match (&self.actor.name, self.actor.kind.as_str()) {
            (Some(name), _) => name,
            (None, "guest") => "The client",
            (None, _) => "Rapport",
        }
    }

    /// Whether that member did it.
    #[must_use]
    pub fn is_by(&self, member: &MemberId) -> bool {
        self.actor.id == Some(member.uuid())
    }

    /// The page of what it happened to, below `/app/{slug}/`.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        let place = match self.subject.kind.as_str() {
            "deal" => "deals",
            "project" => "projects",
            "invoice" => "invoices",
            _ => return None,
        };
        Some(format!("{place}/{}", self.subject.id))
    }
}

/// Groups of kinds a reader may choose, with the beginnings of their names.
pub(crate) const GROUPS: [(&str, &str, &[&str]); 6] = [
    ("notes", "Notes", &["note."]),
    ("deals", "Deals", &["deal."]),
    ("work", "Work", &["project.", "task.", "milestone.", "deliverable.", "time.", "timesheet."]),
    ("money", "Money", &["invoice.", "payment.", "expense."]),
    ("messages", "Messages", &["message.", "portal.", "feedback.", "file."]),
    ("details", "Details", &["client.", "contact.", "health."]),
];

/// Kinds the reader may see, of those wished for: whole names, or beginnings that end with a dot.
fn kinds(cx: &Cx, wished: &[String]) -> Vec<&'static str> {
    let fits = |info: &EventInfo| {
        wished.is_empty()
            || wished.iter().any(|w| info.kind == w || w.ends_with('.') && info.kind.starts_with(w.as_str()))
    };
    cx.app.events.iter().filter(|info| cx.may(info.permission) && fits(info)).map(|info| info.kind).collect()
}

/// What happened with a client, newest first.
///
/// # Errors
/// Not found when the client is not theirs to see; invalid cursor.
pub(crate) async fn list(
    cx: &Cx,
    tx: &TenantTx,
    client: ClientId,
    wished: &[String],
    limit: Limit,
    after: Option<&str>,
) -> Result<Page<TimelineItem>> {
    let mark: Option<(Timestamp, Uuid)> = after.map(Cursor::unpack).transpose()?;
    let projects = access::reach(cx, tx).await?.map(|reach| reach.projects);
    let kinds = kinds(cx, wished);
    let filter = store::Filter { client, kinds: &kinds, projects: projects.as_deref() };
    let (seen, rows, count) = futures::join!(
        access::require_visible(cx, tx, client),
        store::list(tx, &filter, mark, limit),
        store::count(tx, &filter),
    );
    seen?;
    let (rows, words) = rows?;
    let page = Page::cut(rows, limit, Total::capped(count?), |row| Cursor::pack(&(row.at, row.id)));
    Ok(page.map(|row| item(cx, row, &words)))
}

fn item(cx: &Cx, row: EventRecord, words: &[(Uuid, String)]) -> TimelineItem {
    let info = cx.app.event(&row.kind);
    TimelineItem {
        id: row.id,
        summary: info.map_or_else(String::new, |info| info.summary(&row.payload)),
        icon: info.map_or("activity", |info| info.icon),
        body: words.iter().find(|(id, _)| *id == row.subject_id).map(|(_, body)| body.clone()),
        actor: Actor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
        at: row.at,
        subject: Subject { kind: row.subject_kind, id: row.subject_id },
        kind: row.kind,
    }
}
