//! Clients: who is served, their contacts, notes and timeline.
//!
//! Upper modules read with [`get`], [`find`], [`names`] and [`contacts`], keep the maintained
//! figures in step with [`add_revenue`], [`set_health`], [`set_stage`] and [`touch`], and hang
//! themselves on the client's page through the parts of [`ClientTabs`], [`ClientFacts`],
//! [`DeletionGuards`] and [`ClientReaches`].

mod clients;
/// People at clients.
pub mod contacts;
mod erase;
mod erasures;
mod events;
mod jobs;
mod notes;
mod parts;
mod permissions;
mod personal;
mod routes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timeline;

use futures::FutureExt;
use rapport_web::{Module, NavEntry};

pub use clients::{
    Client, ClientId, NewClient, Stage,
    access::{reach, require_visible, visible},
    actions::{add_revenue, create, create_in, set_health, set_stage, touch},
    choices::choices,
    head::header,
    store::{find, get, names, search},
};
pub use contacts::{Contact, ContactId};
pub use erase::{mark_sample, sample, unmark_sample};
pub use erasures::{
    AskedBy, Certificate, ErasureId, ErasurePreview, NewErasure, Step as ErasureStep, jobs::erase_again,
};
pub use events::{
    ClientCreated, ClientDeleted, ClientRestored, ClientStageChanged, ClientUpdated, ContactCreated,
    ContactDeleted, ContactErased, ContactUpdated, NoteAdded,
};
pub use notes::NoteId;
pub use parts::{
    ClientFact, ClientFacts, ClientReach, ClientReaches, ClientTab, ClientTabs, DeletionGuard,
    DeletionGuards, Reach,
};
pub use permissions::{
    CLIENTS_CREATE, CLIENTS_DELETE, CLIENTS_ERASE, CLIENTS_EXPORT, CLIENTS_NOTE, CLIENTS_READ,
    CLIENTS_READ_ALL, CLIENTS_REVENUE, CLIENTS_UPDATE,
};

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: erasures::jobs::jobs(),
        schedules: jobs::schedules(),
        listeners: jobs::listeners(),
        nav: vec![
            NavEntry {
                section: "Work",
                label: "Clients",
                icon: "building",
                path: "clients",
                permission: Some(CLIENTS_READ),
                key: Some('c'),
                position: 40,
                primary: true,
            },
            NavEntry {
                section: "Work",
                label: "People",
                icon: "contact",
                path: "contacts",
                permission: Some(CLIENTS_READ),
                key: None,
                position: 45,
                primary: false,
            },
        ],
        shell: vec![|cx, _| clients::pages::shell(cx).boxed()],
        search: vec![|cx, tx, typed| clients::pages::palette(cx, tx, typed).boxed()],
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        personal: personal::TABLES.to_vec(),
        ..Module::new("clients")
    }
}
