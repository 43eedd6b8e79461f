//! The audit log: who did what when, from where, before and after, and the proof that
//! nobody changed it since.

mod entries;
mod permissions;
mod personal;
mod routes;
mod seals;

pub use entries::{Actor, Entry, Subject};
pub use permissions::AUDIT_READ;
pub use seals::{
    actions::{seal, verify},
    redact::{Redacted, redact},
    rules::{Fault, Report},
};

/// The module's declarations.
#[must_use]
pub fn module() -> rapport_web::Module {
    rapport_web::Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        schedules: seals::schedules(),
        settings: vec![rapport_web::SettingsPage {
            label: "Audit log",
            path: "audit",
            permission: permissions::AUDIT_READ,
            position: 100,
        }],
        personal: personal::TABLES.to_vec(),
        ..rapport_web::Module::new("audit")
    }
}
