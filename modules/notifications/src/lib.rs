//! Notices: what members should know, in the bell and, where they wish it, by e-mail.
//!
//! A module or reaction calls [`notify`] inside its transaction. Who is meant, and by which
//! ways, is found out by a background job right after the commit.

mod events;
mod jobs;
mod kinds;
mod notices;
mod permissions;
mod personal;
mod preferences;
mod routes;

pub use events::NoticeCreated;
pub use kinds::{ByEmail, NoticeKind, NoticeKinds, announce};
pub use notices::{NewNotice, Notice, NoticeId, To, actions::notify};
pub use permissions::NOTICES_READ;

/// The module's declarations.
#[must_use]
pub fn module() -> rapport_web::Module {
    rapport_web::Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        shell: vec![notices::pages::bell],
        settings: vec![rapport_web::SettingsPage {
            label: "Notifications",
            path: "notifications",
            permission: permissions::NOTICES_READ,
            position: 80,
        }],
        personal: personal::TABLES.to_vec(),
        ..rapport_web::Module::new("notifications")
    }
}
