//! What happens to clients.

use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::CLIENTS_READ;

macro_rules! client_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $audited:literal, { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? }, $summary:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The client.
            pub client_id: Uuid,
            /// Its name at that time.
            pub company_name: String,
            $($(#[$field_doc])* pub $field: $ty),*
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                About::new("client", self.client_id).client(self.client_id)
            }
            fn summary(&self) -> String {
                let summary: fn(&Self) -> String = $summary;
                summary(self)
            }
        }
    };
}

client_event!(
    /// A client was added.
    ClientCreated, "client.created", true, {}, |e| format!("added {} as a client", e.company_name)
);
client_event!(
    /// A client's details changed.
    ClientUpdated, "client.updated", true, {
        /// Fields that changed.
        changed: Vec<String>,
    },
    |e| format!("changed {} of {}", crate::clients::rules::field_words(&e.changed), e.company_name)
);
client_event!(
    /// A client went to the bin.
    ClientDeleted, "client.deleted", true, {}, |e| format!("moved {} to the bin", e.company_name)
);
client_event!(
    /// A client came back from the bin.
    ClientRestored, "client.restored", true, {}, |e| format!("restored {} from the bin", e.company_name)
);
client_event!(
    /// The relationship with a client entered another stage.
    ClientStageChanged, "client.stage_changed", true, {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    |e| format!("moved {} from {} to {}", e.company_name, e.from, e.to)
);

macro_rules! contact_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $audited:literal, $summary:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The contact.
            pub contact_id: Uuid,
            /// Their client.
            pub client_id: Uuid,
            /// Their name at that time.
            pub name: String,
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                About::new("contact", self.contact_id).client(self.client_id)
            }
            fn summary(&self) -> String {
                format!($summary, self.name)
            }
        }
    };
}

contact_event!(
    /// A contact was added.
    ContactCreated, "contact.created", true, "added {} as a contact"
);
contact_event!(
    /// A contact's details changed.
    ContactUpdated, "contact.updated", true, "changed the details of {}"
);
contact_event!(
    /// A contact was removed.
    ContactDeleted, "contact.deleted", true, "removed the contact {}"
);

/// All that was held of a person was erased. The event vouches for what was redacted in others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactErased {
    /// The contact that was.
    pub contact_id: Uuid,
    /// Their client.
    pub client_id: Uuid,
    /// The certificate.
    pub erasure_id: Uuid,
    /// At whose wish.
    pub asked_by: String,
    /// Hash over the notes of the events that were redacted, in hexadecimal digits.
    pub redacted: String,
}

impl Event for ContactErased {
    const KIND: &'static str = "contact.erased";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("contact", self.contact_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        "erased all that was held of a person".into()
    }
}

/// A note, call or meeting was written down. Its words stay in the note.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteAdded {
    /// The note.
    pub note_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// `note`, `call` or `meeting`.
    pub note_kind: String,
}

impl Event for NoteAdded {
    const KIND: &'static str = "note.added";
    fn about(&self) -> About {
        About::new("note", self.note_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        match self.note_kind.as_str() {
            "call" => "noted a call".into(),
            "meeting" => "noted a meeting".into(),
            _ => "wrote a note".into(),
        }
    }
}

/// All of them.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<ClientCreated>("Client added", "building", CLIENTS_READ),
        EventInfo::of::<ClientUpdated>("Client changed", "pencil", CLIENTS_READ),
        EventInfo::of::<ClientDeleted>("Client deleted", "trash", CLIENTS_READ),
        EventInfo::of::<ClientRestored>("Client restored", "undo-2", CLIENTS_READ),
        EventInfo::of::<ClientStageChanged>("Stage changed", "arrow-right", CLIENTS_READ),
        EventInfo::of::<ContactCreated>("Contact added", "user-plus", CLIENTS_READ),
        EventInfo::of::<ContactUpdated>("Contact changed", "pencil", CLIENTS_READ),
        EventInfo::of::<ContactDeleted>("Contact removed", "user-minus", CLIENTS_READ),
        EventInfo::of::<ContactErased>("Person erased", "shield-check", CLIENTS_READ),
        EventInfo::of::<NoteAdded>("Note", "sticky-note", CLIENTS_READ),
    ]
}
