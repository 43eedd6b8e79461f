//! Files: bytes that people hand in, under a name, in versions, for those who may see them.
//!
//! A module above takes a file in with [`receive`] (outside its transaction: bytes take
//! time), records it with [`create_in`] or [`put_in`] inside it, and hands it out with
//! [`download`] after its own check of access.

mod events;
mod files;
mod jobs;
mod permissions;
mod personal;
mod routes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use events::{FileDeleted, FileDownloaded, FileUploaded};
pub use files::{
    DownloadRow, File, FileId, NewFile, Owner, Purpose, Version, VersionId, Visibility,
    access::{Gate, Gates, Place, Verdict, may_see},
    actions::{add_version_in, create_in, delete_in, put_in},
    download::{Want, download, picture, serve_picture},
    receive::{IMAGES, Limits, Received, STATEMENTS, receive, receive_bytes},
    store::{downloads, find, get, list_for, versions, versions_of},
};
pub use permissions::{FILES_DELETE, FILES_READ, FILES_READ_ALL, FILES_UPLOAD};

/// The module's declarations.
#[must_use]
pub fn module() -> rapport_web::Module {
    rapport_web::Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        schedules: jobs::schedules(),
        personal: personal::TABLES.to_vec(),
        ..rapport_web::Module::new("files")
    }
}
