//! Moving a workspace: everything of it as one open file, and a workspace made of such a file.
//!
//! What becomes of each table is said in [`tables`]; a test holds that list against the database.

pub mod catalogue;
mod events;
mod exports;
mod jobs;
pub mod manifest;
mod permissions;
mod personal;
pub mod reading;
mod routes;
pub mod tables;
mod to_file;
mod watch;
mod writing;

pub use events::{
    ExportCancelled, ExportDownloaded, ExportFailed, ExportReady, ExportRequested, WorkspaceImported,
};
pub use exports::{Export, ExportId};
pub use jobs::sweep;
pub use permissions::WORKSPACE_EXPORT;
pub use reading::{Imported, Order, import};
pub use to_file::to_file;
pub use writing::Figures;

/// The module's declarations.
#[must_use]
pub fn module() -> rapport_web::Module {
    rapport_web::Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        personal: personal::TABLES.to_vec(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        parts: Some(|parts| notifications::announce(parts, jobs::NOTICES)),
        settings: vec![rapport_web::SettingsPage {
            label: "Export",
            path: "exports",
            permission: permissions::WORKSPACE_EXPORT,
            position: 95,
        }],
        ..rapport_web::Module::new("transfer")
    }
}
