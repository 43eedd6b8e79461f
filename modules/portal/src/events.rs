//! What happens to portals and in them.

use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::PORTALS_READ;

macro_rules! portal_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $audited:literal, |$event:ident| $summary:expr, { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The portal.
            pub portal_id: Uuid,
            /// Its client.
            pub client_id: Uuid,
            $($(#[$field_doc])* pub $field: $ty,)*
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                About::new("portal", self.portal_id).client(self.client_id)
            }
            fn summary(&self) -> String {
                let $event = self;
                $summary
            }
        }
    };
}

portal_event!(
    /// A portal was opened.
    PortalCreated, "portal.created", true, |e| format!("opened the portal {}", e.title), {
        /// Its title.
        title: String,
    }
);
portal_event!(
    /// A portal was changed.
    PortalUpdated, "portal.updated", true, |e| format!("changed the portal {}", e.title), {
        /// Its title.
        title: String,
        /// `draft`, `active` or `archived`.
        status: String,
    }
);
portal_event!(
    /// A link into a portal was made.
    LinkCreated, "portal.link_created", true, |e| format!("made a portal link for {}", e.contact_name), {
        /// The link.
        link_id: Uuid,
        /// Who it is for.
        contact_id: Uuid,
        /// Their name.
        contact_name: String,
        /// Whether it went out by mail.
        sent: bool,
    }
);
portal_event!(
    /// Links into a portal were revoked.
    LinkRevoked, "portal.link_revoked", true, |e| match e.link_id {
        Some(_) => "revoked a portal link".to_owned(),
        None if e.guest_id.is_some() => "took a guest's access to the portal away".to_owned(),
        None => "revoked all portal links".to_owned(),
    }, {
        /// The link; none when more than one was.
        link_id: Option<Uuid>,
        /// The guest whose access was taken away.
        guest_id: Option<Uuid>,
    }
);
portal_event!(
    /// A guest came in by a link.
    PortalVisited, "portal.visited", false, |_e| "opened the portal".to_owned(), {
        /// Who came.
        contact_id: Uuid,
    }
);
portal_event!(
    /// A member looked as the client would.
    PortalPreviewed, "portal.previewed", true, |e| format!("looked at the portal {} as the client", e.title), {
        /// Its title.
        title: String,
    }
);
portal_event!(
    /// A guest said something about the work.
    FeedbackGiven, "feedback.given", false, |e| format!("gave feedback: “{}”", e.excerpt), {
        /// The feedback.
        feedback_id: Uuid,
        /// The project it is about.
        project_id: Option<Uuid>,
        /// Who gave it.
        contact_id: Option<Uuid>,
        /// Their name.
        contact_name: String,
        /// What it says, in full.
        body: String,
        /// How it begins.
        excerpt: String,
    }
);

/// All of them.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<PortalCreated>("Portal opened", "door-open", PORTALS_READ),
        EventInfo::of::<PortalUpdated>("Portal changed", "settings", PORTALS_READ),
        EventInfo::of::<LinkCreated>("Portal link made", "link", PORTALS_READ),
        EventInfo::of::<LinkRevoked>("Portal link revoked", "unlink", PORTALS_READ),
        EventInfo::of::<PortalVisited>("Portal visited", "eye", PORTALS_READ),
        EventInfo::of::<PortalPreviewed>("Looked as the client", "scan-eye", PORTALS_READ),
        EventInfo::of::<FeedbackGiven>("Feedback given", "message-square-quote", PORTALS_READ),
    ]
}
