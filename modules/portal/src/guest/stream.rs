//! What happens, live, as far as a guest may know: the kind of event, and only of this portal.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderMap, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{StreamExt, stream};
use rapport_base::Result;
use rapport_db::EventRecord;
use rapport_queue::Feed;
use rapport_web::GuestCx;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    sight::{Section, Sight},
    store,
};

/// A stream ends after this long; browsers resume, and are let in anew.
const LIFETIME: Duration = Duration::from_secs(600);

/// What one guest may hear of.
struct Ears {
    portal: Uuid,
    client: Uuid,
    projects: Vec<Uuid>,
    sight: Sight,
}

/// GET /portal/{portal_id}/stream
pub async fn stream(cx: GuestCx, headers: HeaderMap) -> Result<Response> {
    let feed: Feed = cx.app.parts.get();
    let live = feed.subscribe(cx.guest.workspace_id);
    let tx = cx.read().await?;
    let (projects, sight) =
        futures::join!(store::project_ids(&tx, cx.guest.portal_id), Sight::load(&cx, &tx));
    let ears =
        Ears { portal: cx.guest.portal_id, client: cx.guest.client_id, projects: projects?, sight: sight? };
    drop(tx);
    let last =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|id| id.parse().ok());
    let missed = match last {
        Some(last) => feed.since(cx.guest.workspace_id, last).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    let known: Vec<Uuid> = missed.iter().map(|event| event.id).collect();
    let live = live.filter(move |event| futures::future::ready(!known.contains(&event.id)));
    let portal = ears.portal;
    let events = stream::iter(missed)
        .chain(live)
        .take_while(move |event| futures::future::ready(!ends(event, portal)))
        .filter(move |event| futures::future::ready(ears.hear(event)))
        .map(|event| {
            Ok::<_, Infallible>(
                Event::default().id(event.id.to_string()).data(json!({ "kind": event.kind }).to_string()),
            )
        });
    let opening = stream::iter([Ok(Event::default().comment("open").retry(Duration::from_secs(2)))]);
    let events = opening.chain(events).take_until(tokio::time::sleep(LIFETIME));
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// After these, whether the guest may listen has to be found out anew.
fn ends(event: &EventRecord, portal: Uuid) -> bool {
    matches!(event.kind.as_str(), "portal.link_revoked" | "portal.updated") && event.subject_id == portal
}

impl Ears {
    fn hear(&self, event: &EventRecord) -> bool {
        let about = |name: &str| event.payload.get(name).and_then(Value::as_str);
        let here = about("portal_id").and_then(|id| id.parse().ok()) == Some(self.portal);
        let project = event.project_id.is_some_and(|id| self.projects.contains(&id));
        let client = event.client_id == Some(self.client);
        match event.kind.as_str() {
            "message.sent" => {
                here && self.sight.shows(Section::Messages)
                    && event.payload.get("is_internal") == Some(&Value::Bool(false))
            }
            "message.read" => here && self.sight.shows(Section::Messages),
            "file.uploaded" => {
                here && self.sight.shows(Section::Files) && about("visibility") == Some("client")
            }
            "deliverable.submitted" | "deliverable.approved" | "deliverable.revision_requested" => {
                project && self.sight.shows(Section::Approvals)
            }
            "milestone.completed" => project && self.sight.shows(Section::Progress),
            "invoice.issued"
            | "invoice.sent"
            | "invoice.paid"
            | "invoice.partially_paid"
            | "invoice.voided" => client && self.sight.shows(Section::Invoices),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ears() -> Ears {
        let sight = Sight {
            title: String::new(),
            description: String::new(),
            welcome_text: String::new(),
            shows_progress: true,
            shows_files: true,
            shows_messages: true,
            shows_approvals: true,
            shows_invoices: false,
            shows_team: true,
            require_code: false,
            color: String::new(),
            has_logo: false,
            workspace_name: String::new(),
            currency: "EUR".into(),
            timezone: "UTC".into(),
            locale: "en-GB".into(),
            role: "payer".into(),
            confirmed: false,
        };
        Ears {
            portal: Uuid::from_u128(1),
            client: Uuid::from_u128(2),
            projects: vec![Uuid::from_u128(3)],
            sight,
        }
    }

    fn event(kind: &str, payload: Value) -> EventRecord {
        EventRecord {
            workspace_id: Uuid::from_u128(9).into(),
            id: Uuid::from_u128(8),
            seq: 1,
            kind: kind.into(),
            subject_kind: "x".into(),
            subject_id: Uuid::from_u128(7),
            client_id: Some(Uuid::from_u128(2)),
            project_id: Some(Uuid::from_u128(3)),
            actor_kind: "member".into(),
            actor_id: None,
            actor_name: None,
            payload,
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_guest_hears_of_their_portal_and_of_nothing_internal() {
        let (ears, here) = (ears(), Uuid::from_u128(1));
        assert!(ears.hear(&event("message.sent", json!({ "portal_id": here, "is_internal": false }))));
        assert!(!ears.hear(&event("message.sent", json!({ "portal_id": here, "is_internal": true }))));
        assert!(
            !ears.hear(&event(
                "message.sent",
                json!({ "portal_id": Uuid::from_u128(5), "is_internal": false })
            ))
        );
        assert!(ears.hear(&event("file.uploaded", json!({ "portal_id": here, "visibility": "client" }))));
        assert!(!ears.hear(&event("file.uploaded", json!({ "portal_id": here, "visibility": "internal" }))));
        assert!(ears.hear(&event("deliverable.submitted", json!({}))));
        for kind in [
            "invoice.paid",
            "task.updated",
            "time.logged",
            "note.added",
            "client.updated",
            "health.changed",
            "deal.won",
        ] {
            assert!(!ears.hear(&event(kind, json!({ "portal_id": here }))), "{kind}");
        }
    }
}
